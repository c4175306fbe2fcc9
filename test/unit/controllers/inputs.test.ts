// Values of Secrets outlive their Secret for those who are deleted together with it, and for nobody else.

import { expect, it } from 'vitest';
import { createInputValues } from '../../../src/controllers/inputs.ts';
import type { KubeObject, KubeSend } from '../../../src/kube/types.ts';

const NEVER = new AbortController().signal;
const MINUTE = 60_000;
const SECRET = { metadata: { namespace: 'team', name: 's', resourceVersion: '1' } } as KubeObject;
const send: KubeSend = async () => ({
  status: 200,
  body: { metadata: { resourceVersion: '1' }, data: { k: Buffer.from('v').toString('base64') } },
});

/** A Secret that was read and went when the clock said 0. */
async function gone() {
  const inputs = createInputValues(send, () => 0);
  inputs.saw('Secret', SECRET);
  inputs.synced('Secret');
  await inputs.secret('team', 's', NEVER);
  inputs.sawGone('Secret', SECRET);
  return inputs;
}

it.each([
  ['was deleted before its Secret went', -60 * MINUTE, 'v'],
  ['was deleted right after it', MINUTE, 'v'],
  ['was deleted long after it', 10 * MINUTE, undefined],
])('an object that %s', async (_, deletedAt, value) => {
  const inputs = await gone();
  expect(await inputs.secret('team', 's', NEVER)).toBeUndefined();
  expect(inputs.lastSecret('team', 's', deletedAt)?.k?.reveal()).toBe(value);
});

it('an absence is believed only of after the moment it is asked about', async () => {
  let isThere = false;
  let at = 5;
  let asked = 0;
  const inputs = createInputValues(
    async (request, signal) => {
      asked += 1;
      return isThere ? send(request, signal) : { status: 404, body: undefined };
    },
    () => at,
  );
  inputs.synced('Secret');
  const read = async (since?: number): Promise<string | undefined> =>
    (await inputs.secret('team', 's', NEVER, since))?.k?.reveal();
  expect([await read(), asked]).toEqual([undefined, 0]);
  expect([await read(3), asked]).toEqual([undefined, 1]);
  expect([await read(4), asked]).toEqual([undefined, 1]);
  isThere = true;
  at = 7;
  expect([await read(6), asked]).toEqual(['v', 2]);
  expect([await read(), asked]).toEqual(['v', 2]);
});

it('what was never read is not known, nor what came again', async () => {
  const inputs = await gone();
  expect(inputs.lastSecret('team', 'other', 0)).toBeUndefined();
  inputs.saw('Secret', SECRET);
  expect(inputs.lastSecret('team', 's', 0)).toBeUndefined();
});
