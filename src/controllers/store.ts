// What the watches have seen: objects by kind and name, one copy each without managedFields, and who waits for whom.
// A class: it is the one mutable picture of the cluster, read by every pass.

import type { Kind } from '../kinds/kind.ts';
import type { KubeObject } from '../kube/types.ts';
import { RESOURCE_ID } from '../reconcile/annotations.ts';

export interface Entry {
  readonly object: KubeObject;
  /** CRD version the user applied, as managedFields said when the object was last seen. */
  readonly applied: string;
  /** Milliseconds since the epoch at which this object was first seen. */
  readonly seenAt: number;
  /** Keys of everything the object's body or credential depends on (see dependency keys below). */
  readonly dependsOn: readonly string[];
}

/** Name of an object in the queue and the store: '<crd>|<namespace>/<name>'. */
export function nameOf(kind: Kind, object: KubeObject): string {
  return `${kind.crd}|${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`;
}

export const secretKey = (namespace: string, name: string): string => `Secret|${namespace}/${name}`;
/** Key of the claim on an ARM id: whoever waits for it depends on it. */
export const claimKey = (id: string): string => `claim|${id.toLowerCase()}`;
export const configMapKey = (namespace: string, name: string): string => `ConfigMap|${namespace}/${name}`;

export class Store {
  readonly #kinds = new Map<string, Kind>();
  readonly #entries = new Map<string, Entry>();
  readonly #namesByKind = new Map<string, Set<string>>();
  /** CRDs whose objects have all been seen: what is not here of them does not exist. */
  readonly #whole = new Set<string>();
  /** Dependency → names of the objects that depend on it. */
  readonly #dependants = new Map<string, Set<string>>();
  /** ARM id in lower case → names of the objects that claimed it. */
  readonly #claims = new Map<string, Set<string>>();
  /** ARM id in lower case → name of the object whose claim of it is being written. */
  readonly #reserved = new Map<string, string>();
  readonly #namespaces = new Map<string, Readonly<Record<string, string>>>();

  get size(): number {
    return this.#entries.size;
  }

  addKind(kind: Kind): void {
    this.#kinds.set(`${kind.group}/${kind.kind}`, kind);
    if (!this.#namesByKind.has(kind.crd)) this.#namesByKind.set(kind.crd, new Set());
  }

  /** Forgets a kind and all its objects; gives the names of those that depended on them. */
  removeKind(kind: Kind): readonly string[] {
    this.#kinds.delete(`${kind.group}/${kind.kind}`);
    const names = [...(this.#namesByKind.get(kind.crd) ?? [])];
    for (const name of names) this.remove(name);
    this.#namesByKind.delete(kind.crd);
    this.#whole.delete(kind.crd);
    return names;
  }

  /** The watch of a kind has told all there is. */
  markWhole(kind: Kind): void {
    this.#whole.add(kind.crd);
  }

  isWhole(kind: Kind): boolean {
    return this.#whole.has(kind.crd);
  }

  kind(group: string, kind: string): Kind | undefined {
    return this.#kinds.get(`${group}/${kind}`);
  }

  kinds(): Iterable<Kind> {
    return this.#kinds.values();
  }

  get(name: string): Entry | undefined {
    return this.#entries.get(name);
  }

  /** The object is here, and being deleted. */
  isLeaving(name: string): boolean {
    return this.#entries.get(name)?.object.metadata.deletionTimestamp !== undefined;
  }

  namesOf(kind: Kind): Iterable<string> {
    return this.#namesByKind.get(kind.crd) ?? [];
  }

  names(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Keeps an object unless a newer state of it is already here. Gives what was there before; undefined as second when it was too old. */
  put(kind: Kind, entry: Entry): { readonly before: Entry | undefined; readonly isNew: boolean } {
    const name = nameOf(kind, entry.object);
    const before = this.#entries.get(name);
    if (
      before !== undefined &&
      before.object.metadata.uid === entry.object.metadata.uid &&
      isOlder(entry.object, before.object)
    )
      return { before, isNew: false };
    if (before !== undefined) this.#unlink(name, before);
    this.#entries.set(name, entry);
    this.#namesByKind.get(kind.crd)?.add(name);
    for (const key of entry.dependsOn) add(this.#dependants, key, name);
    const id = entry.object.metadata.annotations?.[RESOURCE_ID];
    if (id !== undefined) add(this.#claims, id.toLowerCase(), name);
    return { before, isNew: true };
  }

  remove(name: string): Entry | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#unlink(name, entry);
    this.#entries.delete(name);
    this.#namesByKind.get(name.slice(0, name.indexOf('|')))?.delete(name);
    return entry;
  }

  #unlink(name: string, entry: Entry): void {
    for (const key of entry.dependsOn) take(this.#dependants, key, name);
    const id = entry.object.metadata.annotations?.[RESOURCE_ID];
    if (id !== undefined) take(this.#claims, id.toLowerCase(), name);
  }

  /** Names of the objects that depend on this one, Secret or ConfigMap. */
  dependants(key: string): readonly string[] {
    return [...(this.#dependants.get(key) ?? [])];
  }

  /** The object depends on something more until its spec changes. */
  depend(name: string, key: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.dependsOn.includes(key)) return;
    this.#entries.set(name, { ...entry, dependsOn: [...entry.dependsOn, key] });
    add(this.#dependants, key, name);
  }

  /** Names of the objects that claimed an ARM id, or are about to. */
  claimants(id: string): readonly string[] {
    const key = id.toLowerCase();
    const reserved = this.#reserved.get(key);
    return [...(this.#claims.get(key) ?? []), ...(reserved === undefined ? [] : [reserved])];
  }

  /** Keeps an id for an object until the answer is called: of two that claim it at one moment the second must hear of the first. */
  reserve(id: string, name: string): () => void {
    const key = id.toLowerCase();
    this.#reserved.set(key, name);
    return () => {
      if (this.#reserved.get(key) === name) this.#reserved.delete(key);
    };
  }

  putNamespace(
    name: string,
    annotations: Readonly<Record<string, string>>,
  ): Readonly<Record<string, string>> | undefined {
    const before = this.#namespaces.get(name);
    this.#namespaces.set(name, annotations);
    return before;
  }

  removeNamespace(name: string): void {
    this.#namespaces.delete(name);
  }

  namespace(name: string): Readonly<Record<string, string>> | undefined {
    return this.#namespaces.get(name);
  }
}

/** Resource versions of one object can be compared as numbers (Kubernetes 1.35 made that official). */
function isOlder(candidate: KubeObject, held: KubeObject): boolean {
  return Number(candidate.metadata.resourceVersion) < Number(held.metadata.resourceVersion);
}

function add(index: Map<string, Set<string>>, key: string, name: string): void {
  const names = index.get(key) ?? new Set();
  names.add(name);
  index.set(key, names);
}

function take(index: Map<string, Set<string>>, key: string, name: string): void {
  const names = index.get(key);
  names?.delete(name);
  if (names?.size === 0) index.delete(key);
}
