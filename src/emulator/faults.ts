// Faults on demand, as data: which requests they meet, how often, and what happens to them.

import type { Json } from '../values/json.ts';

export interface Fault {
  readonly match: {
    readonly method?: string;
    /** Regular expression over path and query, without regard to case. */
    readonly path?: string;
  };
  /** Share of the matching requests that it meets, 0 to 1; which ones follows from `seed`. */
  readonly probability?: number;
  readonly seed?: number;
  /** How many matching requests it meets; absent: all. */
  readonly times?: number;
  /** How many matching requests go by before it begins. */
  readonly after?: number;
  readonly latencyMs?: number;
  /** Answered in place of the real thing, without doing the work. */
  readonly answer?: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Json;
    /** Sent as it is, for garbage. */
    readonly text?: string;
  };
  /** The connection is cut: before the work, or after it, so that the answer is lost. */
  readonly cut?: 'before' | 'after';
  /** An operation that this write starts never ends, or ends badly. */
  readonly operation?: 'never ends' | { readonly code: string; readonly message: string };
}

export interface ArmedFault {
  readonly fault: Fault;
  seen: number;
}

/** The fault that meets this request, if any; counts the request for each that matches. */
export function meet(faults: readonly ArmedFault[], method: string, url: string): Fault | undefined {
  let met: Fault | undefined;
  for (const armed of faults) {
    const { match, after = 0, times, probability = 1, seed = 0 } = armed.fault;
    if (match.method !== undefined && match.method.toUpperCase() !== method) continue;
    if (match.path !== undefined && !new RegExp(match.path, 'i').test(url)) continue;
    armed.seen += 1;
    if (probability < 1 && chance(seed, armed.seen) >= probability) continue;
    if (armed.seen > after && (times === undefined || armed.seen <= after + times)) met ??= armed.fault;
  }
  return met;
}

/** A number from 0 to 1 that follows from the seed and the place in the row (mulberry32). */
function chance(seed: number, place: number): number {
  let mixed = (seed + place * 0x6d2b79f5) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
}
