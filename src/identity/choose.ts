// Which credential acts for an object: the one its annotation names, else its namespace's, else the operator's own. Pure.
// Source of precedence, keys and messages' facts: contract section 4.

import { digestOf } from '../values/hash.ts';
import { Secret } from '../values/secret.ts';

export interface Cloud {
  readonly authorityHost: string;
  readonly endpoint: string;
  readonly audience: string;
}

export type How =
  | { readonly kind: 'clientSecret'; readonly secret: Secret }
  | { readonly kind: 'certificate'; readonly certificate: Secret; readonly password?: Secret }
  | { readonly kind: 'workloadIdentity' }
  | { readonly kind: 'managedIdentity' }
  /** A file in the pod that holds a first-party managed identity's credentials. */
  | { readonly kind: 'identityFile'; readonly path: string }
  /** Client secret from the environment, then managed identity. */
  | { readonly kind: 'chain' };

export interface Credential {
  /** Names this credential and its present content: the key under which clients and tokens are kept. */
  readonly key: string;
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly how: How;
  readonly additionalTenants: readonly string[];
  readonly cloud: Cloud;
}

/** The settings' own credential and what they allow; keys as in aso-controller-settings. */
export interface CredentialSettings {
  readonly values: Readonly<Record<string, string | Secret | undefined>>;
  readonly podNamespace: string;
  readonly cloud: Cloud;
  readonly useWorkloadIdentity: boolean;
  readonly allowMultiEnvironment: boolean;
}

export type Choice =
  | {
      readonly ok: true;
      readonly credential: Credential;
      readonly from: string;
      readonly scope: 'global' | 'namespace' | 'resource';
    }
  | { readonly ok: false; readonly why: string };

/** Data of a Secret, already decoded; undefined when there is no such Secret. */
export type SecretData = Readonly<Record<string, Secret>>;

export interface Asking {
  readonly namespace: string;
  /** Value of the credential-from annotation; undefined when the annotation is absent (an empty value is present). */
  readonly named: string | undefined;
  readonly namedSecret: SecretData | undefined;
  /** aso-credential of the namespace. */
  readonly namespaceSecret: SecretData | undefined;
  readonly settings: CredentialSettings;
}

export const NAMESPACE_SECRET = 'aso-credential';
export const SETTINGS_SECRET = 'aso-controller-settings';

export function chooseCredential(asking: Asking): Choice {
  const { named, namespace, settings } = asking;
  if (named !== undefined) {
    if (named.includes('/')) {
      return {
        ok: false,
        why: `annotation credential-from is '${named}'; it must be the name of a Secret in the object's own namespace, without '/'`,
      };
    }
    if (asking.namedSecret === undefined) {
      return {
        ok: false,
        why: `credential Secret '${namespace}/${named}', named by annotation credential-from, does not exist`,
      };
    }
    return scoped(asking.namedSecret, { from: `${namespace}/${named}`, scope: 'resource', settings });
  }
  if (asking.namespaceSecret !== undefined) {
    return scoped(asking.namespaceSecret, { from: `${namespace}/${NAMESPACE_SECRET}`, scope: 'namespace', settings });
  }
  return global(settings);
}

interface Where {
  readonly from: string;
  readonly scope: 'namespace' | 'resource';
  readonly settings: CredentialSettings;
}

function scoped(data: SecretData, where: Where): Choice {
  const text = (key: string): string => data[key]?.reveal().trim() ?? '';
  const missing = ['AZURE_SUBSCRIPTION_ID', 'AZURE_TENANT_ID', 'AZURE_CLIENT_ID'].filter((key) => text(key) === '');
  if (missing.length > 0) return { ok: false, why: `credential Secret '${where.from}' lacks ${missing.join(', ')}` };
  const cloud = scopedCloud(text, where);
  if (!cloud.ok) return cloud;
  const how = scopedHow(data, text, where.from);
  if (!how.ok) return how;
  return {
    ok: true,
    from: where.from,
    scope: where.scope,
    credential: credentialOf(text, how.how, cloud.cloud, where.from),
  };
}

