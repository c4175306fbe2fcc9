// Keeping and dropping resources, with the indexes that make it cheap: who is below whom, and which ids are locks.

import type { Resource, State } from './state.ts';

const LOCKS = '/providers/microsoft.authorization/locks/';

const isAccount = (resource: Resource): boolean => resource.type.toLowerCase() === 'microsoft.storage/storageaccounts';
const nameOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1);

/** The number of the next write. */
export function nextRevision(state: State): number {
  state.revision += 1;
  return state.revision;
}

/** Keeps a resource under its id; an older one of the same id is replaced, whatever its letter case. */
export function keep(state: State, resource: Resource): void {
  const key = resource.id.toLowerCase();
  state.resources.set(key, resource);
  if (key.includes(LOCKS)) state.locks.add(key);
  if (isAccount(resource)) state.accounts.add(nameOf(key));
  // Ancestors that were never made (a storage account's blobServices/default) still link the tree.
  for (let at = key, parent = parentOf(at); parent !== undefined; at = parent, parent = parentOf(at)) {
    const siblings = state.below.get(parent);
    if (siblings?.has(at)) return;
    if (siblings === undefined) state.below.set(parent, new Set([at]));
    else siblings.add(at);
  }
}

/** Forgets one resource and leaves what is below it. */
export function drop(state: State, key: string): void {
  const held = state.resources.get(key);
  if (held !== undefined && isAccount(held)) state.accounts.delete(nameOf(key));
  state.resources.delete(key);
  state.locks.delete(key);
  for (
    let at: string | undefined = key;
    at !== undefined && !state.below.has(at) && !state.resources.has(at);
    at = parentOf(at)
  ) {
    const parent = parentOf(at);
    const siblings = parent === undefined ? undefined : state.below.get(parent);
    if (parent === undefined || siblings === undefined) return;
    siblings.delete(at);
    if (siblings.size > 0) return;
    state.below.delete(parent);
  }
}

/** Everything below an id, extension resources included, parents before their children. */
export function childrenOf(state: State, key: string): readonly Resource[] {
  const found: Resource[] = [];
  const waiting = [...(state.below.get(key) ?? [])];
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
    const resource = state.resources.get(at);
    if (resource !== undefined) found.push(resource);
    waiting.push(...(state.below.get(at) ?? []));
  }
  return found;
}

/** The resources one step below an id whose ids begin with a prefix: an embedded collection, say. */
export function membersOf(state: State, parent: string, prefix: string): readonly Resource[] {
  return [...(state.below.get(parent) ?? [])]
    .filter((key) => key.startsWith(prefix))
    .flatMap((key) => state.resources.get(key) ?? []);
}

/** The scope of a lock that is in the way of a write or a delete. ReadOnly stops every write, CanNotDelete only deletes. */
export function lockAbove(state: State, key: string, operation: 'write' | 'delete'): string | undefined {
  if (state.locks.size === 0 || key.includes(LOCKS)) return undefined;
  for (const lock of state.locks) {
    const scope = lock.slice(0, lock.lastIndexOf(LOCKS));
    if (key !== scope && !key.startsWith(`${scope}/`)) continue;
    const properties = state.resources.get(lock)?.body.properties;
    const level = typeof properties === 'object' && properties !== null && 'level' in properties && properties.level;
    if (level === 'ReadOnly' || operation === 'delete') return scope;
  }
  return undefined;
}

/** The id that must exist before a resource can be made: its parent, or its resource group. */
export function parentOf(id: string): string | undefined {
  const at = id.toLowerCase().lastIndexOf('/providers/');
  if (at === -1) return undefined;
  const segments = id.slice(at + 1).split('/');
  // An extension or top-level resource: what stands before /providers/.
  if (segments.length <= 4) return at === 0 ? undefined : id.slice(0, at);
  return id.split('/').slice(0, -2).join('/');
}
