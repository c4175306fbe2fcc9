// When to look again: one place for every delay. Arithmetic of backoff itself is in values/backoff.ts.

import { createHash } from 'node:crypto';
import { parseDuration } from '../values/duration.ts';
import type { Again } from './action.ts';
import { SYNC_PERIOD } from './annotations.ts';
import { annotation } from './facts.ts';
import type { Failure } from './failure.ts';
import type { Memo } from './memo.ts';
import type { Observed } from './observed.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** An object's own sync period is not shorter: each sync is a PUT. */
export const LEAST_SYNC_MS = SECOND;
const JITTER = 0.25;
/** A Retry-After from here on is taken as it is, again and again: 12 requests a minute. */
const GRANTED_MS = 5 * SECOND;
/** A Retry-After of days, or a date of another century, is a mistake: nothing waits longer than this without a look. */
const LONGEST_MS = HOUR;
/** A Retry-After below a second is no leave to ask without a pause: the pauses grow. */
const HASTY = { kind: 'backoff', firstMs: 200, capMs: 10 * SECOND } as const;

/** Delays by class, from contract section 10; when Azure said how long, as it said, but a wish of a moment is not granted for ever. */
export function afterFailure(failure: Failure, observed: Observed): Again {
  if (failure.afterMs !== undefined && failure.afterMs >= GRANTED_MS)
    return { kind: 'after', afterMs: granted(failure.afterMs), lane: 'retry' };
  const least = failure.afterMs === undefined ? {} : { leastMs: failure.afterMs };
  const isEarly = observed.attempts < (failure.slowTries ?? 0);
  switch (isEarly ? 'slow' : failure.retry) {
    case 'soon':
      return { kind: 'backoff', firstMs: SECOND, capMs: 30 * SECOND, ...least };
    case 'slow':
      return { kind: 'backoff', firstMs: SECOND, capMs: 3 * MINUTE, ...least };
    case 'verySlow':
      return { kind: 'after', afterMs: jittered(syncPeriodMs(observed) ?? HOUR, observed), lane: 'background' };
    case 'never':
      return { kind: 'never' };
  }
}

/** While an operation runs: as Azure asked, else 1 s doubling to 1 min. */
export function afterPoll(retryAfterMs: number | undefined): Again {
  if (retryAfterMs === undefined) return { kind: 'backoff', firstMs: SECOND, capMs: MINUTE };
  return retryAfterMs < SECOND ? HASTY : { kind: 'after', afterMs: granted(retryAfterMs), lane: 'retry' };
}

/** What of a wish is granted. */
export function granted(wishMs: number): number {
  return Math.min(wishMs, LONGEST_MS);
}

/** The next sync of an object that is Ready. */
export function atSync(observed: Observed, memo: Memo): Again {
  const due = syncDueAt(observed, memo);
  return due === undefined
    ? { kind: 'never' }
    : { kind: 'after', afterMs: Math.max(0, due - observed.now), lane: 'background' };
}

/**
 * Milliseconds since the epoch at which the object's next sync falls due, undefined when sync is off.
 * The jitter follows from the object's uid and its last sync, so that a restart does not move it. What fell due while no operator ran
 * is not sent in one burst at the start: it is as late after the start as it was before, within one period.
 */
export function syncDueAt(observed: Observed, memo: Memo): number | undefined {
  const period = syncPeriodMs(observed);
  if (period === undefined) return undefined;
  // A sync of the far future was noted by a clock that was wrong: what it says is worth nothing.
  if (memo.syncedAt - observed.now > period) return observed.now;
  const due = memo.syncedAt + jittered(period, observed, String(memo.syncedAt));
  const { since } = observed.operator;
  // A start of the future was noted by a clock that was wrong.
  return due >= since || since > observed.now ? due : since + ((since - due) % period);
}

/** The object's own sync period when its annotation holds a duration of at least a second (`never` included), else the operator's. */
export function syncPeriodMs(observed: Observed): number | undefined {
  const own = annotation(observed, SYNC_PERIOD);
  if (own === undefined) return observed.operator.syncPeriodMs;
  if (own === 'never') return undefined;
  const parsed = parseDuration(own);
  return parsed === undefined || parsed <= 0 ? observed.operator.syncPeriodMs : Math.max(parsed, LEAST_SYNC_MS);
}

function jittered(periodMs: number, observed: Observed, salt = ''): number {
  const hash = createHash('sha256')
    .update(`${observed.object.metadata.uid ?? ''}/${salt}`)
    .digest();
  const share = hash.readUInt32BE(0) / 0xffffffff;
  return Math.round(periodMs * (1 - JITTER + 2 * JITTER * share));
}
