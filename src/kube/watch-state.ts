// The list-watch as a state machine: what to ask next, and how long to wait first. Pure; watch.ts performs it.
//
// Expected flow: sync (a streaming list, or pages where the server refuses one) → watch from the last resource version, over and over.
// Guarantees: after `synced`, every change is seen once or more, in order, per object. A gap (410) leads back to sync, where objects
// that have gone meanwhile are noticed.

import { backoffMs } from '../values/backoff.ts';
import type { Json } from '../values/json.ts';
import { isObject } from '../values/json.ts';

export interface WatchState {
  readonly mode: 'stream' | 'list' | 'watch';
  /** Where the next watch begins. */
  readonly resourceVersion: string;
  /** The server knows streaming lists; unknown servers are asked once. */
  readonly streaming: 'maybe' | 'no';
  /** Setbacks in a row, counted apart: a server that comes back may refuse for a moment, and that is its first refusal. */
  readonly lost: number;
  readonly refused: number;
}

export const BEGIN: WatchState = { mode: 'stream', resourceVersion: '', streaming: 'maybe', lost: 0, refused: 0 };

/** Starts over, with a streaming list unless the server has refused one. */
export function again(state: WatchState): WatchState {
  return { ...state, mode: state.streaming === 'no' ? 'list' : 'stream', resourceVersion: '' };
}

export interface Setback {
  /** HTTP status of the answer or the code of an ERROR event; 0: the connection was lost. */
  readonly status: number;
  readonly retryAfterMs?: number;
  /** A number from 0 to 1, for jitter. */
  readonly chance: number;
}

const FIRST_MS = 200;
/** A connection that is refused or cut, and a kind that is not served (any more): a server that comes back is found within seconds. */
const LOST_CAP_MS = 5_000;
/** A server that answers, and does not want to: time alone will hardly change its mind. */
const REFUSED_CAP_MS = 30_000;
/** Whatever the server asks for: a watch that waits is deaf. */
const LONGEST_MS = 60_000;

/** The state after something went wrong, and how long to wait. */
export function setback(state: WatchState, what: Setback): { readonly state: WatchState; readonly waitMs: number } {
  const isLost = what.status === 0 || what.status === 404;
  const failed = isLost ? { ...state, lost: state.lost + 1 } : { ...state, refused: state.refused + 1 };
  // Full jitter: all watches lose one server at one moment, and must not come back to it at one moment.
  const waitMs = isLost
    ? Math.round(backoffMs(state.lost, FIRST_MS, LOST_CAP_MS) * what.chance)
    : Math.round(backoffMs(state.refused, FIRST_MS, REFUSED_CAP_MS) * (0.5 + 0.5 * what.chance));
  if (what.status === 410) return { state: again(failed), waitMs: state.refused === 0 ? 0 : waitMs };
  if (state.mode === 'stream' && (what.status === 400 || what.status === 422)) {
    return { state: { ...state, streaming: 'no', mode: 'list' }, waitMs: 0 };
  }
  // A streaming list that was cut or hung: this time by pages.
  if (state.mode === 'stream' && what.status === 0) return { state: { ...failed, mode: 'list' }, waitMs: 0 };
  return { state: failed, waitMs: Math.min(what.retryAfterMs ?? waitMs, LONGEST_MS) };
}

/** The state once all that exists has been seen. */
export function synced(state: WatchState, resourceVersion: string): WatchState {
  return { ...state, mode: 'watch', resourceVersion, lost: 0, refused: 0 };
}

/** The state after an event. */
export function advanced(state: WatchState, resourceVersion: string): WatchState {
  return { ...state, resourceVersion, lost: 0, refused: 0 };
}

export type WatchEvent =
  | { readonly type: 'put' | 'gone'; readonly object: Json }
  | { readonly type: 'bookmark'; readonly resourceVersion: string; readonly isEndOfList: boolean }
  | { readonly type: 'error'; readonly status: number; readonly retryAfterMs?: number };

/** One line of a watch stream. An unreadable line is an error, never silence. */
export function readEvent(line: string): WatchEvent {
  let event: Json;
  try {
    event = JSON.parse(line) as Json;
  } catch {
    return { type: 'error', status: 0 };
  }
  const object = isObject(event) ? event.object : undefined;
  if (!isObject(event) || !isObject(object)) return { type: 'error', status: 0 };
  const metadata = isObject(object.metadata) ? object.metadata : {};
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
      return { type: 'put', object };
    case 'DELETED':
      return { type: 'gone', object };
    case 'BOOKMARK': {
      const annotations = isObject(metadata.annotations) ? metadata.annotations : {};
      return {
        type: 'bookmark',
        resourceVersion: String(metadata.resourceVersion ?? ''),
        isEndOfList: annotations['k8s.io/initial-events-end'] === 'true',
      };
    }
    default: {
      const details = isObject(object.details) ? object.details : {};
      const seconds = details.retryAfterSeconds;
      return {
        type: 'error',
        status: typeof object.code === 'number' ? object.code : 0,
        ...(typeof seconds === 'number' ? { retryAfterMs: seconds * 1000 } : {}),
      };
    }
  }
}
