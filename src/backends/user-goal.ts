// What the three `User` kinds have in common: a name, a password, and the administrator whose login makes it so. Pure.

import type { BackendRequest } from '../reconcile/backend.ts';
import { type Failure, fatal, warning } from '../reconcile/failure.ts';
import type { Resolved } from '../reconcile/observed.ts';
import { type Sealed, type SealedObject, Secret } from '../values/secret.ts';

export interface LocalUser {
  readonly name: string;
  /** Absent in a removal whose Secret is gone already, and where it is only looked for. */
  readonly password?: Secret;
  readonly admin: string;
  /** Absent: the administrator logs in with an Entra token. */
  readonly adminPassword?: Secret;
}

/** spec.localUser of a goal; what cannot be used is told with its field. */
export function localUser(request: BackendRequest): Resolved<LocalUser> {
  const user = objectAt(request.goal, 'localUser');
  const name = text(request.goal.name);
  const admin = text(user.serverAdminUsername);
  const { password, serverAdminPassword } = user;
  const wrong = wrongName(name, admin);
  if (wrong !== undefined) return refuse(wrong);
  if (request.ask === 'apply' && !(password instanceof Secret)) return refuse(gone('localUser.password'));
  return {
    ok: true,
    value: {
      name,
      admin,
      ...(password instanceof Secret ? { password } : {}),
      ...(serverAdminPassword instanceof Secret ? { adminPassword: serverAdminPassword } : {}),
    },
  };
}

/** Why a name cannot be a user that an object stands for. The administrator's own login is none: its rights would be taken away. */
export function wrongName(name: string, admin: string): Failure | undefined {
  if (name === '' || name.includes('\0')) return fatal('Failed', 'spec.azureName is empty or holds a NUL character');
  if (name === admin)
    return fatal('Failed', `spec.azureName is '${name}', the administrator itself; a User stands for another one`);
  return undefined;
}

/** The failure of a removal or login for want of a Secret's value. */
export function gone(field: string): Failure {
  const advice = "restore it, or set annotation serviceoperator.azure.com/reconcile-policy to 'detach-on-delete'";
  return warning('SecretNotFound', `the Secret or key that spec.${field} names is not there; ${advice}`);
}

export function refuse(failure: Failure): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure };
}

export function objectAt(holder: SealedObject, member: string): SealedObject {
  const held = holder[member];
  // What is neither a list nor a leaf of a sealed value is an object.
  return typeof held === 'object' && held !== null && !Array.isArray(held) && !(held instanceof Secret)
    ? (held as SealedObject)
    : {};
}

export function text(value: Sealed | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The texts of a list, each once. */
export function texts(value: Sealed | undefined): readonly string[] {
  return Array.isArray(value) ? [...new Set(value.filter((item) => typeof item === 'string'))] : [];
}
