// What the refusal of a token means: which key of which Secret to look at, Entra's code, how soon again. Pure, and free of secrets:
// whatever a library or a login host says is taken in part only, and scrubbed.
// Source of the codes and their classes: arm-protocol section 16.

import type { Secret } from '../values/secret.ts';
import type { Credential } from './credential.ts';

/** A credential that cannot even be shown to Entra: a certificate that does not open, a file that is not there. Message free of secrets. */
export class CredentialError extends Error {
  readonly code = 'unusable';
}

export interface TokenRefusal {
  readonly message: string;
  /** soon: the login host is out of order. slow: Azure may not know it yet. settled: wrong until somebody changes it. */
  readonly retry: 'soon' | 'slow' | 'settled';
}

type Row = readonly [key: string, retry: TokenRefusal['retry'], advice?: string];

const FEDERATION: Row = [
  'AZURE_CLIENT_ID',
  'slow',
  'the federated credential of that identity must name the issuer of the cluster, the service account and audience api://AzureADTokenExchange exactly',
];
const SECRET: Row = ['AZURE_CLIENT_SECRET', 'settled'];
const CERTIFICATE: Row = ['AZURE_CLIENT_CERTIFICATE', 'settled'];
const TENANT: Row = ['AZURE_TENANT_ID', 'settled'];

const CODES: Readonly<Record<string, Row>> = {
  7000215: SECRET,
  7000218: SECRET,
  7000222: ['AZURE_CLIENT_SECRET', 'settled', 'the client secret is over; make a new one'],
  700016: ['AZURE_CLIENT_ID', 'settled'],
  700027: CERTIFICATE,
  700030: CERTIFICATE,
  90002: TENANT,
  900023: TENANT,
  70021: FEDERATION,
  70025: FEDERATION,
  700211: FEDERATION,
  700212: FEDERATION,
  700213: FEDERATION,
  // The projected token is read anew for each try.
  700024: ['AZURE_CLIENT_ID', 'slow'],
};

const UNREACHABLE =
  /endpoints_resolution_error|ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|EPIPE|socket hang up|network_error|aborted/i;

/** Why there is no token, for the credential in Secret `from`. */
export function tokenRefusal(error: unknown, credential: Credential, from: string): TokenRefusal {
  const chain = causes(error);
  const own = chain.find((cause) => cause instanceof CredentialError);
  if (own !== undefined) return { message: `credential Secret '${from}': ${own.message}`, retry: 'slow' };
  const said = chain.map((cause) => cause.message).join('\n');
  const code = /AADSTS(\d+)/.exec(said)?.[1];
  if (code !== undefined) {
    const [key, retry, advice] = CODES[code] ?? [keyOf(credential), 'slow'];
    const sentence = scrubbed(sentenceOf(said), credential);
    const hint = advice === undefined ? '' : `; ${advice}`;
    return { message: `credential Secret '${from}', key ${key}, was refused by Entra: ${sentence}${hint}`, retry };
  }
  const status = chain.map(statusOf).find((found) => found !== undefined);
  const isPassing = status === 429 || (status !== undefined && status >= 500) || UNREACHABLE.test(said);
  const what = scrubbed(reasonIn(said), credential).slice(0, 300);
  return {
    message: `no token for credential Secret '${from}' (${keyOf(credential)}): ${what}`,
    retry: isPassing ? 'soon' : 'slow',
  };
}

function causes(error: unknown): readonly Error[] {
  const found: Error[] = [];
  for (let cause = error; cause instanceof Error && found.length < 6; cause = cause.cause) found.push(cause);
  return found.length === 0 ? [new Error('the login host gave no reason')] : found;
}

function statusOf(error: Error & { readonly statusCode?: unknown; readonly status?: unknown }): number | undefined {
  return [error.statusCode, error.status].find((status) => typeof status === 'number');
}

/** Entra's code and sentence; trace ids change with every try and would make every condition new. */
function sentenceOf(said: string): string {
  const sentence = /AADSTS\d+:?[^\r\n]*/.exec(said)?.[0] ?? '';
  return sentence.replace(/\s*(Trace ID|Correlation ID|Timestamp):.*$/i, '').slice(0, 500);
}

/** The first line; of a managed identity's endpoint the description, without the ids of the try. */
function reasonIn(said: string): string {
  const description = /Description: (.*?) - Correlation ID/.exec(said)?.[1];
  if (description !== undefined && description !== 'Not Available') return description;
  const [first = '', ...others] = said.split(/\r?\n/);
  // The SDK's word for a host that could not be asked; why stands behind it.
  return /^(endpoints_resolution_error|network_error)/.test(first) ? (others[0] ?? first) : first;
}

/** The key that decides how this credential proves itself. */
function keyOf(credential: Credential): string {
  switch (credential.how.kind) {
    case 'clientSecret':
      return 'AZURE_CLIENT_SECRET';
    case 'certificate':
      return 'AZURE_CLIENT_CERTIFICATE';
    case 'identityFile':
      return 'AZURE_USER_ASSIGNED_IDENTITY_CREDENTIALS';
    case 'workloadIdentity':
    case 'serviceAccount':
    case 'managedIdentity':
    case 'chain':
      return 'AZURE_CLIENT_ID';
  }
}

function scrubbed(text: string, credential: Credential): string {
  const { how } = credential;
  const secrets: readonly (Secret | undefined)[] =
    how.kind === 'clientSecret' ? [how.secret] : how.kind === 'certificate' ? [how.password] : [];
  return secrets
    .map((secret) => secret?.reveal() ?? '')
    .filter((secret) => secret.length > 3)
    .reduce((held, secret) => held.replaceAll(secret, 'REDACTED'), text)
    .replace(/eyJ[\w-]+\.[\w-]+(\.[\w-]+)?/g, 'REDACTED')
    .replace(/-----BEGIN [\s\S]*/g, 'REDACTED');
}
