// Throttling, computed: what Azure refuses for one request of a class it refuses for all, so none of them asks before its time.
// A class is (principal, subscription, reads | writes | deletes); a refusal that a provider gave closes the class for that provider alone.
// Those who are turned away come back one after another, at the pace at which Azure fills its buckets. Source: arm-protocol section 10.

import { backoffMs } from '../values/backoff.ts';
import { isObject } from '../values/json.ts';
import type { ArmAnswer, ArmRequest } from './request.ts';

export interface Gate {
  /** Until when, on the caller's clock, in milliseconds. */
  readonly closedUntil: number;
  readonly closedAt: number;
  /** Refusals without a Retry-After since a request of the class got through. */
  readonly refusals: number;
  /** Requests turned away since it closed. */
  readonly waiting: number;
  /** Azure's word for it. */
  readonly code: string;
}

export interface Refusal {
  readonly gate: 'whole' | 'provider';
  readonly code: string;
}

export type GateClass = 'reads' | 'writes' | 'deletes';

/** Milliseconds between two of those who waited: the refill of Azure's bucket per principal. */
const PACE_MS: Readonly<Record<GateClass, number>> = { reads: 40, writes: 100, deletes: 100 };
const FIRST_MS = 1_000;
const CAP_MS = 30_000;
/** A Retry-After of more than this is a mistake: it is asked again before. */
const LONGEST_MS = 15 * 60_000;

/** Azure fills a bucket for each of these. */
export function gateClass(request: ArmRequest): GateClass {
  if (request.verb === 'GET' || request.verb === 'HEAD') return 'reads';
  return request.verb === 'DELETE' ? 'deletes' : 'writes';
}

/** Keys of the gates in front of a request: the subscription's, and the provider's in it. */
export function gateKeys(
  principal: string,
  request: ArmRequest,
): { readonly whole: string; readonly provider: string } {
  const [path = ''] = request.url
    .replace(/^https?:\/\/[^/]+/i, '')
    .toLowerCase()
    .split('?');
  const subscription = /^\/subscriptions\/([^/?]+)/.exec(path)?.[1] ?? 'tenant';
  const provider = /.*\/providers\/([^/?]+)/.exec(path)?.[1] ?? 'microsoft.resources';
  const whole = `${principal}|${subscription}|${gateClass(request)}`;
  return { whole, provider: `${whole}|${provider}` };
}

/** What an answer says of throttling: nothing, or which gate it closes. 429 RetryableError is no throttling (arm-protocol section 8). */
export function refusalOf(answer: ArmAnswer): Refusal | undefined {
  if (answer.status !== 429) return undefined;
  const error = isObject(answer.body) && isObject(answer.body.error) ? answer.body.error : {};
  const code = typeof error.code === 'string' && error.code !== '' ? error.code : 'TooManyRequests';
  if (code === 'RetryableError') return undefined;
  const isProviders = error.code === 'TooManyRequests' || error.code === 'OperationNotAllowed';
  return { gate: isProviders ? 'provider' : 'whole', code };
}

export interface Refused {
  /** Retry-After, when there was one. */
  readonly afterMs?: number;
  /** When the refused request left. */
  readonly begunAt: number;
  readonly now: number;
  readonly code: string;
}

/** The gate after a refusal. Refusals of requests that left before it closed lengthen it, but do not count again. */
export function closed(gate: Gate | undefined, refused: Refused): Gate {
  const { afterMs, begunAt, now, code } = refused;
  const isSame = gate !== undefined && begunAt < gate.closedAt;
  // A Retry-After of 0 says nothing: taken by its word, all would ask again at once.
  const wish = afterMs !== undefined && afterMs >= FIRST_MS ? afterMs : undefined;
  const refusals = (gate?.refusals ?? 0) + (isSame || wish !== undefined ? 0 : 1);
  const closedFor = Math.min(wish ?? backoffMs(Math.max(0, refusals - 1), FIRST_MS, CAP_MS), LONGEST_MS);
  return {
    closedUntil: Math.max(gate?.closedUntil ?? 0, now + closedFor),
    closedAt: isSame ? gate.closedAt : now,
    refusals,
    waiting: isSame ? gate.waiting : 0,
    code,
  };
}

/** Milliseconds that a request has to wait in front of a gate: its end, and its place among those who wait. 0: it is open. */
export function waitMs(gate: Gate | undefined, of: GateClass, now: number): number {
  if (gate === undefined || gate.closedUntil <= now) return 0;
  return gate.closedUntil - now + gate.waiting * PACE_MS[of];
}

/** The gate once one more was turned away. */
export function turnedAway(gate: Gate): Gate {
  return { ...gate, waiting: gate.waiting + 1 };
}
