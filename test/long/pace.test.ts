// The pace at which Azure is asked when it takes its time: an operation that never ends, and more objects than its quota has room for.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { readyOf } from '../../src/reconcile/conditions.ts';
import { inParallel } from '../../tools/platform.ts';
import { type Ground, ground, membersOf } from '../support/lives/ground.ts';
import { azureDoors, beginLife } from '../support/lives/life.ts';
import { GROUP, manifestOf, pathOf, SUBJECTS, type Subject } from '../support/lives/subjects.ts';

const [ACCOUNT, , IDENTITY] = SUBJECTS as readonly [Subject, Subject, Subject, ...Subject[]];
const WATCHED_MS = 20_000;
const wish = { edit: 1, exports: false };

let on: Ground;
beforeAll(async () => {
  on = await ground();
});
afterAll(async () => {
  await on?.stop();
});

const readyAt = (key: string) => readyOf(membersOf(on.object(key)?.status));

it('an operation that never ends is looked at ever more slowly, says since when, takes no second PUT, and does not hold up a deletion', async () => {
  await on.namespace('endless');
  const life = beginLife({ ground: on, namespace: 'endless', azure: azureDoors() });
  const off = on.emulator.misbehave({
    match: { method: 'PUT', path: '/storageAccounts/endless' },
    operation: 'never ends',
  });
  await on.applied(pathOf(GROUP, 'endless', 'rg1'), manifestOf(GROUP, 'rg1', 1, wish));
  const path = pathOf(ACCOUNT, 'endless', 'endless');
  const key = `${ACCOUNT.plural}/endless/endless`;
  await on.applied(path, manifestOf(ACCOUNT, 'endless', 1, wish));
  await on.when(
    () => readyAt(key)?.reason === 'Reconciling',
    () => 'the operation to run',
  );
  const since = readyAt(key)?.lastTransitionTime;
  await on.applied(path, manifestOf(ACCOUNT, 'endless', 1, { ...wish, edit: 2 }));
  await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
  const polls = on.emulator.journal().filter((entry) => entry.url.includes('monitor=true'));
  // 0.2 s doubling to 10 s, with jitter: some nine or ten.
  expect(polls.length).toBeLessThanOrEqual(14);
  expect(polls.length).toBeGreaterThan(3);
  const puts = on.emulator.journal().filter((entry) => entry.method === 'PUT' && entry.url.includes('/endless?'));
  expect(puts).toHaveLength(1);
  expect(readyAt(key)?.lastTransitionTime).toBe(since);
  off();
  await on.deleted(path);
  await on.when(
    () => on.object(key) === undefined,
    () => `the account to be gone: ${JSON.stringify(readyAt(key))}`,
  );
  life.kill();
});

it('500 objects that are made at once share the quota: few are refused, all become Ready', {
  timeout: 600_000,
}, async () => {
  await on.namespace('throng');
  on.emulator.forgetJournal();
  const life = beginLife({ ground: on, namespace: 'throng', azure: azureDoors() });
  await on.applied(pathOf(GROUP, 'throng', 'rg2'), manifestOf(GROUP, 'rg2', 2, wish));
  on.emulator.tune({ limits: 'azure' });
  const names = Array.from({ length: 500 }, (_, index) => `throng${index}`);
  await inParallel(names, 16, (name) =>
    on.applied(pathOf(IDENTITY, 'throng', name), manifestOf(IDENTITY, name, 2, wish)).then(() => undefined),
  );
  const late = (): readonly string[] =>
    names.filter((name) => readyAt(`${IDENTITY.plural}/throng/${name}`)?.status !== 'True');
  await on.when(
    () => late().length === 0,
    () =>
      `all to be Ready; ${late().length} are not, such as ${JSON.stringify(readyAt(`${IDENTITY.plural}/throng/${late()[0]}`))}`,
    400_000,
  );
  const journal = on.emulator.journal().filter((entry) => !entry.url.includes('/oauth2/'));
  const refused = journal.filter((entry) => entry.status === 429).length;
  const puts = journal.filter((entry) => entry.method === 'PUT' && entry.status < 300).length;
  console.log(`500 objects: ${journal.length} requests, ${refused} refused, ${puts} PUTs accepted`);
  expect(puts).toBe(501);
  // Without the gate each object would be refused time and again while it waits.
  expect(refused).toBeLessThan(250);
  life.kill();
});
