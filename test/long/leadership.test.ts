// Real processes that are killed, and a Lease that is stolen: who is killed is followed when the Lease's time is over, and who loses the Lease
// writes nothing more.

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { readyOf } from '../../src/reconcile/conditions.ts';
import { until } from '../../tools/platform.ts';
import { chanceOf } from '../support/lives/chance.ts';
import { membersOf, NEVER } from '../support/lives/ground.ts';
import { azureDoors, beginLife } from '../support/lives/life.ts';
import { ACCOUNT, LEASE, NAMESPACE, type Replicas, replicas } from '../support/lives/replicas.ts';
import { GROUP } from '../support/lives/subjects.ts';

let at: Replicas;
beforeAll(async () => {
  at = await replicas();
});
afterEach(async () => {
  await at?.killAll();
});
afterAll(async () => {
  await at?.on.stop();
});

it('SIGKILL: the second replica takes over when the time of the Lease is over, and sends the edit alone', async () => {
  const first = await at.replica();
  await at.elected();
  await at.replica();
  await at.applied(2, [GROUP, ACCOUNT]);
  await at.ready(2);
  await at.ended(first, 'SIGKILL');
  await at.applied(2, [ACCOUNT], 2);
  await at.ready(2);
  expect([at.puts('account2'), at.puts('rg2')]).toEqual([2, 1]);
});

it('a Lease that is stolen in the middle of a pass: the process ends and writes nothing more', async () => {
  const settings = { leaderElection: true } as const;
  const life = beginLife({ ground: at.on, namespace: NAMESPACE, azure: azureDoors(), settings });
  await at.elected();
  await at.applied(3, [GROUP]);
  await at.on.when(
    () => readyOf(membersOf(at.on.object(`resourcegroups/${NAMESPACE}/rg3`)?.status))?.status === 'True',
    () => 'the group to be Ready',
  );
  let requestsAtLoss = -1;
  // Claim, then PUT: its answer is held until the Lease is lost.
  life.set({
    at: 1,
    how: 'after',
    happens: async () => {
      const held = await at.lease();
      const body = { ...held, spec: { ...membersOf(held.spec), holderIdentity: 'thief' } };
      await at.on.cluster.kube.send({ verb: 'PUT', path: LEASE, body }, NEVER);
      await until(() => life.log().includes('the Lease was lost'), {
        timeoutMs: 30_000,
        what: () => 'the loss to be seen',
      });
      requestsAtLoss = life.requests.length;
    },
  });
  await at.applied(3, [ACCOUNT]);
  expect(await life.ended).toBe(false);
  expect(requestsAtLoss).toBeGreaterThan(0);
  expect(life.requests.slice(requestsAtLoss)).toEqual([]);
  life.kill();
  const next = beginLife({ ground: at.on, namespace: NAMESPACE, azure: azureDoors() });
  await at.ready(3);
  next.kill();
  expect(at.puts('account3')).toBeLessThanOrEqual(2);
});

it('a process that is killed again and again at any moment repeats no PUT that was noted and loses no edit', async () => {
  const chance = chanceOf(Number(process.env.SEED ?? 1));
  const kills = Number(process.env.KILLS ?? 24);
  const first = 10;
  let operator = await at.replica('none');
  for (let kill = 0; kill < kills; kill += 1) {
    const seed = first + kill;
    await at.applied(seed, [GROUP, ACCOUNT]);
    // Somewhere in the life of this account, or of the one before: the distance is what chance says.
    await new Promise((resolve) => setTimeout(resolve, chance.below(400)));
    await at.ended(operator, 'SIGKILL');
    await at.applied(seed, [ACCOUNT], 2);
    operator = await at.replica('none');
    if (kill % 8 === 7) console.log(`${kill + 1} of ${kills} kills`);
  }
  for (let kill = 0; kill < kills; kill += 1) await at.ready(first + kill);
  // One PUT for each of two edits, and on the average less than one more for each death that came before a PUT was noted. (Which deaths
  // those were cannot be seen from outside the process: test/long/crash.test.ts counts them one by one.)
  const seeds = Array.from({ length: kills }, (_, kill) => first + kill);
  const sum = (name: string): number => seeds.reduce((all, seed) => all + at.puts(`${name}${seed}`), 0);
  expect(sum('account'), `replay with SEED=${process.env.SEED ?? 1}`).toBeLessThanOrEqual(3 * kills);
  expect(sum('rg'), `replay with SEED=${process.env.SEED ?? 1}`).toBeLessThanOrEqual(2 * kills);
  const there = at.on.emulator.resources().filter((id) => /account1\d|account[23]\d/.test(id));
  expect(there).toHaveLength(kills);
  for (const id of there) expect(membersOf(at.on.emulator.resource(id)).tags).toEqual({ edit: '2' });
});
