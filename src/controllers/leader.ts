// Leader election on a Lease, with the original's name and times (contract 5.1), so that only one replica acts.
//
// Expected flow: try every 2 s; hold and renew; on the signal release it, so that the next one takes over at once.
// Guarantees: who has not renewed within 10 s has stopped before the Lease's 15 s are over: `isHeld` says so to whoever is about to
// write, even when this loop itself had no time to notice. Ages are measured by a clock that never jumps; the wall clock is only
// written down. Assumption: clocks run at one speed; they need not agree, since a holder's renewals are judged by when they were seen
// to change.

import { LEASE_NAME } from '../kube/lease.ts';
import type { KubeAnswer, KubeSend } from '../kube/types.ts';
import { isObject, type JsonObject } from '../values/json.ts';

const LEASE_MS = 15_000;
const RENEW_WITHIN_MS = 10_000;
const RETRY_MS = 2_000;
/** One try must not use up the time of the next: an API server that hangs is asked again. */
const TRY_MS = 4_000;

export interface LeaderOptions {
  readonly send: KubeSend;
  readonly namespace: string;
  readonly identity: string;
  readonly clock: LeaderClock;
  /** Ends the leadership and releases the Lease. */
  readonly signal: AbortSignal;
  readonly onElected: () => void;
  /** The Lease was lost: everything that acts must stop. */
  readonly onLost: () => void;
}

export interface LeaderClock {
  /** Wall clock, milliseconds since the epoch; may jump. */
  readonly now: () => number;
  /** Milliseconds on a clock that never jumps. */
  readonly elapsed: () => number;
  /** Resolves after so many milliseconds, or at once when the signal ends it. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Leadership {
  /** Renewed recently enough that nobody else can have taken it. */
  readonly isHeld: () => boolean;
  /** Resolves when the signal has ended it, or the Lease is lost. */
  readonly done: Promise<void>;
}

interface Seen {
  readonly renewTime: string;
  readonly at: number;
}

export function lead(options: LeaderOptions): Leadership {
  const { clock, signal } = options;
  /** When the renewal that holds was asked for. */
  let renewedAt: number | undefined;
  const isHeld = (): boolean => renewedAt !== undefined && clock.elapsed() - renewedAt <= RENEW_WITHIN_MS;
  /** A round that has not ended in time, or failed, holds nothing. */
  const inTime = async (ms: number, round: (deadline: AbortSignal) => Promise<Round>): Promise<Round> => {
    const over = new AbortController();
    const until = AbortSignal.any([signal, over.signal]);
    void clock.sleep(ms, until).then(() => over.abort());
    const ended = await round(until).catch((): Round => ({ isHeld: false }));
    over.abort();
    return ended;
  };
  const run = async (): Promise<void> => {
    let seen: Seen | undefined;
    while (!signal.aborted) {
      const begun = clock.elapsed();
      const left = renewedAt === undefined ? TRY_MS : renewedAt + RENEW_WITHIN_MS - begun;
      const round = await inTime(Math.min(TRY_MS, Math.max(1, left)), (deadline) => tryOnce(options, seen, deadline));
      seen = round.seen ?? seen;
      // A renewal that was answered after the Lease's time was over may have found it free or taken anew: it is no renewal.
      if (renewedAt !== undefined && (round.isTaken === true || !isHeld())) {
        renewedAt = undefined;
        options.onLost();
        return;
      }
      if (round.isHeld) {
        const isNew = renewedAt === undefined;
        renewedAt = begun;
        if (isNew) options.onElected();
      }
      const rest = renewedAt === undefined ? RETRY_MS : renewedAt + RENEW_WITHIN_MS + 1 - clock.elapsed();
      await clock.sleep(Math.min(RETRY_MS, Math.max(1, rest)), signal);
    }
    if (renewedAt !== undefined) await release(options).catch(() => undefined);
  };
  return { isHeld, done: run() };
}

interface Round {
  readonly isHeld: boolean;
  /** Another one holds it now. */
  readonly isTaken?: boolean;
  readonly seen?: Seen;
}

async function tryOnce(options: LeaderOptions, seen: Seen | undefined, deadline: AbortSignal): Promise<Round> {
  const answer = await options.send({ verb: 'GET', path: pathOf(options) }, deadline);
  if (answer.status === 404) return { isHeld: (await create(options, deadline)).status === 201 };
  if (answer.status !== 200 || !isObject(answer.body)) return { isHeld: false };
  const spec = isObject(answer.body.spec) ? answer.body.spec : {};
  const holder = typeof spec.holderIdentity === 'string' ? spec.holderIdentity : '';
  const renewTime = String(spec.renewTime ?? '');
  const at = options.clock.elapsed();
  const fresh = seen?.renewTime === renewTime ? seen : { renewTime, at };
  const isExpired = seen !== undefined && fresh === seen && at - seen.at > LEASE_MS;
  if (holder !== '' && holder !== options.identity && !isExpired) return { isHeld: false, isTaken: true, seen: fresh };
  const isNewHolder = holder !== options.identity;
  const body = {
    ...answer.body,
    spec: {
      ...spec,
      ...leaseSpec(options),
      ...(isNewHolder
        ? { acquireTime: micro(options.clock.now()), leaseTransitions: Number(spec.leaseTransitions ?? 0) + 1 }
        : {}),
    },
  };
  const put = await options.send({ verb: 'PUT', path: pathOf(options), body }, deadline);
  return { isHeld: put.status === 200, seen: fresh };
}

function create(options: LeaderOptions, deadline: AbortSignal): Promise<KubeAnswer> {
  const body = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: LEASE_NAME, namespace: options.namespace },
    spec: { ...leaseSpec(options), acquireTime: micro(options.clock.now()), leaseTransitions: 0 },
  };
  return options.send({ verb: 'POST', path: pathOf(options).replace(/\/[^/]*$/, ''), body }, deadline);
}

async function release(options: LeaderOptions): Promise<void> {
  const signal = AbortSignal.timeout(2_000);
  const answer = await options.send({ verb: 'GET', path: pathOf(options) }, signal);
  const spec = isObject(answer.body) && isObject(answer.body.spec) ? answer.body.spec : undefined;
  if (!isObject(answer.body) || spec?.holderIdentity !== options.identity) return;
  await options.send(
    {
      verb: 'PUT',
      path: pathOf(options),
      body: { ...answer.body, spec: { ...spec, holderIdentity: '', leaseDurationSeconds: 1 } },
    },
    signal,
  );
}

function leaseSpec(options: LeaderOptions): JsonObject {
  return {
    holderIdentity: options.identity,
    leaseDurationSeconds: LEASE_MS / 1000,
    renewTime: micro(options.clock.now()),
  };
}

/** Kubernetes' MicroTime. */
function micro(now: number): string {
  return new Date(now).toISOString().replace('Z', '000Z');
}

function pathOf(options: LeaderOptions): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${options.namespace}/leases/${LEASE_NAME}`;
}
