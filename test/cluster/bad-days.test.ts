// Some of the bad days of test/long/bad-days.test.ts: those that once showed a mistake, and one of each sort.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MOST_AZURE, MOST_KUBE, playBadDay } from '../support/lives/bad-day.ts';
import { AZURE_DAYS, CLUSTER_DAYS } from '../support/lives/bad-days.ts';
import { type Ground, ground } from '../support/lives/ground.ts';

const NAMES = [
  '429 with Retry-After 0',
  'garbage bodies with 200',
  'answers lost after the work',
  '409 on every write',
  'etcd compacted while the watches were away',
];
const days = [...AZURE_DAYS, ...CLUSTER_DAYS].filter((day) => NAMES.includes(day.name));

let on: Ground;
beforeAll(async () => {
  on = await ground({ subscriptionIds: days.map((_, day) => `00000000-0000-0000-0000-10000000000${day}`) });
});
afterAll(async () => {
  await on?.stop();
});

describe('a bad day', () => {
  it('is known by each of these names', () => {
    expect(days.map((day) => day.name).sort()).toEqual(NAMES.toSorted());
  });

  it.concurrent.each(days.map((bad, day) => [bad.name, bad, day] as const))('%s', async (_, bad, day) => {
    const worst = await playBadDay(on, { ...bad, lastsMs: 4_000 }, day);
    expect(worst.azure).toBeLessThanOrEqual(MOST_AZURE);
    expect(worst.kube).toBeLessThanOrEqual(MOST_KUBE);
  });
});