function scopedHow(
  data: SecretData,
  text: (key: string) => string,
  from: string,
): { ok: true; how: How } | { ok: false; why: string } {
  const secret = data.AZURE_CLIENT_SECRET;
  if (secret !== undefined && text('AZURE_CLIENT_SECRET') !== '')
    return { ok: true, how: { kind: 'clientSecret', secret } };
  const certificate = data.AZURE_CLIENT_CERTIFICATE;
  if (certificate !== undefined && text('AZURE_CLIENT_CERTIFICATE') !== '') {
    const password = data.AZURE_CLIENT_CERTIFICATE_PASSWORD;
    return { ok: true, how: { kind: 'certificate', certificate, ...(password === undefined ? {} : { password }) } };
  }
  const path = text('AZURE_USER_ASSIGNED_IDENTITY_CREDENTIALS');
  if (path !== '') return { ok: true, how: { kind: 'identityFile', path } };
  const mode = text('AUTH_MODE').toLowerCase();
  if (mode === '' || mode === 'workloadidentity') return { ok: true, how: { kind: 'workloadIdentity' } };
  if (mode === 'podidentity') return { ok: true, how: { kind: 'managedIdentity' } };
  return {
    ok: false,
    why: `credential Secret '${from}' has AUTH_MODE '${mode}'; allowed are workloadidentity and podidentity`,
  };
}

const CLOUD_KEYS = [
  'AZURE_AUTHORITY_HOST',
  'AZURE_RESOURCE_MANAGER_ENDPOINT',
  'AZURE_RESOURCE_MANAGER_AUDIENCE',
] as const;

function scopedCloud(
  text: (key: string) => string,
  where: Where,
): { ok: true; cloud: Cloud } | { ok: false; why: string } {
  const [authorityHost, endpoint, audience] = CLOUD_KEYS.map(text) as [string, string, string];
  const given = [authorityHost, endpoint, audience].filter((value) => value !== '').length;
  if (given === 0) return { ok: true, cloud: where.settings.cloud };
  if (given < 3)
    return {
      ok: false,
      why: `credential Secret '${where.from}' names a cloud in part; give all of ${CLOUD_KEYS.join(', ')} or none`,
    };
  if (!where.settings.allowMultiEnvironment) {
    return {
      ok: false,
      why: `credential Secret '${where.from}' names a cloud of its own, which needs ALLOW_MULTI_ENV_MANAGEMENT to be true`,
    };
  }
  return { ok: true, cloud: { authorityHost, endpoint, audience } };
}

function global(settings: CredentialSettings): Choice {
  const text = (key: string): string => {
    const value = settings.values[key];
    return (value instanceof Secret ? value.reveal() : (value ?? '')).trim();
  };
  const from = `${settings.podNamespace}/${SETTINGS_SECRET}`;
  if (text('AZURE_SUBSCRIPTION_ID') === '') {
    return {
      ok: false,
      why: `no credential: the object has no credential-from annotation, its namespace has no Secret '${NAMESPACE_SECRET}', and '${from}' has no AZURE_SUBSCRIPTION_ID`,
    };
  }
  return {
    ok: true,
    from,
    scope: 'global',
    credential: credentialOf(text, globalHow(settings, text), settings.cloud, from),
  };
}

function globalHow(settings: CredentialSettings, text: (key: string) => string): How {
  if (settings.useWorkloadIdentity) return { kind: 'workloadIdentity' };
  if (text('AZURE_CLIENT_CERTIFICATE') !== '') {
    const password = text('AZURE_CLIENT_CERTIFICATE_PASSWORD');
    return {
      kind: 'certificate',
      certificate: new Secret(text('AZURE_CLIENT_CERTIFICATE')),
      ...(password === '' ? {} : { password: new Secret(password) }),
    };
  }
  const path = text('AZURE_USER_ASSIGNED_IDENTITY_CREDENTIALS');
  if (path !== '') return { kind: 'identityFile', path };
  // The original chains the environment's credential and managed identity; a client secret in the settings is the former.
  const secret = text('AZURE_CLIENT_SECRET');
  return secret === '' ? { kind: 'chain' } : { kind: 'clientSecret', secret: new Secret(secret) };
}

function credentialOf(text: (key: string) => string, how: How, cloud: Cloud, from: string): Credential {
  const tenants = text('AZURE_ADDITIONAL_TENANTS')
    .split(',')
    .map((tenant) => tenant.trim())
    .filter((tenant) => tenant !== '');
  const parts = {
    subscriptionId: text('AZURE_SUBSCRIPTION_ID'),
    tenantId: text('AZURE_TENANT_ID'),
    clientId: text('AZURE_CLIENT_ID'),
    how,
    additionalTenants: tenants,
    cloud,
  };
  // How, Cloud and tenants are JSON values with Secret leaves: exactly what digestOf takes.
  return { ...parts, key: `${from}#${digestOf(parts as never).slice(0, 16)}` };
}
