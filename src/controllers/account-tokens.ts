// Tokens of the service account that strict mode uses in each namespace, for Entra. Source of the names: contract 4.4.

import { CredentialError } from '../identity/refusal.ts';
import { requestToken } from '../kube/token-request.ts';
import type { KubeSend } from '../kube/types.ts';

export const SERVICE_ACCOUNT = 'aso-workload';
const AUDIENCE = 'api://AzureADTokenExchange';

/** Asks the API server for a token; throws CredentialError when there is none. */
export function accountTokens(send: KubeSend, signal: AbortSignal): (namespace: string) => Promise<string> {
  return async (namespace) => {
    const asked = await requestToken(send, { namespace, serviceAccount: SERVICE_ACCOUNT, audience: AUDIENCE }, signal);
    if (asked.ok) return asked.token;
    throw new CredentialError(`AZURE_WORKLOAD_IDENTITY_AUTH_MODE is strict: ${asked.why}`);
  };
}
