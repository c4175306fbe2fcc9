// A share of the hostile manifests against a running operator; all five hundred are in test/long.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedsOf } from '../support/lives/seeds.ts';
import { besiege, SIEGE_GROUPS } from '../support/siege.ts';
import { type World, world } from '../support/world.ts';

let at: World;
beforeAll(async () => {
  at = await world({ groups: SIEGE_GROUPS });
});
afterAll(async () => {
  await at?.stop();
});

const seeds = seedsOf(60);

it(`${seeds.length} hostile manifests are refused or told, leave nothing behind, and disturb nobody`, async () => {
  const { refused, told, readyMs } = await besiege(at, seeds);
  console.log(
    `${refused} refused at admission, ${told} told in their condition; a good object in the middle was Ready in ${readyMs} ms`,
  );
  if (seeds.length > 50) expect(Math.min(refused, told)).toBeGreaterThan(3);
});
