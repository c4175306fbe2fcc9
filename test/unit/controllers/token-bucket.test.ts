import { expect, it } from 'vitest';
import { tokenBucket } from '../../../src/controllers/token-bucket.ts';

it('a burst is taken at once, then so many a second', () => {
  let now = 0;
  const take = tokenBucket({ qps: 2, burst: 3 }, () => now);
  expect([take(), take(), take(), take()]).toEqual([true, true, true, false]);
  now = 500;
  expect([take(), take()]).toEqual([true, false]);
  now = 60_000;
  expect([take(), take(), take(), take()]).toEqual([true, true, true, false]);
});
