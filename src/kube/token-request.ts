// Tokens of service accounts by the TokenRequest API.

import { isObject } from '../values/json.ts';
import { objectPath } from './path.ts';
import type { KubeSend } from './types.ts';

export interface TokenAsked {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audience: string;
}

/** An hour: as long as the projected token of a pod. */
const SECONDS = 3600;

/** The token, or why there is none. The caller must have the right to create `serviceaccounts/token`. */
export async function requestToken(
  send: KubeSend,
  asked: TokenAsked,
  signal: AbortSignal,
): Promise<{ readonly ok: true; readonly token: string } | { readonly ok: false; readonly why: string }> {
  const { namespace, serviceAccount } = asked;
  const answer = await send(
    {
      verb: 'POST',
      path: `${objectPath('v1', 'serviceaccounts', { namespace, name: serviceAccount })}/token`,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: [asked.audience], expirationSeconds: SECONDS },
      },
    },
    signal,
  );
  const status = isObject(answer.body) && isObject(answer.body.status) ? answer.body.status : {};
  if (answer.status === 201 && typeof status.token === 'string') return { ok: true, token: status.token };
  const name = `'${namespace}/${serviceAccount}'`;
  if (answer.status === 404) return { ok: false, why: `ServiceAccount ${name} does not exist` };
  if (answer.status === 403)
    return {
      ok: false,
      why: `the operator may not make tokens of ServiceAccount ${name}; it needs create on serviceaccounts/token`,
    };
  return { ok: false, why: `the API server gave no token of ServiceAccount ${name}: it answered ${answer.status}` };
}
