// Which credential acts for an object: the one its annotation names, else its namespace's, else the operator's own. Pure.
// Source of precedence, keys and messages' facts: contract section 4.

import { Secret } from '../values/secret.ts';
import {
  type Choice,
  type CredentialSettings,
  credentialOf,
  type How,
  malformed,
  type SecretData,
  type Text,
} from './credential.ts';
import { readScopedSecret } from './scoped-secret.ts';

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
    return readScopedSecret(asking.namedSecret, {
      from: `${namespace}/${named}`,
      scope: 'resource',
      namespace,
      settings,
    });
  }
  if (asking.namespaceSecret !== undefined) {
    return readScopedSecret(asking.namespaceSecret, {
      from: `${namespace}/${NAMESPACE_SECRET}`,
      scope: 'namespace',
      namespace,
      settings,
    });
  }
  return global(settings);
}

function global(settings: CredentialSettings): Choice {
  const text: Text = (key) => {
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
  const wrong = malformed(text);
  if (wrong !== undefined) return { ok: false, why: `'${from}' ${wrong}` };
  return {
    ok: true,
    from,
    scope: 'global',
    credential: credentialOf(text, globalHow(settings, text), settings.cloud, from),
  };
}

function globalHow(settings: CredentialSettings, text: Text): How {
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
  if (path !== '') return { kind: 'identityFile', path, isOperators: true };
  // The original chains the environment's credential and managed identity; a client secret in the settings is the former.
  const secret = text('AZURE_CLIENT_SECRET');
  return secret === '' ? { kind: 'chain' } : { kind: 'clientSecret', secret: new Secret(secret) };
}
