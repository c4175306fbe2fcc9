// Faults on demand, as data: which requests they meet, how often, and what happens to them.

import type { Json } from '../values/json.ts';

export interface Fault {
  readonly match: {
    readonly method?: string /** Regular expression over path and query, without regard to case. */;
    readonly path?: string;
  };
  /** How many matching requests it meets; absent: all. */
  readonly times?: number;
  /** How many matching requests go by before it begins. */
  readonly after?: number;
  readonly latencyMs?: number;
  /** Answered in place of the real thing, without doing the work. */
  readonly answer?: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Json /** Sent as it is, for garbage. */;
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
    const { match, after = 0, times } = armed.fault;
    if (match.method !== undefined && match.method.toUpperCase() !== method) continue;
    if (match.path !== undefined && !new RegExp(match.path, 'i').test(url)) continue;
    armed.seen += 1;
    if (armed.seen > after && (times === undefined || armed.seen <= after + times)) met ??= armed.fault;
  }
  return met;
}
