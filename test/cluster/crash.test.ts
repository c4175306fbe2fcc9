// The operator dies anywhere and loses nothing: some of the generated histories of test/long/crash.test.ts.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Ground, ground } from '../support/lives/ground.ts';
import { playHistories } from '../support/lives/history.ts';
import { seedsOf } from '../support/lives/seeds.ts';

let on: Ground;
beforeAll(async () => {
  on = await ground();
});
afterAll(async () => {
  await on?.stop();
});

const seeds = seedsOf(40);

it(`${seeds.length} histories with deaths at chosen requests end as if nothing had happened`, async () => {
  const told = await playHistories(on, { seeds, abreast: 12, say: () => undefined });
  expect(told).toHaveLength(seeds.length);
  // A history without deaths shows nothing: on the average there are two.
  if (seeds.length > 10) expect(told.reduce((sum, one) => sum + one.deaths, 0)).toBeGreaterThan(seeds.length);
});
