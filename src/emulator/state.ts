// Everything that the emulator remembers. One value, changed only by handle.ts and the files it calls, so that a test can look at it.

import type { JsonObject } from '../values/json.ts';

export interface Resource {
  /** Id as it was written last. */
  readonly id: string;
  readonly type: string;
  readonly apiVersion: string;
  /** What was PUT, without the members the server makes. */
  body: JsonObject;
  /** Members the server made, such as addresses and keys' names. */
  made: JsonObject;
  readonly createdAt: number;
  /** Counts the writes of all resources: another number after each write of this one. */
  readonly revision: number;
  /** The write or delete that runs on it. */
  operation?: Operation;
}

export interface Operation {
  /** Last segment of its poll URLs. */
  readonly id: string;
  readonly verb: 'PUT' | 'DELETE' | 'POST';
  /** Lower-case id of the resource. */
  readonly resource: string;
  readonly type: string;
  readonly beganAt: number;
  endsAt: number;
  /** How it ends when not well. */
  readonly error?: { readonly code: string; readonly message: string };
  /** The state the resource shows meanwhile. */
  readonly shows: string;
  /** Header of the answer that began it; '' when there was none. */
  readonly retryAfter: string;
  /** Paths and queries of the URLs at which it can be followed. */
  readonly async: string;
  readonly location: string;
}

export interface DeletedVault {
  readonly id: string;
  readonly location: string;
  readonly body: JsonObject;
  readonly purgeProtected: boolean;
}

/** A group of the directory, which is no ARM resource. */
export interface Group {
  readonly id: string;
  body: JsonObject;
  readonly madeAt: number;
}

export interface State {
  readonly resources: Map<string, Resource>;
  /** Lower-case id → the lower-case ids one step below it. */
  readonly below: Map<string, Set<string>>;
  /** Lower-case ids of the resources that are locks. */
  readonly locks: Set<string>;
  readonly operations: Map<string, Operation>;
  /** Operations whose end has not been noted on their resource. */
  readonly running: Set<Operation>;
  /** By '<location>/<name>' in lower case. */
  readonly deletedVaults: Map<string, DeletedVault>;
  /** Principal id of an identity made here → when it was made. */
  readonly principals: Map<string, number>;
  /** Groups of the directory, by id. */
  readonly groups: Map<string, Group>;
  readonly registered: Set<string>;
  /** Tokens given out: token → when it ends. */
  readonly tokens: Map<string, number>;
  /** '<principal>|<class>' → tokens left and when they were counted. */
  readonly buckets: Map<string, { left: number; at: number }>;
  /** Names of the storage accounts, which are one name space. */
  readonly accounts: Set<string>;
  /** Lower-case id → how often its keys were made anew. */
  readonly generations: Map<string, number>;
  counter: number;
  revision: number;
}

export function emptyState(): State {
  return {
    resources: new Map(),
    below: new Map(),
    locks: new Set(),
    operations: new Map(),
    running: new Set(),
    deletedVaults: new Map(),
    principals: new Map(),
    groups: new Map(),
    registered: new Set(),
    tokens: new Map(),
    buckets: new Map(),
    accounts: new Set(),
    generations: new Map(),
    counter: 0,
    revision: 0,
  };
}

/** A GUID that follows from a text: the same place gets the same one in every run. */
export function stableGuid(text: string, hash: (text: string) => string): string {
  const hex = hash(text);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
