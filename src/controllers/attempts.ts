// How often a name failed in a row, and how often its running operation was looked at: what the delays of a name grow with.

import type { Again, Progress } from '../reconcile/action.ts';
import { backoffMs } from '../values/backoff.ts';

const CUT_SHORT_FIRST_MS = 50;
const CUT_SHORT_CAP_MS = 60_000;

export interface Attempts {
  /** Failed passes in a row. */
  readonly failed: (name: string) => number;
  /** A pass ended so. */
  readonly ended: (name: string, progress: Progress) => void;
  /** The object changed, or what it waits for did: its failures are over. */
  readonly fresh: (name: string) => void;
  /** The object is gone. */
  readonly forget: (name: string) => void;
  /** Milliseconds until the name is looked at again, with jitter where the delay is a backoff; undefined: only when something changes. */
  readonly delayMs: (name: string, again: Again) => number | undefined;
  /** Milliseconds until a name whose pass was cut short is tried again; counts as a failed attempt. */
  readonly cutShortMs: (name: string) => number;
}

/** `chance` gives numbers from 0 to 1. */
export function createAttempts(chance: () => number): Attempts {
  const failures = new Map<string, number>();
  /** Looks at one operation in a row, for the delay between them when Azure names none. */
  const polls = new Map<string, number>();
  const more = (counts: Map<string, number>, name: string): number => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count;
  };
  /** Jitter downwards: between half of a delay and all of it. */
  const jittered = (ms: number): number => Math.round(ms * (0.5 + 0.5 * chance()));

  return {
    failed: (name) => failures.get(name) ?? 0,
    ended: (name, progress) => {
      if (progress === 'none') more(failures, name);
      else failures.delete(name);
      if (progress === 'polled') more(polls, name);
      else polls.delete(name);
    },
    fresh: (name) => void failures.delete(name),
    forget: (name) => {
      failures.delete(name);
      polls.delete(name);
    },
    delayMs: (name, again) => {
      if (again.kind === 'never') return undefined;
      if (again.kind === 'after') return again.afterMs;
      const count = polls.get(name) ?? failures.get(name) ?? 1;
      return Math.max(again.leastMs ?? 0, jittered(backoffMs(count - 1, again.firstMs, again.capMs)));
    },
    cutShortMs: (name) => jittered(backoffMs(more(failures, name) - 1, CUT_SHORT_FIRST_MS, CUT_SHORT_CAP_MS)),
  };
}
