// Which kinds manifests name: their own, and those that their owners and references speak of. Pure.

import type { ArmMap } from '../kinds/arm-map.ts';
import { isObject, type Json } from '../values/json.ts';

/** `<group>/<Kind>` of the objects in a document; a List is its items. Documents of other formats name nothing. */
export function kindsIn(document: unknown): readonly string[] {
  return objectsIn(document).flatMap((object) => {
    const [group = ''] = String(object.apiVersion ?? '').split('/');
    if (typeof object.kind !== 'string' || !group.includes('.')) return [];
    return [`${group}/${object.kind}`, ...referred(isObject(object.spec) ? object.spec : {})];
  });
}

/** `<group>/<Kind>` and version of the objects in a document. */
export function versionsIn(document: unknown): readonly { readonly kind: string; readonly version: string }[] {
  return objectsIn(document).flatMap((object) => {
    const [group = '', version = ''] = String(object.apiVersion ?? '').split('/');
    return typeof object.kind !== 'string' ? [] : [{ kind: `${group}/${object.kind}`, version }];
  });
}

/** Objects of a kind with a fixed owner kind that name an owner need the owner's kind as well. */
export function ownersIn(document: unknown, mapOf: (kind: string) => ArmMap | undefined): readonly string[] {
  return objectsIn(document).flatMap((object) => {
    const [group = ''] = String(object.apiVersion ?? '').split('/');
    const owner = mapOf(`${group}/${String(object.kind)}`)?.owner;
    const given = isObject(object.spec) && isObject(object.spec.owner) ? object.spec.owner : {};
    return owner === undefined || owner === 'any' || typeof given.name !== 'string'
      ? []
      : [`${owner.group}/${owner.kind}`];
  });
}

function objectsIn(document: unknown): readonly { readonly [member: string]: Json | undefined }[] {
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
