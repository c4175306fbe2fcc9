// Every quirk by the name that a kind's arm-map gives. An explicit list: nothing registers itself.

import type { Hooks } from '../reconcile/hooks.ts';
import { apiProduct } from './api-product.ts';
import { backupInstance } from './backup-instance.ts';
import { privateEndpoint } from './private-endpoint.ts';
import { roleAssignment } from './role-assignment.ts';
import { subscriptionAlias } from './subscription-alias.ts';
import { vault } from './vault.ts';

const QUIRKS: Readonly<Record<string, Hooks>> = {
  'api-product': apiProduct,
  'backup-instance': backupInstance,
  'private-endpoint': privateEndpoint,
  'role-assignment': roleAssignment,
  'subscription-alias': subscriptionAlias,
  vault,
};

/** The hooks of a quirk; a kind without one has none. */
export function hooksNamed(quirk: string | undefined): Hooks {
  return (quirk === undefined ? undefined : QUIRKS[quirk]) ?? {};
}
