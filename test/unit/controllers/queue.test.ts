// The queue with a clock that is moved by hand.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Clock, type Lane, Queue } from '../../../src/controllers/queue.ts';

function handClock(): { readonly clock: Clock; readonly advance: (ms: number) => Promise<void> } {
  let now = 0;
  let timers: { at: number; call: () => void }[] = [];
  return {
    clock: {
      now: () => now,
      after: (ms, call) => {
        const timer = { at: now + ms, call };
        timers.push(timer);
        return () => {
          timers = timers.filter((other) => other !== timer);
        };
      },
    },
    advance: async (ms) => {
      const end = now + ms;
      for (;;) {
        const next = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        now = Math.max(now, next.at);
        next.call();
        await settle();
      }
      now = end;
      await settle();
    },
  };
}

/** Lets every promise that is due go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

function scripted(workers = 1) {
  const hand = handClock();
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const queue = new Queue({
    clock: hand.clock,
    workers,
    work: (name, lane) => {
      begun.push(`${name}:${lane}`);
      return new Promise((resolve) => ends.set(name, resolve));
    },
  });
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await settle();
  };
  return { queue, begun, end, advance: hand.advance };
}

describe('the queue', () => {
  it('has one slot for a name: the earliest time and the most urgent lane win', async () => {
    const { queue, begun, advance } = scripted();
    queue.open();
    queue.add('a', 'background', 1000);
    queue.add('a', 'retry', 500);
    queue.add('a', 'background', 2000);
    await advance(499);
    expect(begun).toEqual([]);
    await advance(1);
    expect(begun).toEqual(['a:retry']);
    expect(queue.size).toBe(1);
  });

  it('lets an edit overtake background work that is due', async () => {
    const { queue, begun, end } = scripted();
    queue.add('slow', 'background');
    queue.add('sync', 'background');
    queue.add('edit', 'edit');
    queue.open();
    await settle();
    await end('edit');
    expect(begun).toEqual(['edit:edit', 'slow:background']);
  });

  it('never works on one name twice at once; what is asked meanwhile comes after', async () => {
    const { queue, begun, end, advance } = scripted(4);
    queue.open();
    queue.add('a', 'edit');
    await settle();
    queue.add('a', 'retry', 100);
    queue.add('a', 'edit', 200);
    await advance(1000);
    expect(begun).toEqual(['a:edit']);
    await end('a');
    await advance(0);
    expect(begun).toEqual(['a:edit', 'a:edit']);
  });

  it('tells how long a name waited for its worker after it was due', async () => {
    const hand = handClock();
    const waits: string[] = [];
    const ends: (() => void)[] = [];
    const queue = new Queue({
      clock: hand.clock,
      workers: 1,
      work: () => new Promise((resolve) => ends.push(resolve)),
      onBegun: (name, waitedMs) => waits.push(`${name} ${waitedMs}`),
    });
    queue.open();
    queue.add('first', 'edit');
    queue.add('second', 'edit', 100);
    await hand.advance(400);
    ends[0]?.();
    await settle();
    expect(waits).toEqual(['first 0', 'second 300']);
  });

  it('forgets a name that is dropped', async () => {
    const { queue, begun, advance } = scripted();
    queue.open();
    queue.add('a', 'retry', 100);
    queue.add('b', 'retry', 50);
    queue.drop('a');
    await advance(1000);
    expect(begun).toEqual(['b:retry']);
  });

  it('closes when the last running name is done, and hands out no more', async () => {
    const { queue, begun, end } = scripted();
    queue.open();
    queue.add('a', 'edit');
    queue.add('b', 'edit');
    await settle();
    let isClosed = false;
    void queue.close().then(() => {
      isClosed = true;
    });
    await settle();
    expect(isClosed).toBe(false);
    await end('a');
    await settle();
    expect(isClosed).toBe(true);
    expect(begun).toEqual(['a:edit']);
  });

  it('comes back to a name that may not begin yet', async () => {
    const hand = handClock();
    let isAllowed = false;
    const begun: string[] = [];
    const queue = new Queue({
      clock: hand.clock,
      workers: 2,
      mayBegin: () => isAllowed,
      work: async (name) => void begun.push(name),
    });
    queue.open();
    queue.add('a', 'edit');
    await hand.advance(50);
    expect(begun).toEqual([]);
    isAllowed = true;
    await hand.advance(100);
    expect(begun).toEqual(['a']);
  });

  it('a worker that throws does not stop the others', async () => {
    const hand = handClock();
    const begun: string[] = [];
    const queue = new Queue({
      clock: hand.clock,
      workers: 1,
      work: async (name) => {
        begun.push(name);
        if (name === 'a') throw new Error('broken');
      },
    });
    queue.open();
    queue.add('a', 'edit');
    queue.add('b', 'edit');
    await settle();
    await settle();
    expect(begun).toEqual(['a', 'b']);
  });

  it('hands out names in the order in which they fall due, like a plain sorted list', async () => {
    const lane: Lane = 'retry';
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 50 })), { maxLength: 60 }),
        async (asked) => {
          const hand = handClock();
          const begun: { name: string; at: number }[] = [];
          const queue = new Queue({
            clock: hand.clock,
            workers: 1000,
            work: async (name) => void begun.push({ name, at: hand.clock.now() }),
          });
          queue.open();
          const due = new Map<string, number>();
          for (const [name, after] of asked) {
            queue.add(String(name), lane, after);
            due.set(String(name), Math.min(due.get(String(name)) ?? Number.POSITIVE_INFINITY, after));
          }
          await hand.advance(100);
          expect(Object.fromEntries(begun.map((one) => [one.name, one.at]))).toEqual(Object.fromEntries(due));
          expect(begun.length).toBe(due.size);
        },
      ),
      { numRuns: 100 },
    );
  });
});
