// Members of JSON objects without regard to the case of their names: providers change it between answers.

import { isObject, type Json, type JsonObject } from './json.ts';

/** The value at a path, each member by its exact name, else without regard to case. */
export function findLoosely(holder: JsonObject, path: readonly string[]): Json | undefined {
  let held: Json | undefined = holder;
  for (const name of path) {
    if (!isObject(held)) return undefined;
    held = member(held, name);
  }
  return held;
}

function member(holder: JsonObject, name: string): Json | undefined {
  if (Object.hasOwn(holder, name)) return holder[name];
  const lower = name.toLowerCase();
  const key = Object.keys(holder).find((candidate) => candidate.toLowerCase() === lower);
  return key === undefined ? undefined : holder[key];
}
