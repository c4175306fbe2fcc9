// From what Azure has to a manifest: its name, its owner, its spec; and which resources are better left where they are. Pure.

import { sameId } from '../../arm/id.ts';
import { groupVersion } from '../../kinds/kind.ts';
import { toSpec } from '../../reconcile/to-spec.ts';
import { digestOf } from '../../values/hash.ts';
import { isObject, type JsonObject } from '../../values/json.ts';
import { findLoosely } from '../../values/loose.ts';
import type { Importable } from './importable.ts';

export interface Dressing {
  readonly namespace?: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** What owns a resource that is imported: an object imported before it, or what only Azure has. */
export type ImportedOwner =
  | { readonly object: { readonly kind: Importable; readonly name: string }; readonly id: string }
  | { readonly id: string };

export interface Imported {
  readonly kind: Importable;
  readonly id: string;
  readonly name: string;
  readonly manifest: JsonObject;
}

export interface Answered {
  readonly kind: Importable;
  readonly id: string;
  readonly answer: JsonObject;
  readonly owner?: ImportedOwner;
}

export function importedObject({ kind, id, answer, owner }: Answered, name: string, dressing: Dressing): Imported {
  const { namespace, annotations, labels } = dressing;
  const properties = isObject(kind.schema.properties) ? kind.schema.properties : {};
  const spec = {
    ...(properties.azureName === undefined ? {} : { azureName: lastSegment(id) }),
    ...(properties.owner === undefined || owner === undefined ? {} : { owner: ownerReference(kind, owner) }),
    ...toSpec(answer, kind.schema, kind.fields),
  };
  const manifest = {
    apiVersion: groupVersion(kind.kind, kind.version),
    kind: kind.kind.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec,
  };
  return { kind, id, name, manifest };
}

function ownerReference(kind: Importable, owner: ImportedOwner): JsonObject {
  if (!('object' in owner)) return { armId: owner.id };
  const { object } = owner;
  return kind.kind.map.owner === 'any'
    ? { group: object.kind.kind.group, kind: object.kind.kind.kind, name: object.name }
    : { name: object.name };
}

/** Name in Kubernetes: the name in Azure in lower case, with what Kubernetes does not take as '-'. */
export function objectName(id: string): string {
  return lastSegment(id)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

/** Six letters that follow from the id, so that a second import gives the same name. */
export function suffixOf(id: string): string {
  return digestOf(id.toLowerCase())
    .replace(/[^a-z0-9]/gi, '')
    .toLowerCase()
    .slice(0, 6)
    .replace(/\d/g, (digit) => String.fromCharCode('g'.charCodeAt(0) + Number(digit)));
}

/** Why a resource is not worth an object, before it is read; by its name alone. */
export function skippedByName(kind: Importable, id: string): string | undefined {
  const name = lastSegment(id).toLowerCase();
  return kind.skips.find((skip) => 'names' in skip && skip.names.includes(name))?.because;
}

/** The same, by what Azure says of it. */
export function skippedByContent({ kind, answer, owner }: Answered): string | undefined {
  return kind.skips.find((skip) => {
    if (!('at' in skip)) return false;
    const held = findLoosely(answer, skip.at.split('/'));
    if (skip.is !== undefined) return String(held).toLowerCase() === skip.is.toLowerCase();
    if (skip.sameAs !== undefined) return held !== undefined && held === findLoosely(answer, skip.sameAs.split('/'));
    return typeof held === 'string' && owner !== undefined && !sameId(held, owner.id);
  })?.because;
}

export function lastSegment(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}
