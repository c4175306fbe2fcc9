// What every watch of the operator shares: the connection, the log, the signal that ends it, and whether all were read once.

import type { Logger } from 'pino';
import type { Kube } from '../kube/client.ts';
import { collectionPath } from '../kube/path.ts';
import { type Watching, watchObjects } from '../kube/watch.ts';

/** One watch: what it is of, and who hears of it. `signal` ends it before the others; several paths are read as one collection. */
export type WatchOf = Omit<Watching, 'kube' | 'signal' | 'onSetback' | 'onBack' | 'path'> & {
  readonly paths: readonly string[];
  readonly signal?: AbortSignal;
  /** The API server refused a list for lack of rights; the watch goes on trying. */
  readonly onForbidden?: () => void;
};

export interface Watches {
  readonly begin: (label: string, of: WatchOf) => void;
  /** The watch was ended by its own signal: nobody waits for it any more. */
  readonly forget: (label: string) => void;
  /** All watches have been read once. */
  readonly areSynced: () => boolean;
}

export interface WatchesOptions {
  readonly kube: Kube;
  readonly log: Logger;
  /** The API server answers again after it was away; said by each watch that finds out. */
  readonly onBack: () => void;
  readonly until: AbortSignal;
}

export function createWatches({ kube, log, onBack, until }: WatchesOptions): Watches {
  const unsynced = new Set<string>();
  const forbidden = new Set<string>();
  return {
    begin: (label, of) => {
      unsynced.add(label);
      const unread = new Set(of.paths);
      for (const path of of.paths) {
        void watchObjects({
          ...of,
          path,
          kube,
          onBack,
          signal: of.signal === undefined ? until : AbortSignal.any([until, of.signal]),
          onSynced: () => {
            unread.delete(path);
            if (unread.size > 0) return;
            unsynced.delete(label);
            of.onSynced();
          },
          onSetback: (setback) => {
            const isForbidden = setback.status === 403;
            if (isForbidden && !forbidden.has(path)) {
              forbidden.add(path);
              log.warn({ watch: label, path }, 'the operator may not list and watch this; its role lacks the right');
            }
            if (isForbidden) of.onForbidden?.();
            log.debug({ watch: label, path, ...setback }, 'watch begins anew');
          },
        });
      }
    },
    forget: (label) => void unsynced.delete(label),
    areSynced: () => unsynced.size === 0,
  };
}

/** Paths of a collection: one for each namespace, so that rights in them are enough and others' objects are never read; or one for all. */
export function pathsOf(groupVersion: string, plural: string, namespaces: readonly string[]): readonly string[] {
  return namespaces.length === 0
    ? [collectionPath(groupVersion, plural)]
    : namespaces.map((namespace) => collectionPath(groupVersion, plural, namespace));
}
