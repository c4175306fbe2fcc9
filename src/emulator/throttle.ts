// Token buckets per principal and class of request, and the headers that tell what is left. Source: arm-protocol section 10.

import type { Answer, Request } from './message.ts';
import type { EmulatorSettings } from './settings.ts';
import type { State } from './state.ts';

const SIZES = {
  reads: { size: 250, perSecond: 25 },
  writes: { size: 200, perSecond: 10 },
  deletes: { size: 200, perSecond: 10 },
} as const;
const RAISED = 15;

export interface Throttled {
  readonly headers: Readonly<Record<string, string>>;
  readonly refused?: Answer;
}

/** Takes one token; a refusal when there is none. */
export function throttle(
  request: Request,
  state: State,
  settings: EmulatorSettings,
  at: { readonly now: number; readonly principal: string },
): Throttled {
  if (settings.limits === 'off') return { headers: {} };
  const kind =
    request.method === 'GET' || request.method === 'HEAD'
      ? 'reads'
      : request.method === 'DELETE'
        ? 'deletes'
        : 'writes';
  const factor = settings.limits === 'raised' ? RAISED : 1;
  const size = SIZES[kind].size * factor;
  const isInSubscription = /^\/subscriptions\//i.test(request.path);
  const key = `${at.principal}|${kind}|${isInSubscription ? request.path.split('/')[2]?.toLowerCase() : 'tenant'}`;
  const bucket = state.buckets.get(key) ?? { left: size, at: at.now };
  bucket.left = Math.min(size, bucket.left + ((at.now - bucket.at) / 1000) * SIZES[kind].perSecond * factor);
  bucket.at = at.now;
  state.buckets.set(key, bucket);
  const scope = isInSubscription ? 'subscription' : 'tenant';
  if (bucket.left < 1) {
    const seconds = Math.max(1, Math.ceil((1 - bucket.left) / (SIZES[kind].perSecond * factor)));
    const message = `Number of '${kind.slice(0, -1)}' requests for subscription '${request.path.split('/')[2]}' actor '${at.principal}' exceeded. Please try again after '${seconds}' seconds.`;
    return {
      headers: {},
      refused: {
        status: 429,
        headers: { 'Retry-After': String(seconds) },
        body: { error: { code: 'SubscriptionRequestsThrottled', message } },
      },
    };
  }
  bucket.left -= 1;
  return {
    headers: {
      [`x-ms-ratelimit-remaining-${scope}-${kind}`]: String(Math.floor(bucket.left)),
      [`x-ms-ratelimit-remaining-${scope}-global-${kind}`]: String(Math.floor(bucket.left) + size * (RAISED - 1)),
    },
  };
}
