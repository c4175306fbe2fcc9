// The worker: takes a name from the queue, runs a pass over its object, and says when to look again.

import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Kind } from '../kinds/kind.ts';
import { KubeError } from '../kube/client.ts';
import { complaintsOf } from '../reconcile/complaints.ts';
import { warning } from '../reconcile/failure.ts';
import { isLeftReady } from '../reconcile/rules/inherit.ts';
import type { Attempts } from './attempts.ts';
import type { EventSink } from './events.ts';
import { gather, type Sources } from './gather.ts';
import type { Intake } from './intake.ts';
import type { Metrics } from './metrics.ts';
import type { Orphans } from './orphans.ts';
import { pass } from './pass.ts';
import { type Doors, performVerdict, WriteRefused } from './perform.ts';
import type { Queue } from './queue.ts';
import { claimKey } from './store.ts';

/** A pass that was cut short once may have met an API server that restarts; so often in a row, a person should know. */
const TOLD_AFTER = 3;
const MAX_MESSAGE = 1000;
/** Over so long are the passes spread that wait for an API server that has come back. */
const RESUMED_WITHIN_MS = 1_000;

export interface Worker {
  readonly work: (name: string) => Promise<void>;
  /** Passes that run now over objects of a kind. */
  readonly busy: (crd: string) => number;
  /** The API server answers again: whose pass was cut short for want of it does not sit out its delay. */
  readonly resume: () => void;
}

export interface WorkerOptions {
  readonly sources: Sources;
  readonly doors: Doors;
  readonly kind: (crd: string) => Kind | undefined;
  readonly queue: Queue;
  readonly attempts: Attempts;
  readonly intake: Intake;
  readonly events: EventSink;
  readonly orphans: Orphans;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly now: () => number;
  readonly until: AbortSignal;
}

export function createWorker(options: WorkerOptions): Worker {
  const { sources, doors, queue, attempts, intake, events, orphans, metrics, now, until } = options;
  const { store } = sources;
  const busy = new Map<string, number>();
  /** Names whose last pass found no API server. */
  const stranded = new Set<string>();

  const work = async (name: string): Promise<void> => {
    const entry = store.get(name);
    const kind = options.kind(crdOf(name));
    stranded.delete(name);
    if (entry === undefined || kind === undefined) return;
    const ended = metrics.passBegan(kind);
    busy.set(kind.crd, (busy.get(kind.crd) ?? 0) + 1);
    const log = options.log.child({ object: name, pass: randomUUID().slice(0, 8) });
    try {
      const start = { name, kind, entry, attempts: attempts.failed(name), now: now(), freshUuid: randomUUID() };
      const observed = await gather(sources, start, until);
      const end = await pass(
        {
          doors,
          log,
          onClaim: (id) => store.reserve(id, name),
          onWritten: (object) => intake.keep(kind, object, undefined),
          onRelease: orphans.released,
        },
        observed,
        until,
      );
      for (const note of complaintsOf(observed)) if (events.emit(kind, end.object, note)) log.error(note.message);
      for (const note of end.events) events.emit(kind, end.object, note);
      if (end.waitsForId !== undefined) store.depend(name, claimKey(end.waitsForId));
      attempts.ended(name, end.progress);
      const afterMs = attempts.delayMs(name, end.again);
      if (afterMs !== undefined && store.get(name))
        queue.add(name, end.again.kind === 'after' ? end.again.lane : 'retry', afterMs);
      ended(end.again.kind === 'backoff' ? 'requeue_after' : 'success');
      log.debug({ why: end.why, again: end.again }, 'pass ended');
    } catch (error) {
      ended('error');
      if (until.aborted || (error instanceof WriteRefused && error.code === 'gone')) return;
      if (error instanceof KubeError && error.code === 'lost') stranded.add(name);
      queue.add(name, 'retry', attempts.cutShortMs(name));
      if (error instanceof WriteRefused && error.code === 'conflict') return;
      log.error({ err: error }, 'a pass was cut short');
      if (attempts.failed(name) >= TOLD_AFTER) await tell(kind, name, error);
    } finally {
      busy.set(kind.crd, (busy.get(kind.crd) ?? 1) - 1);
    }
  };

  /** What escapes passes time and again is told in the object's condition, when that can be written. */
  const tell = async (kind: Kind, name: string, error: unknown): Promise<void> => {
    const object = store.get(name)?.object;
    if (object === undefined) return;
    const failure = warning('Failed', `a pass over the object was cut short: ${messageOf(error)}`);
    // It is taken over by the condition that it has: there an event has to do.
    if (isLeftReady({ object })) {
      events.emit(kind, object, { type: 'Warning', reason: failure.code, message: failure.message });
      return;
    }
    await performVerdict(doors, { kind, object, failure, now: now() }, until)
      .then((after) => intake.keep(kind, after, undefined))
      .catch(() => undefined);
  };

  const resume = (): void => {
    for (const name of stranded) {
      attempts.fresh(name);
      queue.add(name, 'retry', Math.random() * RESUMED_WITHIN_MS);
    }
    stranded.clear();
  };

  return { work, resume, busy: (crd) => busy.get(crd) ?? 0 };
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, MAX_MESSAGE);
}

/** The CRD in the name of an object. */
export function crdOf(name: string): string {
  return name.slice(0, name.indexOf('|'));
}
