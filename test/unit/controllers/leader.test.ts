// The Lease: who holds it, who takes it, and that nobody acts who has not renewed in time. A Lease in a variable, and clocks moved by hand.

import { describe, expect, it } from 'vitest';
import { type LeaderClock, type Leadership, lead } from '../../../src/controllers/leader.ts';
import type { KubeAnswer, KubeSend } from '../../../src/kube/types.ts';
import { isObject, type Json, type JsonObject } from '../../../src/values/json.ts';

/** An API server that keeps one Lease, with resource versions. `does` says what becomes of requests. */
function server(): { readonly send: KubeSend; lease: JsonObject | undefined; does: 'answer' | 'hang' | 'refuse' } {
  const world: { lease: JsonObject | undefined; does: 'answer' | 'hang' | 'refuse' } = {
    lease: undefined,
    does: 'answer',
  };
  let version = 0;
  const keep = (body: unknown): KubeAnswer => {
    version += 1;
    // The body of a write is a Lease.
    const lease = body as JsonObject;
    world.lease = { ...lease, metadata: { ...(lease.metadata as JsonObject), resourceVersion: String(version) } };
    return { status: 200, body: world.lease as Json };
  };
  const send: KubeSend = async (request, signal) => {
    if (world.does === 'refuse') return { status: 500, body: undefined };
    if (world.does === 'hang')
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('cut')), { once: true }),
      );
    if (request.verb === 'GET')
      return world.lease === undefined ? { status: 404, body: undefined } : { status: 200, body: world.lease };
    if (request.verb === 'POST')
      return world.lease === undefined ? { ...keep(request.body), status: 201 } : { status: 409, body: undefined };
    const sent = isObject(request.body as Json) ? (request.body as JsonObject) : {};
    const held = world.lease?.metadata as JsonObject | undefined;
    return (sent.metadata as JsonObject | undefined)?.resourceVersion === held?.resourceVersion
      ? keep(request.body)
      : { status: 409, body: undefined };
  };
  return Object.assign(world, { send });
}

/** A clock that stands still until it is moved; whoever sleeps wakes in order. */
function clock(): { readonly at: LeaderClock; readonly later: (ms: number) => Promise<void>; jump: number } {
  const sleepers = new Set<{ readonly due: number; readonly wake: () => void }>();
  let elapsed = 0;
  const moved = { jump: 0 };
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  const at: LeaderClock = {
    now: () => 1_700_000_000_000 + elapsed + moved.jump,
    elapsed: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { due: elapsed + ms, wake: resolve };
        sleepers.add(sleeper);
        const wake = (): void => {
          sleepers.delete(sleeper);
          resolve();
        };
        if (signal.aborted) wake();
        else signal.addEventListener('abort', wake, { once: true });
      }),
  };
  const later = async (ms: number): Promise<void> => {
    const end = elapsed + ms;
    await settle();
    for (;;) {
      const [next] = [...sleepers].filter((sleeper) => sleeper.due <= end).sort((a, b) => a.due - b.due);
      if (next === undefined) break;
      elapsed = Math.max(elapsed, next.due);
      sleepers.delete(next);
      next.wake();
      await settle();
    }
    elapsed = end;
  };
  return Object.assign(moved, { at, later });
}

interface Candidate extends Leadership {
  readonly elected: number;
  readonly lost: number;
  readonly resign: () => void;
}

function candidate(send: KubeSend, at: LeaderClock, identity: string): Candidate {
  const ending = new AbortController();
  const counts = { elected: 0, lost: 0 };
  const leadership = lead({
    send,
    namespace: 'ns',
    identity,
    clock: at,
    signal: ending.signal,
    onElected: () => {
      counts.elected += 1;
    },
    onLost: () => {
      counts.lost += 1;
    },
  });
  return Object.assign(counts, leadership, { resign: () => ending.abort() });
}

const holder = (lease: JsonObject | undefined): unknown => (lease?.spec as JsonObject | undefined)?.holderIdentity;

describe('the Lease', () => {
  it('is made by the first, kept by renewing, and the second waits', async () => {
    const api = server();
    const time = clock();
    const first = candidate(api.send, time.at, 'first');
    const second = candidate(api.send, time.at, 'second');
    await time.later(60_000);
    expect([first.elected, first.isHeld(), second.elected, second.isHeld()]).toEqual([1, true, 0, false]);
    expect(holder(api.lease)).toBe('first');
  });

  it('is released by who resigns, and taken by the next within one try', async () => {
    const api = server();
    const time = clock();
    const first = candidate(api.send, time.at, 'first');
    await time.later(5_000);
    const second = candidate(api.send, time.at, 'second');
    await time.later(5_000);
    first.resign();
    await first.done;
    expect(holder(api.lease)).toBe('');
    await time.later(2_000);
    expect(second.elected).toBe(1);
    expect(first.lost).toBe(0);
  });

  it('of one who vanished is taken when its time is over, not before', async () => {
    const api = server();
    const time = clock();
    const gone = candidate(api.send, time.at, 'gone');
    await time.later(1_000);
    const spec = api.lease?.spec as JsonObject;
    gone.resign();
    await gone.done;
    api.lease = { ...api.lease, spec };
    const next = candidate(api.send, time.at, 'next');
    await time.later(14_000);
    expect(next.elected).toBe(0);
    await time.later(6_000);
    expect(next.elected).toBe(1);
  });

  it.each(['hang', 'refuse'] as const)(
    'is given up 10 s after the last renewal when the API server answers with %s, before another may take it',
    async (does) => {
      const api = server();
      const time = clock();
      const first = candidate(api.send, time.at, 'first');
      await time.later(3_000);
      api.does = does;
      await time.later(8_000);
      expect(first.lost).toBe(0);
      await time.later(2_500);
      expect([first.lost, first.isHeld()]).toEqual([1, false]);
    },
  );

  it('survives an API server that is away for 6 s', async () => {
    const api = server();
    const time = clock();
    const first = candidate(api.send, time.at, 'first');
    await time.later(4_000);
    api.does = 'hang';
    await time.later(6_000);
    api.does = 'answer';
    await time.later(30_000);
    expect([first.lost, first.isHeld()]).toEqual([0, true]);
  });

  it('is not held by a process that was frozen, though its loop had no time to notice', async () => {
    const api = server();
    let frozen = 0;
    const time = clock();
    const first = candidate(api.send, { ...time.at, elapsed: () => time.at.elapsed() + frozen }, 'first');
    await time.later(3_000);
    expect(first.isHeld()).toBe(true);
    frozen = 20_000;
    expect(first.isHeld()).toBe(false);
    await time.later(2_000);
    expect(first.lost).toBe(1);
  });

  it('is lost at once to another who holds it', async () => {
    const api = server();
    const time = clock();
    const first = candidate(api.send, time.at, 'first');
    await time.later(3_000);
    api.lease = { ...api.lease, spec: { ...(api.lease?.spec as JsonObject), holderIdentity: 'thief' } };
    await time.later(2_000);
    expect([first.lost, first.isHeld()]).toEqual([1, false]);
    expect(holder(api.lease)).toBe('thief');
  });

  it.each([3_600_000, -3_600_000])('is neither lost nor stolen when the clock jumps by %i ms', async (jump) => {
    const api = server();
    const time = clock();
    const first = candidate(api.send, time.at, 'first');
    const second = candidate(api.send, time.at, 'second');
    await time.later(5_000);
    time.jump = jump;
    await time.later(30_000);
    expect([first.elected, first.lost, second.elected]).toEqual([1, 0, 0]);
  });
});
