// Bad days of Azure and of the API server: everything comes to rest once they are over, and nobody is hammered meanwhile.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BadDay, MOST_AZURE, MOST_KUBE, playBadDay } from '../support/lives/bad-day.ts';
import { ALONE, AZURE_DAYS, CLUSTER_DAYS } from '../support/lives/bad-days.ts';
import { type Ground, ground } from '../support/lives/ground.ts';

const days: readonly BadDay[] = [...AZURE_DAYS, ...CLUSTER_DAYS];
/** What concerns every day at once is played when the others are over. */
const all: readonly BadDay[] = [...days, ...ALONE];

let on: Ground;
beforeAll(async () => {
  const subscriptionIds = all.map((_, day) => `00000000-0000-0000-0000-1${String(day).padStart(11, '0')}`);
  on = await ground({ subscriptionIds });
});
afterAll(async () => {
  await on?.stop();
});

async function play(bad: BadDay, day: number): Promise<void> {
  const worst = await playBadDay(on, bad, day);
  console.log(`${bad.name}: ${JSON.stringify(worst)}`);
  expect(worst.azure).toBeLessThanOrEqual(MOST_AZURE);
  expect(worst.kube).toBeLessThanOrEqual(MOST_KUBE);
}

describe('a bad day', () => {
  // vitest plays five at a time.
  it.concurrent.each(days.map((bad, day) => [bad.name, bad, day] as const))('%s', { timeout: 300_000 }, (_, bad, day) =>
    play(bad, day),
  );
});

describe('a bad day for all', () => {
  it.each(ALONE.map((bad, index) => [bad.name, bad, days.length + index] as const))('%s', (_, bad, day) =>
    play(bad, day),
  );
});
