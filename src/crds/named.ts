// Which kinds manifests name: their own, and those that their owners and references speak of. Pure.

import type { ArmMap } from '../kinds/arm-map.ts';
import { isObject, type Json, type JsonObject } from '../values/json.ts';

/** `<group>/<Kind>` of the objects in a document; a List is its items. Documents of other formats name nothing. */
export function kindsIn(document: unknown): readonly string[] {
  return objectsIn(document).flatMap((object) => {
    const named = nameOf(object);
    return named === undefined ? [] : [named.kind, ...referred(isObject(object.spec) ? object.spec : {})];
  });
}

export interface NamedVersion {
  /** <group>/<Kind> */
  readonly kind: string;
  readonly version: string;
}

/** Kind and version of the objects in a document. */
export function versionsIn(document: unknown): readonly NamedVersion[] {
  return objectsIn(document).flatMap((object) => nameOf(object) ?? []);
}

/** Objects of a kind with a fixed owner kind that name an owner need the owner's kind as well. */
export function ownersIn(document: unknown, mapOf: (kind: string) => ArmMap | undefined): readonly string[] {
  return objectsIn(document).flatMap((object) => {
    const owner = mapOf(nameOf(object)?.kind ?? '')?.owner;
    const given = isObject(object.spec) && isObject(object.spec.owner) ? object.spec.owner : {};
    return owner === undefined || owner === 'any' || typeof given.name !== 'string'
      ? []
      : [`${owner.group}/${owner.kind}`];
  });
}

/** undefined: it has no kind, or one of Kubernetes' own without a group's domain. */
function nameOf({ apiVersion, kind }: JsonObject): NamedVersion | undefined {
  const [group = '', version = ''] = String(apiVersion ?? '').split('/');
  return typeof kind === 'string' && group.includes('.') ? { kind: `${group}/${kind}`, version } : undefined;
}

function objectsIn(document: unknown): readonly JsonObject[] {
  if (!isObject(document)) return [];
  return Array.isArray(document.items) && String(document.kind).endsWith('List')
    ? document.items.filter(isObject)
    : [document];
}

/** {group, kind, name} anywhere below spec. */
function referred(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(referred);
  if (!isObject(value)) return [];
  const { group, kind, name } = value;
  const isReference =
    typeof group === 'string' && group.includes('.') && typeof kind === 'string' && typeof name === 'string';
  return [...(isReference ? [`${group}/${kind}`] : []), ...Object.values(value).flatMap(referred)];
}
