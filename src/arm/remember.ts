// Keeps answers that are the same for everybody and hardly ever change, so that a hundred objects ask for them once: the built-in roles.
// Kept by endpoint: what one cloud says is nothing to another.

import type { ArmSend } from './client.ts';
import type { ArmAnswer, ArmRequest } from './request.ts';

const ROLES = /^(https:\/\/[^/]+)?\/providers\/Microsoft\.Authorization\/roleDefinitions\?/i;
const KEPT_MS = 3_600_000;

interface Kept {
  readonly answer: Promise<ArmAnswer>;
  readonly until: number;
}

/** Wraps a door: a list of role definitions that was read is good for an hour. What failed is asked for again. */
export function remember(send: ArmSend, now: () => number): ArmSend {
  const kept = new Map<string, Kept>();
  return async (request, principal, signal) => {
    if (!isForAll(request)) return send(request, principal, signal);
    const key = `${principal.endpoint} ${request.url}`;
    const held = kept.get(key);
    if (held !== undefined && now() < held.until) {
      // Whoever asked first may have been cut off, or refused: that is no answer for others.
      const answer = await held.answer.catch(() => undefined);
      if (answer?.status === 200) return answer;
    }
    const answer = send(request, principal, signal);
    kept.set(key, { answer, until: now() + KEPT_MS });
    return answer;
  };
}

function isForAll(request: ArmRequest): boolean {
  return request.verb === 'GET' && ROLES.test(request.url);
}
