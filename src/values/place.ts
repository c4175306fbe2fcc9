// Reading and writing members of plain objects by path. A member may be called __proto__: it is written as a member all the same.

/** An object that is being built. */
export type Growing = { [key: string]: unknown };

/** Writes a member whatever its name. */
export function setMember(target: Growing, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  else target[name] = value;
}

/** Writes a value below a path, making the objects on the way. */
export function setAt(target: Growing, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path;
  if (head === undefined) return;
  if (rest.length === 0) setMember(target, head, value);
  else setAt(objectAt(target, [head]), rest, value);
}

/** The object at a path, made when it is not there. */
export function objectAt(target: Growing, path: readonly string[]): Growing {
  return path.reduce((held, name) => {
    const found = Object.hasOwn(held, name) ? held[name] : undefined;
    if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found as Growing;
    const made: Growing = {};
    setMember(held, name, made);
    return made;
  }, target);
}

/** Whether something is written at a path. */
export function isSetAt(target: Growing, path: readonly string[]): boolean {
  let held: unknown = target;
  for (const name of path) {
    if (typeof held !== 'object' || held === null || !Object.hasOwn(held, name)) return false;
    held = (held as Growing)[name];
  }
  return held !== undefined;
}
