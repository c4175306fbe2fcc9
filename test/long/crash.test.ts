// The operator dies anywhere and loses nothing: a thousand and more generated histories, each played again with SEED=n.

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

/** Requests after or before which some history must have died, or the test shows less than it says. */
const POINTS = ['arm PUT', 'arm GET', 'kube PATCH'].flatMap((request) =>
  ['create', 'update', 'export'].map((act) => `${act} ${request}`),
);

const seeds = seedsOf(1_000);

it(`${seeds.length} histories with deaths at chosen requests end as if nothing had happened`, async () => {
  const told = await playHistories(on, { seeds, abreast: 12, say: console.log });
  const met = new Map<string, number>();
  for (const point of told.flatMap((one) => one.met)) met.set(point, (met.get(point) ?? 0) + 1);
  console.log(JSON.stringify(Object.fromEntries([...met].sort()), null, 1));
  expect(told).toHaveLength(seeds.length);
  if (seeds.length >= 100)
    expect(
      [...POINTS, 'delete arm GET', 'delete arm DELETE', 'delete kube PATCH'].filter((point) => !met.has(point)),
    ).toEqual([]);
});
