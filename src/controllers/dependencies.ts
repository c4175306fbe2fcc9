// What an object depends on, as keys of the store, so that a change of any of them wakes it.

import { targetsNamed } from '../exports/plan.ts';
import { NAMESPACE_SECRET } from '../identity/choose.ts';
import type { Fields } from '../kinds/fields.ts';
import type { Kind } from '../kinds/kind.ts';
import type { KubeObject } from '../kube/types.ts';
import { CREDENTIAL_FROM } from '../reconcile/annotations.ts';
import { needsOf, tooDeep } from '../reconcile/needs.ts';
import { isObject, type JsonObject } from '../values/json.ts';
import { configMapKey, secretKey } from './store.ts';

export type FindKind = (group: string, kind: string) => Kind | undefined;

/** Key of an object, whether its kind is installed or not. */
export function objectKey(of: { readonly group: string; readonly kind: string }, at: string): string {
  return `${of.group}/${of.kind}|${at}`;
}

/** Key of a kind that is not installed. */
export const kindKey = (group: string, kind: string): string => `kind|${group}/${kind}`;

export function dependenciesOf(object: KubeObject, kind: Kind, fields: Fields, find: FindKind): readonly string[] {
  const namespace = object.metadata.namespace ?? '';
  const spec = isObject(object.spec) ? object.spec : {};
  // A spec that is not walked depends on nothing: only an edit of it helps.
  if (tooDeep(spec) !== undefined) return [];
  const needs = needsOf(spec, fields);
  const keys = new Set<string>([
    secretKey(namespace, object.metadata.annotations?.[CREDENTIAL_FROM] || NAMESPACE_SECRET),
  ]);
  for (const reference of [...needs.references, ...ownerReference(spec, kind)]) {
    const { group, kind: target, name } = reference;
    if (typeof group !== 'string' || typeof target !== 'string' || typeof name !== 'string' || name === '') continue;
    keys.add(objectKey({ group, kind: target }, `${namespace}/${name}`));
    if (find(group, target) === undefined) keys.add(kindKey(group, target));
  }
  for (const { name } of needs.secrets) keys.add(secretKey(namespace, name));
  for (const name of needs.secretMaps) keys.add(secretKey(namespace, name));
  for (const { name } of needs.configMaps) keys.add(configMapKey(namespace, name));
  // One that is taken away is written anew, and one that was somebody else's may be free now.
  for (const target of targetsNamed(object))
    keys.add((target.kind === 'Secret' ? secretKey : configMapKey)(namespace, target.name));
  const fromConfig = isObject(spec.azureNameFromConfig) ? spec.azureNameFromConfig.name : undefined;
  if (typeof fromConfig === 'string') keys.add(configMapKey(namespace, fromConfig));
  return [...keys];
}

/** spec.owner as a whole reference: group and kind are implied for kinds with one owner kind. */
export function ownerReference(spec: JsonObject, kind: Kind): readonly JsonObject[] {
  const owner = isObject(spec.owner) ? spec.owner : {};
  const implied = kind.map.owner;
  if (implied === undefined) return [];
  if (implied === 'any') return [owner];
  return [{ ...owner, group: implied.group, kind: implied.kind }];
}
