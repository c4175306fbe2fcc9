// Objects that the original stored keep in `$propertyBag` what their storage version had no field for: Go field name → JSON text.
// Source: catalogue section 7. Pure.

import { isObject, type Json, type JsonObject } from '../values/json.ts';

export const PROPERTY_BAG = '$propertyBag';

/**
 * The object's own members with those of its bag beside them; a member that is set wins. The Go name is the member's name with a
 * capital first letter, so the few members that have a capital themselves come out wrong and have to be applied again.
 */
export function withBag(object: JsonObject): JsonObject {
  const bag = object[PROPERTY_BAG];
  if (bag === undefined) return object;
  const { [PROPERTY_BAG]: _bag, ...own } = object;
  if (!isObject(bag)) return own;
  const packed = Object.entries(bag).flatMap(([name, text]) => {
    const value = parsed(text);
    return value === undefined ? [] : [[name.charAt(0).toLowerCase() + name.slice(1), value] as const];
  });
  return { ...Object.fromEntries(packed), ...own };
}

function parsed(text: Json | undefined): Json | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    // JSON.parse gives nothing but JSON values.
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Whether a value holds a bag anywhere. */
export function hasBag(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.some(hasBag);
  return isObject(value) && (value[PROPERTY_BAG] !== undefined || Object.values(value).some(hasBag));
}

/** The value with every bag emptied into its holder. */
export function unpacked(value: Json): Json {
  if (Array.isArray(value)) return value.map(unpacked);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(withBag(value)).map(([name, held]) => [name, held === undefined ? held : unpacked(held)]),
  );
}
