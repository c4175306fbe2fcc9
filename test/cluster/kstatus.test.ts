// What Flux, kubectl and Argo CD make of an object in every state, asked of the real kstatus library and the real kubectl.

import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import { findKstatus } from '../../tools/go-programs.ts';
import { account, group } from '../support/manifests.ts';
import { type Manifest, type World, world } from '../support/world.ts';

const SERVICE = 'serviceoperator.azure.com';
let at: World;
let program: string;
beforeAll(async () => {
  program = await findKstatus({ say: console.error, signal: new AbortController().signal });
  at = await world({ groups: ['resources', 'storage'] });
  await at.applied(group('rg'));
  await at.eventuallyReady(group('rg'));
});
afterAll(async () => {
  await at?.stop();
});

/** What kstatus says of the object as a reader of the version applied sees it. */
async function kstatus(manifest: Manifest): Promise<string> {
  const object = await at.object(manifest);
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stdin.end(`${JSON.stringify(object)}\n`);
  await new Promise((resolve) => child.on('close', resolve));
  return String((JSON.parse(out) as JsonObject).status);
}

/** Azure refuses the account until the answer is called. */
const refuse = (method: 'PUT' | 'DELETE', name: string, status: number, code: string): (() => void) =>
  at.emulator.misbehave({
    match: { method, path: `/storageAccounts/${name}\\?` },
    answer: { status, body: { error: { code, message: 'said so' } } },
  });

const kubectl = (...args: readonly string[]): Promise<{ stdout: string }> =>
  promisify(execFile)(at.cluster.plane.kubectl, [
    '--kubeconfig',
    at.cluster.plane.kubeconfigPath,
    '--namespace',
    at.namespace,
    ...args,
  ]);

it('an object nobody has looked at yet is in progress, new or edited', async () => {
  const edited = account('kedited');
  await at.applied(edited);
  await at.eventuallyReady(edited);
  expect(await kstatus(edited)).toBe('Current');
  await at.operator().stop();
  await at.applied(account('knew'));
  expect(await kstatus(account('knew'))).toBe('InProgress');
  await at.applied(account('kedited', { accessTier: 'Cool' }));
  expect(await kstatus(edited)).toBe('InProgress');
  await at.restart();
  await at.eventuallyReady(account('knew'), edited);
  await at.until(async () => (await kstatus(edited)) === 'Current', 'the edit to be done');
});

it('waiting, reconciling and retrying are in progress', async () => {
  const waiting = account('kwaiting', { owner: { name: 'nowhere' } });
  await at.applied(waiting);
  await at.eventually(waiting, 'WaitingForOwner');
  expect(await kstatus(waiting)).toBe('InProgress');

  const grant = refuse('PUT', 'kretrying', 409, 'Conflict');
  const retrying = account('kretrying');
  const end = at.emulator.misbehave({
    match: { method: 'GET', path: '/asyncoperations/|/operationresults/' },
    answer: { status: 202, headers: { 'Retry-After': '1' } },
  });
  await at.applied(retrying);
  await at.eventually(retrying, 'Conflict', 'Warning');
  expect(await kstatus(retrying)).toBe('InProgress');
  grant();
  // While the operation of the retry runs, the condition still tells of what is being retried.
  await at.until(
    () => at.emulator.journal().some(({ url, status }) => url.includes('/kretrying?') && status < 300),
    'the retry to be accepted',
  );
  expect(await kstatus(retrying)).toBe('InProgress');
  end();
  await at.eventuallyReady(retrying);
  await at.until(async () => (await kstatus(retrying)) === 'Current', 'the retry to be done');

  const absent = account('kabsent', {}, { [`${SERVICE}/reconcile-policy`]: 'skip' });
  await at.applied(absent);
  await at.eventually(absent, 'AzureResourceNotFound', 'Warning');
  expect(await kstatus(absent)).toBe('InProgress');
});

it('what nobody tries any more has failed, at first and after an edit, and is current once it is mended', async () => {
  const mend = refuse('PUT', 'kfatal', 400, 'InvalidTemplate');
  const broken = account('kfatal');
  await at.applied(broken);
  await at.eventually(broken, 'InvalidTemplate', 'Error');
  expect(await kstatus(broken)).toBe('Failed');
  await kubectl('wait', '--for=condition=Stalled', 'storageaccount/kfatal', '--timeout=60s');
  mend();
  await at.applied(account('kfatal', { accessTier: 'Cool' }));
  await at.eventuallyReady(broken);
  expect(await kstatus(broken)).toBe('Current');
  refuse('PUT', 'kfatal', 400, 'LocationRequired');
  await at.applied(account('kfatal', { accessTier: 'Hot' }));
  await at.eventually(broken, 'LocationRequired', 'Error');
  expect(await kstatus(broken)).toBe('Failed');
});

it('a deleted object is terminating until it is gone, whatever blocks it', async () => {
  const locked = account('klocked');
  await at.applied(locked);
  await at.eventuallyReady(locked);
  const unlock = refuse('DELETE', 'klocked', 409, 'Conflict');
  await at.deleted(locked);
  await at.eventually(locked, 'Conflict', 'Warning');
  expect(await kstatus(locked)).toBe('Terminating');
  unlock();
  await kubectl('wait', '--for=delete', 'storageaccount/klocked', '--timeout=60s');
  await at.gone(locked);
});

it('kubectl wait --for=condition=Ready works from the moment of the apply, and is not fooled by an edit', async () => {
  await at.applied(account('kwait'));
  await kubectl('wait', '--for=condition=Ready', 'storageaccount/kwait', '--timeout=60s');
  const applied = await at.applied(account('kwait', { accessTier: 'Cool' }));
  await kubectl('wait', '--for=condition=Ready', 'storageaccount/kwait', '--timeout=60s');
  const object = await at.object(account('kwait'));
  const status = isObject(object?.status) ? object.status : {};
  expect(status.observedGeneration).toBeGreaterThanOrEqual(Number((applied.metadata as JsonObject).generation));
  const { stdout } = await kubectl('get', 'storageaccount', 'kwait');
  expect(stdout).toMatch(/NAME\s+READY\s+SEVERITY\s+REASON\s+MESSAGE\s+kwait\s+True\s+Succeeded/);
});
