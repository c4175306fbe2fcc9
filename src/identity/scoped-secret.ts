// Reads a credential Secret of a namespace. Pure. What a namespace may not do: borrow an identity that is not its own where that is
// forbidden (strict mode), or have the operator's identity shown to a host of its choice.

import { Secret } from '../values/secret.ts';
import {
  type Choice,
  type Cloud,
  type CredentialSettings,
  credentialOf,
  type How,
  malformed,
  type Problem,
  type SecretData,
  type Text,
} from './credential.ts';

export interface Where {
  readonly from: string;
  readonly scope: 'namespace' | 'resource';
  readonly namespace: string;
  readonly settings: CredentialSettings;
}

/** The credential in the Secret `where.from`, or what is wrong with it: key, value, what is allowed. */
export function readScopedSecret(data: SecretData, where: Where): Choice {
  const text: Text = (key) => data[key]?.reveal().trim() ?? '';
  const missing = ['AZURE_SUBSCRIPTION_ID', 'AZURE_TENANT_ID', 'AZURE_CLIENT_ID'].filter((key) => text(key) === '');
  if (missing.length > 0) return problem(where, `lacks ${missing.join(', ')}`);
  const wrong = malformed(text);
  if (wrong !== undefined) return problem(where, wrong);
  const cloud = scopedCloud(text, where);
  if (!cloud.ok) return cloud;
  const how = scopedHow(data, text, where);
  if (!how.ok) return how;
  const borrowed = borrowedAbroad(how.how, cloud.cloud, where);
  if (borrowed !== undefined) return borrowed;
  return {
    ok: true,
    from: where.from,
    scope: where.scope,
    credential: credentialOf(text, how.how, cloud.cloud, where.from),
  };
}

function problem(where: Where, what: string): Problem {
  return { ok: false, why: `credential Secret '${where.from}' ${what}` };
}

function scopedHow(data: SecretData, text: Text, where: Where): { readonly ok: true; readonly how: How } | Problem {
  const secret = text('AZURE_CLIENT_SECRET');
  if (secret !== '') return { ok: true, how: { kind: 'clientSecret', secret: new Secret(secret) } };
  const certificate = data.AZURE_CLIENT_CERTIFICATE;
  if (certificate !== undefined && text('AZURE_CLIENT_CERTIFICATE') !== '') {
    const password = data.AZURE_CLIENT_CERTIFICATE_PASSWORD;
    return { ok: true, how: { kind: 'certificate', certificate, ...(password === undefined ? {} : { password }) } };
  }
  const isStrict = where.settings.workloadIdentityMode === 'strict';
  const path = text('AZURE_USER_ASSIGNED_IDENTITY_CREDENTIALS');
  if (path !== '')
    return isStrict
      ? notOwn(where, 'a file of the pod')
      : { ok: true, how: { kind: 'identityFile', path, isOperators: false } };
  const mode = text('AUTH_MODE').toLowerCase();
  if (mode === '' || mode === 'workloadidentity')
    return {
      ok: true,
      how: isStrict ? { kind: 'serviceAccount', namespace: where.namespace } : { kind: 'workloadIdentity' },
    };
  if (mode === 'podidentity')
    return isStrict ? notOwn(where, "the node's identities") : { ok: true, how: { kind: 'managedIdentity' } };
  return problem(where, 'has an AUTH_MODE other than workloadidentity and podidentity');
}

function notOwn(where: Where, what: string): Problem {
  return problem(
    where,
    `would use ${what}, which are not this namespace's own; AZURE_WORKLOAD_IDENTITY_AUTH_MODE is strict, so give a client secret, a certificate, or workload identity`,
  );
}

const CLOUD_KEYS = [
  'AZURE_AUTHORITY_HOST',
  'AZURE_RESOURCE_MANAGER_ENDPOINT',
  'AZURE_RESOURCE_MANAGER_AUDIENCE',
] as const;

function scopedCloud(text: Text, where: Where): { readonly ok: true; readonly cloud: Cloud } | Problem {
  const [authorityHost, endpoint, audience] = CLOUD_KEYS.map(text) as [string, string, string];
  const given = [authorityHost, endpoint, audience].filter((value) => value !== '').length;
  if (given === 0) return { ok: true, cloud: where.settings.cloud };
  if (given < 3) return problem(where, `names a cloud in part; give all of ${CLOUD_KEYS.join(', ')} or none`);
  if (!where.settings.allowMultiEnvironment)
    return problem(where, 'names a cloud of its own, which needs ALLOW_MULTI_ENV_MANAGEMENT to be true');
  const insecure = CLOUD_KEYS.slice(0, 2).find((key) => !isHttps(text(key)));
  if (insecure !== undefined) return problem(where, `has an ${insecure} that is not an https URL`);
  const graphEndpoint = text('AZURE_GRAPH_ENDPOINT');
  if (graphEndpoint === '') return { ok: true, cloud: { authorityHost, endpoint, audience } };
  if (!isHttps(graphEndpoint)) return problem(where, 'has an AZURE_GRAPH_ENDPOINT that is not an https URL');
  return { ok: true, cloud: { authorityHost, endpoint, audience, graphEndpoint } };
}

function isHttps(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'https:';
}

/** Hosts of the clouds that Microsoft and its partners run. */
const KNOWN_HOSTS = new Set([
  'login.microsoftonline.com',
  'management.azure.com',
  'login.microsoftonline.us',
  'management.usgovcloudapi.net',
  'login.chinacloudapi.cn',
  'login.partner.microsoftonline.cn',
  'management.chinacloudapi.cn',
  'graph.microsoft.com',
  'graph.microsoft.us',
  'dod-graph.microsoft.us',
  'microsoftgraph.chinacloudapi.cn',
]);

/**
 * A namespace that names a cloud and brings no secret of its own would have the operator's identity shown to a host of its choice,
 * which could then act as the operator. Such identities go to known clouds and to the operator's own cloud only.
 */
function borrowedAbroad(how: How, cloud: Cloud, where: Where): Problem | undefined {
  const isOwn = how.kind === 'clientSecret' || how.kind === 'certificate' || how.kind === 'serviceAccount';
  if (isOwn || cloud === where.settings.cloud) return undefined;
  const own = hostsOf(where.settings.cloud);
  const stranger = hostsOf(cloud).find((host) => !KNOWN_HOSTS.has(host) && !own.includes(host));
  return stranger === undefined
    ? undefined
    : problem(where, `names host '${stranger}', which is no known cloud; that needs a client secret or a certificate`);
}

function hostsOf(cloud: Cloud): readonly string[] {
  const { authorityHost, endpoint, graphEndpoint } = cloud;
  return [authorityHost, endpoint, ...(graphEndpoint === undefined ? [] : [graphEndpoint])].map(hostOf);
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
