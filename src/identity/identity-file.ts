// Reads the file behind AZURE_USER_ASSIGNED_IDENTITY_CREDENTIALS: one user-assigned identity as the managed-identity data plane hands it
// to first-party services. Members: https://github.com/Azure/msi-dataplane (NestedCredentialsObject). Pure.

import { isObject } from '../values/json.ts';
import { Secret } from '../values/secret.ts';

export interface IdentityFile {
  readonly clientId: string;
  readonly tenantId: string;
  /** The regional login host that the identity is to use. */
  readonly authorityHost: string;
  /** base64 of PKCS12 or PEM, without a password. */
  readonly certificate: Secret;
}

/** The file's text as values, or which members are missing. Nothing of the content is quoted: the path may name any file of the pod. */
export function readIdentityFile(
  text: string,
): { readonly ok: true; readonly value: IdentityFile } | { readonly ok: false; readonly why: string } {
  const held = parsed(text);
  if (!isObject(held as never)) return { ok: false, why: 'it is not a JSON object' };
  const members = held as Readonly<Record<string, unknown>>;
  const member = (name: string): string => (typeof members[name] === 'string' ? members[name] : '');
  const missing = ['client_id', 'tenant_id', 'client_secret', 'authentication_endpoint'].filter(
    (name) => member(name) === '',
  );
  if (missing.length > 0) return { ok: false, why: `it lacks ${missing.join(', ')}` };
  const decoded = Buffer.from(member('client_secret'), 'base64');
  return {
    ok: true,
    value: {
      clientId: member('client_id'),
      tenantId: member('tenant_id'),
      authorityHost: member('authentication_endpoint'),
      certificate: new Secret(decoded),
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
