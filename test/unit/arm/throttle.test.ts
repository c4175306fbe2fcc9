// The gate in front of Azure, with a clock moved by hand: who is turned away, for how long, and who is not.

import { describe, expect, it } from 'vitest';
import type { ArmPrincipal, ArmSend } from '../../../src/arm/client.ts';
import type { ArmAnswer, ArmRequest } from '../../../src/arm/request.ts';
import { throttle } from '../../../src/arm/throttle.ts';

const SUBSCRIPTION = '/subscriptions/s1/resourceGroups/rg/providers';
const STORAGE = `${SUBSCRIPTION}/Microsoft.Storage/storageAccounts/a?api-version=1`;
const NETWORK = `${SUBSCRIPTION}/Microsoft.Network/virtualNetworks/v?api-version=1`;
const NEVER = new AbortController().signal;

const ok: ArmAnswer = { status: 200, headers: {}, body: {} };
const refusal = (headers: ArmAnswer['headers'], code = 'SubscriptionRequestsThrottled'): ArmAnswer => ({
  status: 429,
  headers,
  body: { error: { code, message: 'too many' } },
});

/** An Azure that answers what it is told, and counts. */
function azure(): {
  now: number;
  says: ArmAnswer;
  sent: number;
  readonly ask: (request: ArmRequest, principal?: string) => Promise<ArmAnswer>;
} {
  const world = { now: 0, says: ok, sent: 0 };
  const send: ArmSend = async () => {
    world.sent += 1;
    return world.says;
  };
  const door = throttle(send, { elapsed: () => world.now, now: () => world.now, onGate: () => undefined });
  // Only the key of a principal is read by the gate.
  const asked = (request: ArmRequest, principal = 'p1') => door(request, { key: principal } as ArmPrincipal, NEVER);
  return Object.assign(world, { ask: asked });
}

const waitOf = (answer: ArmAnswer): number => Number(answer.headers['retry-after-ms']);

describe('a 429', () => {
  it('with Retry-After stops its class until the time is over: nobody else asks', async () => {
    const at = azure();
    at.says = refusal({ 'retry-after': '10' });
    expect(waitOf(await at.ask({ verb: 'PUT', url: STORAGE }))).toBe(10_000);
    at.says = ok;
    at.now = 9_999;
    expect((await at.ask({ verb: 'PUT', url: NETWORK })).status).toBe(429);
    expect(at.sent).toBe(1);
    at.now = 10_000;
    expect((await at.ask({ verb: 'PUT', url: NETWORK })).status).toBe(200);
  });

  it.each([
    ['another class', { verb: 'GET', url: STORAGE } as const, 'p1'],
    ['a DELETE, which has a bucket of its own', { verb: 'DELETE', url: STORAGE } as const, 'p1'],
    ['another subscription', { verb: 'PUT', url: STORAGE.replace('s1', 's2') } as const, 'p1'],
    ['another principal', { verb: 'PUT', url: STORAGE } as const, 'p2'],
  ])('lets %s pass', async (_, request, principal) => {
    const at = azure();
    at.says = refusal({ 'retry-after': '10' });
    await at.ask({ verb: 'PUT', url: STORAGE });
    at.says = ok;
    expect((await at.ask(request, principal)).status).toBe(200);
  });

  it('of one provider stops that provider alone', async () => {
    const at = azure();
    at.says = refusal({ 'retry-after': '10' }, 'TooManyRequests');
    await at.ask({ verb: 'PUT', url: STORAGE });
    at.says = ok;
    expect((await at.ask({ verb: 'PUT', url: STORAGE })).status).toBe(429);
    expect((await at.ask({ verb: 'PUT', url: NETWORK })).status).toBe(200);
  });

  it.each([
    ['without Retry-After', {}],
    ['with a Retry-After of 0', { 'retry-after': '0' }],
  ] as const)('%s stops the class for a second, then two, until it is heard again', async (_, headers) => {
    const at = azure();
    at.says = refusal(headers);
    expect(waitOf(await at.ask({ verb: 'PUT', url: STORAGE }))).toBe(1_000);
    at.now = 1_000;
    expect(waitOf(await at.ask({ verb: 'PUT', url: STORAGE }))).toBe(2_000);
    at.now = 3_000;
    at.says = ok;
    await at.ask({ verb: 'PUT', url: STORAGE });
    at.now = 4_000;
    at.says = refusal(headers);
    expect(waitOf(await at.ask({ verb: 'PUT', url: STORAGE }))).toBe(1_000);
  });

  it('that is no throttling (RetryableError) stops nobody', async () => {
    const at = azure();
    at.says = refusal({}, 'RetryableError');
    await at.ask({ verb: 'PUT', url: STORAGE });
    await at.ask({ verb: 'PUT', url: STORAGE });
    expect(at.sent).toBe(2);
  });

  it('answers to requests that were under way when the gate closed neither open it nor count again', async () => {
    const at = azure();
    const answers: ((answer: ArmAnswer) => void)[] = [];
    const door = throttle(() => new Promise((resolve) => answers.push(resolve)), {
      elapsed: () => at.now,
      now: () => at.now,
      onGate: () => undefined,
    });
    const ask = (): Promise<ArmAnswer> => door({ verb: 'PUT', url: STORAGE }, { key: 'p1' } as ArmPrincipal, NEVER);
    const running = [ask(), ask(), ask()];
    at.now = 100;
    answers[0]?.(refusal({}));
    await running[0];
    answers[1]?.(refusal({}));
    answers[2]?.(ok);
    await Promise.all(running);
    expect(waitOf(await ask())).toBeLessThan(1_500);
    expect(answers).toHaveLength(3);
  });
});

it('500 that were turned away come back one after another, at the pace of the refill', async () => {
  const at = azure();
  at.says = refusal({ 'retry-after': '5' });
  await at.ask({ verb: 'PUT', url: STORAGE });
  const waits = await Promise.all(
    Array.from({ length: 500 }, async (_, index) =>
      waitOf(await at.ask({ verb: 'PUT', url: `${STORAGE}&n=${index}` })),
    ),
  );
  expect(at.sent).toBe(1);
  expect(new Set(waits).size).toBe(500);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(5_000);
  expect(Math.max(...waits)).toBeLessThanOrEqual(5_000 + 500 * 100);
});
