// JSON as values: the types, structural equality and a stable text form. No domain word.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** True for a plain JSON object (not null, not an array). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands at a path of member names; undefined when something on the way is absent or no object. */
export function memberAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((held, member) => (isObject(held) ? held[member] : undefined), value);
}

/** Structural equality: the order of members never matters, the order of array elements does; an undefined member equals an absent one. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = definedKeys(a);
  return keys.length === definedKeys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}

function definedKeys(value: JsonObject): string[] {
  return Object.keys(value).filter((key) => value[key] !== undefined);
}

/** JSON text with members in sorted order, so that equal values give equal text. */
export function stableText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stableText).join(',')}]`;
  if (isObject(value)) {
    const members = definedKeys(value).sort();
    return `{${members.map((key) => `${JSON.stringify(key)}:${stableText(value[key])}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** True when objects and arrays stand in one another more than so many levels deep. Does not recurse: the value may be deeper than a stack. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  const rest: [value: unknown, level: number][] = [[value, 0]];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const [held, level] = next;
    if (typeof held !== 'object' || held === null) continue;
    if (level >= levels) return true;
    for (const member of Object.values(held)) rest.push([member, level + 1]);
  }
  return false;
}
