// What every watch of the operator shares: the connection, the log, the signal that ends it, and whether all were read once.

import type { Logger } from 'pino';
import type { Kube } from '../kube/client.ts';
import { type Watching, watchObjects } from '../kube/watch.ts';

/** One watch: what it is of, and who hears of it. `signal` ends it before the others. */
export type WatchOf = Omit<Watching, 'kube' | 'signal' | 'onSetback'> & { readonly signal?: AbortSignal };

export interface Watches {
  readonly begin: (label: string, of: WatchOf) => void;
  /** The watch was ended by its own signal: nobody waits for it any more. */
  readonly forget: (label: string) => void;
  /** All watches have been read once. */
  readonly areSynced: () => boolean;
}

export function createWatches(kube: Kube, log: Logger, until: AbortSignal): Watches {
  const unsynced = new Set<string>();
  return {
    begin: (label, of) => {
      unsynced.add(label);
      void watchObjects({
        ...of,
        kube,
        signal: of.signal === undefined ? until : AbortSignal.any([until, of.signal]),
        onSynced: () => {
          unsynced.delete(label);
          of.onSynced();
        },
        onSetback: (setback) => log.debug({ watch: label, ...setback }, 'watch begins anew'),
      });
    },
    forget: (label) => void unsynced.delete(label),
    areSynced: () => unsynced.size === 0,
  };
}
