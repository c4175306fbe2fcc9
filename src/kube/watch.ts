// Performs the list-watch of watch-state.ts: the one loop in the operator that retries by itself, being the source of everything.

import { setTimeout as sleep } from 'node:timers/promises';
import { isObject, type Json } from '../values/json.ts';
import type { Kube, KubeStream } from './client.ts';
import type { KubeAnswer, KubeObject } from './types.ts';
import { advanced, again, BEGIN, readEvent, type Setback, setback, synced, type WatchState } from './watch-state.ts';

export interface Watching {
  readonly kube: Kube;
  /** Collection path. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Only metadata is asked for and kept. */
  readonly metadataOnly?: true;
  readonly onPut: (object: KubeObject) => void;
  readonly onGone: (object: KubeObject) => void;
  /** All that existed when the watch began, or began anew, has been seen. */
  readonly onSynced: () => void;
  /** Something went wrong and is being mended; status 0: the connection. */
  readonly onSetback: (setback: { readonly status: number; readonly waitMs: number }) => void;
  /** The server answers again after its connection was lost. */
  readonly onBack?: () => void;
  readonly signal: AbortSignal;
}

const PAGE = '500';
const WATCH_SECONDS = 290;
/** Bookmarks come about every minute: a stream that is silent for longer than this has gone deaf. */
const SILENCE_MS = 150_000;
/** A streaming list that says nothing for so long is given up for pages: a kind whose CRD was just made can leave it hanging (seen, kube-apiserver 1.36). */
const LIST_SILENCE_MS = 5_000;

const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** Runs until the signal ends it; never throws. */
export async function watchObjects(watching: Watching): Promise<void> {
  let state = BEGIN;
  // What the listener believes to exist: after a gap, what is not there any more is told as gone.
  let known = new Map<string, KubeObject>();
  while (!watching.signal.aborted) {
    const fresh = new Map<string, KubeObject>();
    try {
      const outcome =
        state.mode === 'list'
          ? await listPages(watching, state, fresh)
          : await follow(watching, state, state.mode === 'stream' ? fresh : known);
      state = outcome.state;
      if (outcome.isSynced) {
        known = replaceKnown(watching, known, fresh);
      }
      if (outcome.setback !== undefined) state = await recover(watching, state, outcome.setback);
    } catch {
      if (!watching.signal.aborted) state = await recover(watching, state, { status: 0 });
    }
  }

  /** A stream syncs in the middle: its objects become the known ones, and the same stream goes on. */
  function follow(on: Watching, begun: WatchState, into: Map<string, KubeObject>): Promise<Outcome> {
    return followStream(on, begun, into, () => {
      known = replaceKnown(on, known, into);
      return known;
    });
  }
}

interface Outcome {
  readonly state: WatchState;
  readonly isSynced?: boolean;
  readonly setback?: Omit<Setback, 'chance'>;
}

function replaceKnown(
  watching: Watching,
  known: ReadonlyMap<string, KubeObject>,
  fresh: Map<string, KubeObject>,
): Map<string, KubeObject> {
  for (const [key, object] of known) if (!fresh.has(key)) watching.onGone(object);
  watching.onSynced();
  return fresh;
}

async function recover(watching: Watching, state: WatchState, what: Omit<Setback, 'chance'>): Promise<WatchState> {
  const next = setback(state, { ...what, chance: Math.random() });
  watching.onSetback({ status: what.status, waitMs: next.waitMs });
  await sleep(next.waitMs, undefined, { signal: watching.signal }).catch(() => undefined);
  return next.state;
}

