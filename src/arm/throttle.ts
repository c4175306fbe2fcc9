// Wraps the door to Azure with the gates of gate.ts. A request in front of a closed gate is answered at once, as Azure would: 429 with the
// time to wait. Nobody waits here: a pass ends, and its object comes again when it is its turn.

import type { ArmSend } from './client.ts';
import { closed, type Gate, gateClass, gateKeys, refusalOf, turnedAway, waitMs } from './gate.ts';
import type { ArmAnswer, ArmRequest } from './request.ts';
import { RETRY_AFTER_MS, retryAfterMs } from './retry-after.ts';

export interface ThrottleOptions {
  /** Milliseconds on a clock that never jumps. */
  readonly elapsed: () => number;
  /** Milliseconds since the epoch, for a Retry-After that is a date. */
  readonly now: () => number;
  /** Hears of every refusal of Azure ('closed') and every request that did not leave ('held'), for metrics. */
  readonly onGate: (what: 'closed' | 'held', request: ArmRequest) => void;
}

/** Wraps a door. The gates are kept for as long as what it gives, by principal. */
export function throttle(send: ArmSend, options: ThrottleOptions): ArmSend {
  const gates = new Map<string, Gate>();

  return async (request, principal, signal) => {
    const keys = gateKeys(principal.key, request);
    const begunAt = options.elapsed();
    for (const key of [keys.whole, keys.provider]) {
      const gate = gates.get(key);
      const wait = waitMs(gate, gateClass(request), begunAt);
      if (gate === undefined || wait === 0) continue;
      gates.set(key, turnedAway(gate));
      options.onGate('held', request);
      return held(request, gate, wait);
    }
    const answer = await send(request, principal, signal);
    const refusal = refusalOf(answer);
    if (refusal === undefined) {
      // The class is heard again. Nothing that left before the gate closed says so.
      for (const key of [keys.whole, keys.provider])
        if ((gates.get(key)?.closedAt ?? begunAt) < begunAt) gates.delete(key);
      return answer;
    }
    options.onGate('closed', request);
    const now = options.elapsed();
    const afterMs = retryAfterMs(answer, options.now());
    const key = keys[refusal.gate];
    const { code } = refusal;
    const gate = closed(gates.get(key), { begunAt, now, code, ...(afterMs === undefined ? {} : { afterMs }) });
    gates.set(key, turnedAway(gate));
    return withWait(answer, waitMs(gate, gateClass(request), now));
  };
}

/** What Azure would say, had it been asked. The words do not change with time, so that a condition is written once. */
function held(request: ArmRequest, gate: Gate, wait: number): ArmAnswer {
  const message = `Azure throttles ${gateClass(request)} of this credential; the request was not sent and waits its turn`;
  const body = { error: { code: gate.code, message } };
  return withWait({ status: 429, headers: {}, body }, wait);
}

/** The time to wait in milliseconds, whether Azure named one or not (header of Azure's own, in use between its services). */
function withWait(answer: ArmAnswer, wait: number): ArmAnswer {
  return { ...answer, headers: { ...answer.headers, [RETRY_AFTER_MS]: String(Math.ceil(wait)) } };
}
