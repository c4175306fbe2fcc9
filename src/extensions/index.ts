// Every quirk by the name that a kind's arm-map gives. An explicit list: nothing registers itself.

import type { Hooks } from '../reconcile/hooks.ts';
import { privateEndpoint } from './private-endpoint.ts';
import { roleAssignment } from './role-assignment.ts';
import { vault } from './vault.ts';

const QUIRKS: Readonly<Record<string, Hooks>> = {
  'private-endpoint': privateEndpoint,
  'role-assignment': roleAssignment,
  vault,
};

/** The hooks of a quirk; a kind without one has none. */
export function hooksNamed(quirk: string | undefined): Hooks {
  return (quirk === undefined ? undefined : QUIRKS[quirk]) ?? {};
}