async function followStream(
  watching: Watching,
  begun: WatchState,
  objects: Map<string, KubeObject>,
  onListed: () => Map<string, KubeObject>,
): Promise<Outcome> {
  const ending = new AbortController();
  const signal = AbortSignal.any([watching.signal, ending.signal]);
  let watchdog = setTimeout(() => ending.abort(), begun.mode === 'stream' ? LIST_SILENCE_MS : SILENCE_MS);
  try {
    const stream = await openStream(watching, begun, signal);
    if (stream.status !== 200) {
      ending.abort();
      return {
        state: begun,
        setback: {
          status: stream.status,
          ...(stream.retryAfterMs === undefined ? {} : { retryAfterMs: stream.retryAfterMs }),
        },
      };
    }
    if (begun.lost > 0) watching.onBack?.();
    let state = begun;
    let held = objects;
    for await (const line of stream.lines) {
      watchdog.refresh();
      const event = readEvent(line);
      if (event.type === 'error')
        return {
          state,
          setback: {
            status: event.status,
            ...(event.retryAfterMs === undefined ? {} : { retryAfterMs: event.retryAfterMs }),
          },
        };
      if (event.type === 'bookmark') {
        if (event.isEndOfList && state.mode === 'stream') {
          held = onListed();
          clearTimeout(watchdog);
          watchdog = setTimeout(() => ending.abort(), SILENCE_MS);
          state = synced(state, event.resourceVersion);
        } else if (state.mode === 'watch') state = advanced(state, event.resourceVersion);
        continue;
      }
      const object = tell(watching, held, event);
      if (state.mode === 'watch') state = advanced(state, object.metadata.resourceVersion ?? state.resourceVersion);
    }
    // The server ended the stream, as it does every few minutes; a list that was cut begins anew.
    return state.mode === 'watch' ? { state } : { state: again(state), setback: { status: 0 } };
  } finally {
    clearTimeout(watchdog);
    ending.abort();
  }
}

function tell(
  watching: Watching,
  held: Map<string, KubeObject>,
  event: { readonly type: 'put' | 'gone'; readonly object: Json },
): KubeObject {
  // The API server wrote it: an object with metadata.
  const object = event.object as unknown as KubeObject;
  if (event.type === 'put') {
    held.set(keyOf(object), nameOnly(object));
    watching.onPut(object);
  } else {
    held.delete(keyOf(object));
    watching.onGone(object);
  }
  return object;
}

function openStream(watching: Watching, state: WatchState, signal: AbortSignal): Promise<KubeStream> {
  const list: Readonly<Record<string, string>> =
    state.mode === 'stream'
      ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
      : { resourceVersion: state.resourceVersion };
  return watching.kube.stream(
    {
      verb: 'GET',
      path: watching.path,
      query: {
        ...watching.query,
        ...list,
        watch: 'true',
        allowWatchBookmarks: 'true',
        timeoutSeconds: String(WATCH_SECONDS + Math.floor(Math.random() * 60)),
      },
      ...(watching.metadataOnly === true ? { accept: METADATA } : {}),
    },
    signal,
  );
}

async function listPages(watching: Watching, begun: WatchState, fresh: Map<string, KubeObject>): Promise<Outcome> {
  let token = '';
  let resourceVersion = '';
  do {
    const answer = await watching.kube.send(
      {
        verb: 'GET',
        path: watching.path,
        query: { ...watching.query, limit: PAGE, ...(token === '' ? {} : { continue: token }) },
        ...(watching.metadataOnly === true ? { accept: METADATA_LIST } : {}),
      },
      watching.signal,
    );
    if (answer.status !== 200 || !isObject(answer.body)) return { state: begun, setback: failed(answer) };
    if (begun.lost > 0 && token === '') watching.onBack?.();
    const metadata = isObject(answer.body.metadata) ? answer.body.metadata : {};
    for (const item of Array.isArray(answer.body.items) ? answer.body.items : [])
      tell(watching, fresh, { type: 'put', object: item as Json });
    token = typeof metadata.continue === 'string' ? metadata.continue : '';
    resourceVersion = String(metadata.resourceVersion ?? '');
  } while (token !== '');
  return { state: synced(begun, resourceVersion), isSynced: true };
}

function failed(answer: KubeAnswer): Omit<Setback, 'chance'> {
  const details = isObject(answer.body) && isObject(answer.body.details) ? answer.body.details : {};
  const seconds = details.retryAfterSeconds;
  const retryAfterMs = answer.retryAfterMs ?? (typeof seconds === 'number' ? seconds * 1000 : undefined);
  return { status: answer.status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`;
}

function nameOnly(object: KubeObject): KubeObject {
  const { name, namespace, uid } = object.metadata;
  return {
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
    },
  };
}
