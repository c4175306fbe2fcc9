// The form in which the original stores an object: in its hub version's fields, with what the hub lacks in property bags, and the version
// the user applied in spec.originalVersion. The reverse of what taking over does. Source: catalogue section 7. Pure.

import { PROPERTY_BAG } from '../kinds/property-bag.ts';
import { isObject, type Json, type JsonObject } from '../values/json.ts';

/** A spec as the original would have stored it; `hub` is the spec schema of the version its storage version is made from. */
export function packedSpec(spec: JsonObject, hub: JsonObject, originalVersion: string): JsonObject {
  return { ...packedObject(spec, hub), originalVersion };
}

function packed(value: Json, schema: JsonObject): Json {
  if (Array.isArray(value))
    return isObject(schema.items) ? value.map((item) => packed(item, membersOf(schema.items))) : value;
  if (!isObject(value)) return value;
  if (isObject(schema.properties)) return packedObject(value, schema);
  const each = schema.additionalProperties;
  if (!isObject(each)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, packedMember(held, each)]));
}

function packedObject(value: JsonObject, schema: JsonObject): JsonObject {
  const known = membersOf(schema.properties);
  const own: Record<string, Json | undefined> = {};
  const bag: Record<string, Json | undefined> = { ...membersOf(value[PROPERTY_BAG]) };
  for (const [name, held] of Object.entries(value)) {
    if (held === undefined || name === PROPERTY_BAG || name === 'originalVersion') continue;
    const child = known[name];
    if (isObject(child)) own[name] = packed(held, child);
    else bag[name.charAt(0).toUpperCase() + name.slice(1)] = JSON.stringify(held);
  }
  return Object.keys(bag).length === 0 ? own : { ...own, [PROPERTY_BAG]: bag };
}

function packedMember(value: Json | undefined, schema: JsonObject): Json | undefined {
  return value === undefined ? undefined : packed(value, schema);
}

function membersOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
