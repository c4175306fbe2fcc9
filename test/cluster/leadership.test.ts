// Two replicas as real processes and one Lease: who ends in order hands over at once and loses nothing. (A killed one, and a stolen Lease,
// take the Lease's time: test/long/leadership.test.ts.)

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { ACCOUNT, type Replicas, replicas } from '../support/lives/replicas.ts';
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

it('SIGTERM during a PUT: its answer is noted, the Lease is free, and the second replica repeats nothing', async () => {
  const first = await at.replica();
  await at.elected();
  const second = await at.replica();
  const off = at.on.emulator.misbehave({ match: { method: 'PUT', path: '/storageAccounts/' }, latencyMs: 2_500 });
  await at.applied(1, [GROUP, ACCOUNT]);
  await at.claimed(1);
  const end = await at.ended(first, 'SIGTERM');
  off();
  expect(end.code).toBe(0);
  expect(end.ms).toBeLessThan(10_000);
  await at.ready(1);
  expect(at.puts('account1')).toBe(1);
  expect(at.puts('rg1')).toBe(1);
  expect(second.log()).toContain('passes begin');
});
