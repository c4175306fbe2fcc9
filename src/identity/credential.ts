// A credential as a value: who acts, how it proves that, in which cloud. Pure. Source of keys: contract section 4.2.

import { digestOf } from '../values/hash.ts';
import type { Secret } from '../values/secret.ts';

export interface Cloud {
  readonly authorityHost: string;
  readonly endpoint: string;
  readonly audience: string;
  /** Of Microsoft Graph; absent: the one that goes with the authority. */
  readonly graphEndpoint?: string;
}

export type How =
  | { readonly kind: 'clientSecret'; readonly secret: Secret }
  | { readonly kind: 'certificate'; readonly certificate: Secret; readonly password?: Secret }
  /** The operator's own projected token. */
  | { readonly kind: 'workloadIdentity' }
  /** A token of the service account aso-workload in this namespace, asked for when it is needed. */
  | { readonly kind: 'serviceAccount'; readonly namespace: string }
  | { readonly kind: 'managedIdentity' }
  /** A file in the pod that holds a first-party managed identity's credentials; a namespace must name the identity that is in it. */
  | { readonly kind: 'identityFile'; readonly path: string; readonly isOperators: boolean }
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
  /** strict: namespaces may use workload identity as their own service account only. */
  readonly workloadIdentityMode: 'relaxed' | 'strict';
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

/** Value of a key, trimmed; '' when it is not there. */
export type Text = (key: string) => string;

export type Problem = Extract<Choice, { readonly ok: false }>;

const MAX_ADDITIONAL_TENANTS = 3;

/** Ids go into URLs: a tenant id is a GUID or a domain, a subscription id a GUID. ARM takes three tokens of other tenants at most. */
export function malformed(text: Text): string | undefined {
  const subscription = text('AZURE_SUBSCRIPTION_ID');
  if (!/^[0-9a-z-]+$/i.test(subscription)) return 'has an AZURE_SUBSCRIPTION_ID that is not a GUID';
  const tenants = [
    ['AZURE_TENANT_ID', text('AZURE_TENANT_ID')] as const,
    ...additionalTenants(text).map((tenant) => ['AZURE_ADDITIONAL_TENANTS', tenant] as const),
  ];
  const wrong = tenants.find(([, tenant]) => tenant !== '' && !/^[0-9a-z]([0-9a-z.-]*[0-9a-z])?$/i.test(tenant));
  // Not quoted: what stands in the wrong key of a Secret may be a secret.
  if (wrong !== undefined) return `has something in ${wrong[0]} that is neither a GUID nor a domain name`;
  const others = additionalTenants(text).length;
  return others > MAX_ADDITIONAL_TENANTS
    ? `has ${others} tenants in AZURE_ADDITIONAL_TENANTS; Azure takes ${MAX_ADDITIONAL_TENANTS} at most`
    : undefined;
}

/** The credential that these keys amount to. */
export function credentialOf(text: Text, how: How, cloud: Cloud, from: string): Credential {
  const parts = {
    subscriptionId: text('AZURE_SUBSCRIPTION_ID'),
    tenantId: text('AZURE_TENANT_ID'),
    clientId: text('AZURE_CLIENT_ID'),
    how,
    additionalTenants: additionalTenants(text),
    cloud,
  };
  // How, Cloud and tenants are JSON values with Secret leaves: exactly what digestOf takes.
  return { ...parts, key: `${from}#${digestOf(parts as never).slice(0, 16)}` };
}

function additionalTenants(text: Text): readonly string[] {
  return text('AZURE_ADDITIONAL_TENANTS')
    .split(',')
    .map((tenant) => tenant.trim())
    .filter((tenant) => tenant !== '');
}
