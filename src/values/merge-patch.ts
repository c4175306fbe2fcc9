// JSON merge patch (RFC 7396): null takes a member away, objects are merged, all else is replaced.

import { isObject, type Json, type JsonObject } from './json.ts';
import { setMember } from './place.ts';

/** The patched value. */
export function mergePatch(target: Json | undefined, patch: Json | undefined): Json | undefined {
  if (!isObject(patch)) return patch;
  const merged: Record<string, Json | undefined> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else setMember(merged, name, mergePatch(Object.hasOwn(merged, name) ? merged[name] : undefined, value));
  }
  return merged;
}

/** A copy without the members that are null, at every depth; a null in an array stays. */
export function withoutNulls(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null && member !== undefined)
      .map(([name, member]) => [name, cleaned(member)]),
  );
}

function cleaned(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => cleaned(item) ?? null);
  return isObject(value) ? withoutNulls(value) : value;
}
