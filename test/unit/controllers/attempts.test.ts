import { describe, expect, it } from 'vitest';
import { createAttempts } from '../../../src/controllers/attempts.ts';
import type { Again } from '../../../src/reconcile/action.ts';

const backoff: Again = { kind: 'backoff', firstMs: 1000, capMs: 8000 };
const NAME = 'crd|team/a';
const most = (): number => 1;

describe('attempts', () => {
  it('a failing name waits longer each time, up to the cap', () => {
    const attempts = createAttempts(most);
    const delays = Array.from({ length: 6 }, () => {
      attempts.ended(NAME, 'none');
      return attempts.delayMs(NAME, backoff);
    });
    expect(delays).toEqual([1000, 2000, 4000, 8000, 8000, 8000]);
  });

  it('the jitter takes at most half away', () => {
    const attempts = createAttempts(() => 0);
    attempts.ended(NAME, 'none');
    expect(attempts.delayMs(NAME, backoff)).toBe(500);
  });

  it.each([
    { ends: 'made' as const, because: 'progress was made' },
    { ends: 'polled' as const, because: 'Azure works on it: the delay is that of the first look' },
  ])('the delays begin anew when $because', ({ ends }) => {
    const attempts = createAttempts(most);
    for (let count = 0; count < 4; count += 1) attempts.ended(NAME, 'none');
    attempts.ended(NAME, ends);
    expect(attempts.failed(NAME)).toBe(0);
    expect(attempts.delayMs(NAME, backoff)).toBe(1000);
  });

  it('looks at one operation grow apart though none of them fails', () => {
    const attempts = createAttempts(most);
    for (let count = 0; count < 3; count += 1) attempts.ended(NAME, 'polled');
    expect(attempts.delayMs(NAME, backoff)).toBe(4000);
  });

  it('an object that changed has no failures behind it', () => {
    const attempts = createAttempts(most);
    for (let count = 0; count < 3; count += 1) attempts.ended(NAME, 'none');
    attempts.fresh(NAME);
    expect(attempts.failed(NAME)).toBe(0);
  });

  it('an exact delay is kept as it is, and `never` has none', () => {
    const attempts = createAttempts(() => 0);
    expect(attempts.delayMs(NAME, { kind: 'after', afterMs: 42, lane: 'retry' })).toBe(42);
    expect(attempts.delayMs(NAME, { kind: 'never' })).toBeUndefined();
  });

  it('a pass that is cut short time and again is tried at most once a minute', () => {
    const attempts = createAttempts(most);
    const delays = Array.from({ length: 20 }, () => attempts.cutShortMs(NAME));
    expect(delays.slice(0, 3)).toEqual([50, 100, 200]);
    expect(delays.at(-1)).toBe(60_000);
    expect(attempts.failed(NAME)).toBe(20);
  });
});
