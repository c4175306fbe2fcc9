// The door of a command line to Azure: who the person at this machine is, and one request at a time with patience for throttling.
// Source of the order of credentials: contract section 17.

import { setTimeout as sleep } from 'node:timers/promises';
import {
  AzureCliCredential,
  ChainedTokenCredential,
  CredentialUnavailableError,
  EnvironmentCredential,
  ManagedIdentityCredential,
  type TokenCredential,
  WorkloadIdentityCredential,
} from '@azure/identity';
import { ArmError, createArm } from '../../arm/client.ts';
import { readError } from '../../arm/error.ts';
import { createHttp } from '../../arm/http.ts';
import type { ArmAnswer, ArmRequest } from '../../arm/request.ts';
import type { CloudAccess } from '../../config-cloud.ts';

const REQUEST_TIMEOUT_MS = 60_000;
/** The metadata endpoint of a machine in Azure answers at once; elsewhere nothing does. */
const METADATA_TIMEOUT_MS = 1000;
const TRIES = 6;
const MAX_REASON = 1500;
const LONGEST_WAIT_MS = 60_000;
const PUBLIC_AUTHORITIES = ['login.microsoftonline.com', 'login.chinacloudapi.cn', 'login.microsoftonline.us'];

/** Requests as whoever is signed in: 429 and 5xx are waited for and sent again a few times, everything else is the caller's. */
export function azureOf(
  access: CloudAccess,
  release: string,
  signal: AbortSignal,
): (request: ArmRequest) => Promise<ArmAnswer> {
  const http = createHttp({ proxy: access.proxy, timeoutMs: REQUEST_TIMEOUT_MS });
  const send = createArm({
    http,
    version: release,
    userAgentSuffix: 'asoctl',
    timeoutMs: REQUEST_TIMEOUT_MS,
    onExchange: () => undefined,
  });
  const principal = {
    key: 'asoctl',
    endpoint: access.endpoint,
    audience: access.audience,
    additionalTenants: [],
    tokenCredential: () => whoeverIsSignedIn(access),
  };
  return async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await send(request, principal, signal).catch(withReason);
      const isPassing = answer.status === 429 || answer.status >= 500;
      if (!isPassing || attempt === TRIES) return answer;
      const afterMs = readError(answer).afterMs ?? 1000 * 2 ** (attempt - 1);
      await sleep(Math.min(afterMs, LONGEST_WAIT_MS), undefined, { signal });
    }
  };
}

/** Why nobody is signed in stands in the causes: what each way to sign in said. */
function withReason(error: unknown): never {
  if (!(error instanceof ArmError) || error.code !== 'token') throw error;
  const said: string[] = [];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) said.push(cause.message);
  const reason = said.join('\n').split(/\s*\n\s*/);
  throw new Error([error.message, ...new Set(reason)].join(': ').slice(0, MAX_REASON), { cause: error });
}

function whoeverIsSignedIn({ authorityHost }: CloudAccess): TokenCredential {
  const options = {
    authorityHost,
    // Discovery asks a public host about the authority: it must not, for a sovereign, private or local one.
    disableInstanceDiscovery: !PUBLIC_AUTHORITIES.includes(new URL(authorityHost).host),
  };
  return new ChainedTokenCredential(
    ...[
      () => new EnvironmentCredential(options),
      () => new WorkloadIdentityCredential(options),
      () => impatient(new ManagedIdentityCredential({ retryOptions: { maxRetries: 0 } })),
      () => new AzureCliCredential(),
    ].flatMap(ifMade),
  );
}

/** A credential whose settings are incomplete is not made; the others are asked. */
function ifMade(make: () => TokenCredential): readonly TokenCredential[] {
  try {
    return [make()];
  } catch {
    return [];
  }
}

function impatient(credential: TokenCredential): TokenCredential {
  return {
    getToken: async (scopes, options) => {
      try {
        return await credential.getToken(scopes, { ...options, abortSignal: AbortSignal.timeout(METADATA_TIMEOUT_MS) });
      } catch (error) {
        throw new CredentialUnavailableError(`managed identity: ${error instanceof Error ? error.message : error}`);
      }
    },
  };
}
