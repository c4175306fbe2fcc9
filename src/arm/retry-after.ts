// How long Azure asks to be left alone: Retry-After, and the milliseconds that its services and our own gate write beside it. Pure.
// Source: arm-protocol section 5.1 (whole seconds by contract; the SDKs read dates too) and contract section 10 (refusals: seconds alone).

import type { ArmAnswer } from './request.ts';

/** In milliseconds, in use between Azure's own services; the gate tells its waits by it. */
export const RETRY_AFTER_MS = 'retry-after-ms';

/** A longer wait is a mistake of a server or a clock, and would leave an object alone for days: it is looked at again after this. */
const LONGEST_MS = 60 * 60_000;
const SECONDS = /^\d{1,9}$/;
/** The one form of a date that HTTP sends (RFC 9110, IMF-fixdate). JavaScript reads '1.5' and '-5' as dates too. */
const DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Milliseconds to wait, undefined when the answer does not say. A date counts from the answer's own Date: clocks differ. */
export function retryAfterMs({ headers }: Pick<ArmAnswer, 'headers'>, now: number): number | undefined {
  const text = headers['retry-after']?.trim() ?? '';
  if (SECONDS.test(text)) return bounded(Number(text) * 1000);
  if (!DATE.test(text)) return undefined;
  const sent = headers.date !== undefined && DATE.test(headers.date.trim()) ? Date.parse(headers.date) : now;
  const wait = Date.parse(text) - sent;
  return Number.isNaN(wait) ? undefined : bounded(wait);
}

/** Milliseconds that a refusal asks for: the gate's own, else whole seconds. */
export function refusalAfterMs({ headers }: Pick<ArmAnswer, 'headers'>): number | undefined {
  const precise = headers[RETRY_AFTER_MS]?.trim() ?? '';
  if (SECONDS.test(precise)) return bounded(Number(precise));
  const seconds = headers['retry-after']?.trim() ?? '';
  return SECONDS.test(seconds) ? bounded(Number(seconds) * 1000) : undefined;
}

function bounded(ms: number): number {
  return Math.min(LONGEST_MS, Math.max(0, ms));
}
