// The names of a status, without types: what of an answer has a place in it. Kept for each version in use, so it is small.

import { isObject, type Json } from '../values/json.ts';

/** 'any': as is. Otherwise an object's members, a list's item or a map's value. */
export type StatusShape =
  | 'leaf'
  | 'any'
  | { readonly members: ReadonlyMap<string, StatusShape> }
  | { readonly item: StatusShape }
  | { readonly value: StatusShape };

/** The shape of an OpenAPI schema. */
export function statusShape(schema: Json | undefined): StatusShape {
  if (!isObject(schema)) return 'any';
  if (isObject(schema.properties)) {
    return { members: new Map(Object.entries(schema.properties).map(([name, member]) => [name, statusShape(member)])) };
  }
  if (isObject(schema.items)) return { item: statusShape(schema.items) };
  if (isObject(schema.additionalProperties)) return { value: statusShape(schema.additionalProperties) };
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return 'any';
  return schema.type === 'object' ? { members: new Map() } : 'leaf';
}
