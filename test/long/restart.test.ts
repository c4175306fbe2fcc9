// A restart is silent: with N Ready objects (OBJECTS=n, 2,000 if not said) it sends nothing to Azure and writes nothing to the API server,
// neither with the version that made them nor with another one. When the syncs of all of them fell due meanwhile, they are spread over
// the sync period.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { readyOf } from '../../src/reconcile/conditions.ts';
import { inParallel } from '../../tools/platform.ts';
import { type Ground, ground, membersOf } from '../support/lives/ground.ts';
import { azureDoors, beginLife, type Life } from '../support/lives/life.ts';
import { GROUP, manifestOf, pathOf, SUBJECTS, type Subject } from '../support/lives/subjects.ts';

const NAMESPACE = 'many';
const COUNT = Number(process.env.OBJECTS ?? 2_000);
const MANY_MS = 20 * 60_000;
const PERIOD_MS = Math.max(20_000, 60 * COUNT);
const [ACCOUNT, , IDENTITY] = SUBJECTS as readonly [Subject, Subject, Subject, ...Subject[]];

let on: Ground;
beforeAll(async () => {
  on = await ground({ operationMs: 1_000 });
});
afterAll(async () => {
  await on?.stop();
});

const objects = Array.from({ length: COUNT - 1 }, (_, index) => ({
  subject: index % 2 === 0 ? ACCOUNT : IDENTITY,
  name: `many${index}`,
}));

const readyCount = (): number =>
  objects.filter(
    ({ subject, name }) =>
      readyOf(membersOf(on.object(`${subject.plural}/${NAMESPACE}/${name}`)?.status))?.status === 'True',
  ).length;

/** Waits until every object was looked at once, and gives what was asked meanwhile. */
async function looked(life: Life): Promise<{ readonly azure: number; readonly writes: number }> {
  await on.when(
    () => life.passes() >= COUNT,
    () => `${COUNT} passes; there were ${life.passes()}`,
    MANY_MS,
  );
  return {
    azure: life.requests.filter((seen) => seen.door === 'arm').length,
    writes: life.requests.filter((seen) => seen.door === 'kube' && seen.verb !== 'GET').length,
  };
}

/** When each resource was first PUT, in milliseconds since the epoch. */
function firstPuts(): readonly number[] {
  const first = new Map<string, number>();
  for (const { method, url, at } of on.emulator.journal()) if (method === 'PUT' && !first.has(url)) first.set(url, at);
  return [...first.values()];
}

/** The most of these moments that lie within one span of this length. */
function mostWithin(spanMs: number, moments: readonly number[]): number {
  return Math.max(...moments.map((from) => moments.filter((at) => at >= from && at < from + spanMs).length));
}

it(`with ${COUNT} Ready objects`, { timeout: MANY_MS }, async () => {
  await on.namespace(NAMESPACE);
  const first = beginLife({ ground: on, namespace: NAMESPACE, azure: azureDoors() });
  const wish = { edit: 1, exports: false };
  await on.applied(pathOf(GROUP, NAMESPACE, 'rg1'), manifestOf(GROUP, 'rg1', 1, wish));
  await inParallel(objects, 16, ({ subject, name }) =>
    on.applied(pathOf(subject, NAMESPACE, name), manifestOf(subject, name, 1, wish)).then(() => undefined),
  );
  console.log(`${COUNT} objects applied`);
  await on.when(
    () => readyCount() === objects.length,
    () => `all to be Ready; ${readyCount()} are`,
    MANY_MS,
  );
  const made = on.emulator.counts().PUT ?? 0;
  console.log(`all Ready with ${made} PUTs; restarting`);
  expect(made).toBe(COUNT);
  first.kill();
  for (const version of ['v1.0.0', 'v2.0.0']) {
    on.emulator.forgetJournal();
    const life = beginLife({ ground: on, namespace: NAMESPACE, azure: azureDoors(), settings: { version } });
    const asked = await looked(life);
    console.log(`restart as ${version}: ${JSON.stringify({ ...asked, journal: on.emulator.counts() })}`);
    expect(asked).toEqual({ azure: 0, writes: 0 });
    expect(on.emulator.counts()).toEqual({});
    life.kill();
  }

  // A day later, with a period of which many have passed.
  on.emulator.forgetJournal();
  const late = beginLife({
    ground: on,
    namespace: NAMESPACE,
    azure: azureDoors(),
    settings: { syncPeriodMs: PERIOD_MS, now: () => Date.now() + 86_400_000 },
  });
  await on.when(
    () => firstPuts().length === COUNT,
    () => `all to be synced; ${firstPuts().length} are`,
    MANY_MS,
  );
  const puts = firstPuts();
  const spread = { most: mostWithin(PERIOD_MS / 10, puts), overMs: Math.max(...puts) - Math.min(...puts) };
  console.log(`all overdue, with a period of ${PERIOD_MS} ms: ${JSON.stringify(spread)}`);
  // They were synced within a few minutes of each other, with a jitter of half a period: some tenth has a fifth of them.
  expect(spread.most).toBeLessThan(0.4 * COUNT);
  expect(spread.overMs).toBeGreaterThan(PERIOD_MS / 4);
  late.kill();
});
