// Five hundred hostile manifests against one running operator, fifty at a time. SEED=n plays one of them again.

import { afterAll, beforeAll, it } from 'vitest';
import { seedsOf } from '../support/lives/seeds.ts';
import { besiege, SIEGE_GROUPS } from '../support/siege.ts';
import { type World, world } from '../support/world.ts';

const WAVE = 50;

let at: World;
beforeAll(async () => {
  at = await world({ groups: SIEGE_GROUPS });
});
afterAll(async () => {
  await at?.stop();
});

const seeds = seedsOf(500);
const waves = Array.from({ length: Math.ceil(seeds.length / WAVE) }, (_, index) =>
  seeds.slice(index * WAVE, (index + 1) * WAVE),
);

it.each(waves.map((wave) => ({ wave, from: wave[0] ?? 0, to: wave.at(-1) ?? 0 })))(
  'seeds $from to $to are refused or told, leave nothing behind, and disturb nobody',
  async ({ wave }) => {
    const { refused, told, readyMs } = await besiege(at, wave);
    console.log(`${refused} refused, ${told} told; a good object in the middle was Ready in ${readyMs} ms`);
  },
);
