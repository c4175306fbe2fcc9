// The name a resource has in Azure: fixed, given, taken from a ConfigMap, a UUID made from the object's place, or metadata.name.
// Source of the UUID rules: contract 16.1. An existing assignment is adopted only if these seeds stay exactly so.

import { v5 as uuidv5 } from 'uuid';
import { isObject } from '../values/json.ts';
import { fixedName, specOf } from './facts.ts';
import { fatal } from './failure.ts';
import type { Observed, Resolved } from './observed.ts';

const NAMESPACE_OF_NAMES = '9a329043-7ad7-4b1c-812f-9c7a93d6392a';

/** The name, or why there is none. */
export function azureName(observed: Observed): Resolved<string> {
  const spec = specOf(observed);
  const fixed = fixedName(observed);
  if (fixed !== undefined) return { ok: true, value: fixed };
  if (observed.nameFromConfig !== undefined) return observed.nameFromConfig;
  if (typeof spec.azureName === 'string' && spec.azureName !== '') return { ok: true, value: spec.azureName };
  const name = observed.object.metadata.name ?? '';
  if (name === '')
    return { ok: false, failure: fatal('Failed', 'spec.azureName is empty and there is no metadata.name to copy') };
  return { ok: true, value: observed.kind.map.nameDefault === 'uuid' ? uuidName(observed, name) : name };
}

function uuidName(observed: Observed, name: string): string {
  if (isRandom(observed)) return observed.freshUuid;
  return isUuid(name) ? name : uuidv5(seed(observed, name, isLegacy(observed)), NAMESPACE_OF_NAMES);
}

/** True when nobody chose the name: it is random, or made from one of the seeds, whichever version of the kind made it. */
export function isNameMade(observed: Observed): boolean {
  const name = observed.object.metadata.name ?? '';
  const { azureName: held } = specOf(observed);
  if (observed.kind.map.nameDefault !== 'uuid') return false;
  if (isRandom(observed)) return true;
  if (isUuid(name)) return false;
  return [true, false].some((legacy) => held === uuidv5(seed(observed, name, legacy), NAMESPACE_OF_NAMES));
}

function isRandom(observed: Observed): boolean {
  const { operatorSpec } = specOf(observed);
  const convention = isObject(operatorSpec) ? operatorSpec.namingConvention : undefined;
  return typeof convention === 'string' && convention.toLowerCase() === 'random';
}

/** What the original's parser takes for a UUID: any digits, and the form without dashes. */
function isUuid(name: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$|^[0-9a-f]{32}$/i.test(name);
}

/** The first versions of these kinds left the owner's parts empty when it was given by ARM id. */
function isLegacy(observed: Observed): boolean {
  return observed.version.startsWith('v1api');
}

function seed(observed: Observed, name: string, legacy: boolean): string {
  const { kind, object } = observed;
  const namespace = object.metadata.namespace ?? '';
  return `${ownerPart(observed, namespace, legacy)}:${kind.kind}/${kind.group}:${namespace}/${name}`;
}

function ownerPart(observed: Observed, namespace: string, legacy: boolean): string {
  const owner = isObject(specOf(observed).owner) ? (specOf(observed).owner as Record<string, unknown>) : {};
  if (typeof owner.armId === 'string' && owner.armId !== '') return legacy ? `/:${namespace}/` : owner.armId;
  const implied = observed.kind.map.owner;
  const group = implied !== undefined && implied !== 'any' ? implied.group : String(owner.group ?? '');
  const kind = implied !== undefined && implied !== 'any' ? implied.kind : String(owner.kind ?? '');
  return `${group}/${kind}:${namespace}/${String(owner.name ?? '')}`;
}
