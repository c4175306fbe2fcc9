// A failure is an expected bad outcome, as data: it becomes a condition and says how soon to look again.

/** soon: 1 s doubling to 30 s. slow: 1 s doubling to 3 min. verySlow: once per sync period. never: not before something changes. */
export type Retry = 'soon' | 'slow' | 'verySlow' | 'never';

export interface Failure {
  /** The condition's reason: one of the contract's words or Azure's error code. */
  readonly code: string;
  readonly severity: 'Info' | 'Warning' | 'Error';
  readonly retry: Retry;
  /** Lower case, says what was tried on which name or id and what the user can do. */
  readonly message: string;
  /** What Azure asked for (Retry-After), in milliseconds; wins over `retry`. */
  readonly afterMs?: number;
  /** So many tries at the slow pace before `retry` holds. */
  readonly slowTries?: number;
}

/** Something outside the operator must change first; looked at again with slow backoff. */
export function warning(code: string, message: string, retry: Retry = 'slow'): Failure {
  return { code, severity: 'Warning', retry, message };
}

/** The operator stops until the object, a watched input or the pod changes. */
export function fatal(code: string, message: string): Failure {
  return { code, severity: 'Error', retry: 'never', message };
}
