// Edits that race with passes: while a chosen request is held, before it leaves or after it was done, the object is edited. Whatever the
// interleaving, and whatever dies beside, the last edit is what Azure has. Each history is played again with SEED=n.

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

const seeds = seedsOf(200);

it(`in ${seeds.length} histories the last edit wins, wherever it falls`, async () => {
  const told = await playHistories(on, { seeds, abreast: 12, say: console.log, shareOfEdits: 0.75 });
  expect(told).toHaveLength(seeds.length);
  if (seeds.length > 10) expect(told.reduce((sum, one) => sum + one.raced, 0)).toBeGreaterThan(seeds.length);
});
