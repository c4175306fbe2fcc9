// When to look again: spread of the syncs, wishes of Azure, and clocks that were wrong.

import { describe, expect, it } from 'vitest';
import { createAttempts } from '../../../src/controllers/attempts.ts';
import { afterFailure, afterPoll, syncDueAt } from '../../../src/reconcile/again.ts';
import { type Failure, warning } from '../../../src/reconcile/failure.ts';
import type { Observed } from '../../../src/reconcile/observed.ts';

const HOUR = 3_600_000;
const NOW = Date.parse('2030-01-01T00:00:00Z');

// Of an Observed, `again` reads only these.
const observed = (uid: string, now = NOW, since = 0): Observed =>
  ({ object: { metadata: { uid } }, operator: { syncPeriodMs: HOUR, since }, attempts: 0, now }) as unknown as Observed;

describe('the next sync', () => {
  it('of 2,000 objects that were synced at one moment falls due all over the period, and a restart does not move it', () => {
    const due = (now: number): number[] =>
      Array.from({ length: 2_000 }, (_, index) =>
        Number(syncDueAt(observed(`uid-${index}`, now), { goal: 'g', syncedAt: NOW })),
      );
    const first = due(NOW);
    expect(Math.min(...first)).toBeGreaterThanOrEqual(NOW + 0.75 * HOUR);
    expect(Math.max(...first)).toBeLessThanOrEqual(NOW + 1.25 * HOUR);
    // In each tenth of that half hour about 200 of them.
    const tenths = Array.from(
      { length: 10 },
      (_, tenth) => first.filter((at) => Math.floor((at - NOW - 0.75 * HOUR) / (0.05 * HOUR)) === tenth).length,
    );
    expect(Math.min(...tenths)).toBeGreaterThan(140);
    expect(Math.max(...tenths)).toBeLessThan(260);
    expect(due(NOW + HOUR / 2)).toEqual(first);
  });

  it.each([
    ['half a period', 1.5, 0.5],
    ['ten periods', 10, 0.5],
  ])(
    'of 2,000 objects, all of which fell due while no operator ran for %s, is spread after the start',
    (_, away, width) => {
      const start = NOW + away * HOUR;
      const due = Array.from({ length: 2_000 }, (_each, index) =>
        Number(syncDueAt(observed(`uid-${index}`, start, start), { goal: 'g', syncedAt: NOW })),
      );
      expect(Math.min(...due)).toBeGreaterThanOrEqual(start);
      expect(Math.max(...due)).toBeLessThanOrEqual(start + HOUR);
      // As they were spread before: in no tenth of that time more than a fifth of them.
      const tenth = (width * HOUR) / 10;
      for (let from = start; from < start + HOUR; from += tenth)
        expect(due.filter((at) => at >= from && at < from + tenth).length).toBeLessThan(400);
    },
  );

  it('is not put off for ever by an operator that starts again and again', () => {
    const dueAfter = (start: number): number =>
      Number(syncDueAt(observed('u', start, start), { goal: 'g', syncedAt: NOW }));
    const starts = Array.from({ length: 30 }, (_, index) => NOW + HOUR + index * 0.2 * HOUR);
    expect(starts.some((start) => dueAfter(start) < start + 0.2 * HOUR)).toBe(true);
  });

  it('that falls due while the operator runs is not moved, nor by a start that a wrong clock noted', () => {
    const memo = { goal: 'g', syncedAt: NOW };
    const due = syncDueAt(observed('u'), memo);
    expect(syncDueAt(observed('u', NOW + 2 * HOUR, NOW), memo)).toBe(due);
    expect(syncDueAt(observed('u', NOW + 2 * HOUR, NOW + 24 * HOUR), memo)).toBe(due);
  });

  it.each([
    ['a minute ahead of a clock that was set back a little', 60_000, false],
    ['of the far future, noted by a clock that was wrong', 10 * 365 * 24 * HOUR, true],
  ])('after a sync %s', (_, ahead, isDue) => {
    const due = Number(syncDueAt(observed('u'), { goal: 'g', syncedAt: NOW + ahead }));
    expect(due <= NOW).toBe(isDue);
  });
});

describe('after a failure', () => {
  const delays = (failure: Failure, tries: number): readonly number[] => {
    const attempts = createAttempts(() => 1);
    return Array.from({ length: tries }, () => {
      attempts.ended('n', 'none');
      return attempts.delayMs('n', afterFailure(failure, observed('u'))) ?? Number.NaN;
    });
  };

  it('a wish of a second is granted, but the pauses grow', () => {
    expect(delays({ ...warning('X', 'x'), afterMs: 1_000 }, 5)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
  });

  it('a wish of 3 s is never fallen short of', () => {
    expect(delays({ ...warning('X', 'x'), afterMs: 3_000 }, 4)).toEqual([3_000, 3_000, 4_000, 8_000]);
  });

  it('a wish of a year is a mistake, and there is a look each hour', () => {
    expect(delays({ ...warning('X', 'x'), afterMs: 365 * 24 * HOUR }, 2)).toEqual([HOUR, HOUR]);
  });

  it('a wish of a minute is taken as it is', () => {
    expect(delays({ ...warning('X', 'x'), afterMs: 60_000 }, 3)).toEqual([60_000, 60_000, 60_000]);
  });
});

describe('while an operation runs', () => {
  it.each([
    ['Azure names no time', undefined, [1_000, 2_000, 4_000, 60_000]],
    ['Azure says 0', 0, [200, 400, 800, 10_000]],
    ['Azure says a year', 365 * 24 * HOUR, [HOUR, HOUR, HOUR, HOUR]],
    ['Azure says 15 s', 15_000, [15_000, 15_000, 15_000, 15_000]],
  ])('and %s', (_, wish, expected) => {
    const attempts = createAttempts(() => 1);
    const delays = Array.from({ length: 30 }, () => {
      attempts.ended('n', 'polled');
      return attempts.delayMs('n', afterPoll(wish));
    });
    expect([...delays.slice(0, 3), delays.at(-1)]).toEqual(expected);
  });
});
