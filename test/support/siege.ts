// A siege: hostile manifests against a running operator, beside objects that somebody needs. What must hold in the end is checked here.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { pluralOf } from '../../src/generate/naming.ts';
import { refusalOf } from '../../src/kube/refusal.ts';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import { inParallel } from '../../tools/platform.ts';
import { ELSEWHERE, hostileManifest } from './hostile.ts';
import { account, group } from './manifests.ts';
import type { Manifest, World } from './world.ts';

export const SIEGE_GROUPS = ['resources', 'storage', 'keyvault', 'authorization'] as const;

const NEVER = new AbortController().signal;
const ABREAST = 8;

export interface Siege {
  readonly refused: number;
  readonly told: number;
  /** Milliseconds from the apply of a good object to Ready, in the middle of it all: within the deadline of all that is waited for. */
  readonly readyMs: number;
}

/** Plays the manifests of these seeds: applies all, waits until each is told something, deletes all, waits until they are gone. */
export async function besiege(at: World, seeds: readonly number[]): Promise<Siege> {
  const trap = await startTrap();
  try {
    return await played(at, seeds, trap);
  } finally {
    await trap.stop();
  }
}

async function played(at: World, seeds: readonly number[], trap: Trap): Promise<Siege> {
  const aim = {
    subscriptionId: at.emulator.settings.subscriptionIds[0] ?? '',
    trap: trap.url,
    endpoint: `${at.emulator.endpoint}/`,
  };
  const good = [group('rg'), group('victim'), account('victim', { owner: { name: 'victim' } })];
  for (const manifest of good) await at.applied(manifest);
  await at.eventuallyReady(...good);
  const pid = at.operator().process.pid;
  const victims = good
    .slice(1)
    .map(
      (_, index) =>
        `/subscriptions/${aim.subscriptionId}/resourceGroups/victim${index === 0 ? '' : '/providers/Microsoft.Storage/storageAccounts/victim'}`,
    );
  const before = victims.map((id) => JSON.stringify(at.emulator.resource(id)));
  const begun = at.emulator.journal().length;

  const accepted: Manifest[] = [];
  await inParallel(seeds, ABREAST, async (seed) => {
    const manifest = hostileManifest(seed, aim);
    const body = { ...manifest, metadata: { ...manifest.metadata, namespace: at.namespace } };
    const answer = await at.cluster.kube.send({ verb: 'POST', path: collectionOf(at, manifest), body }, NEVER);
    if (answer.status < 300) accepted.push(manifest);
    else if (answer.status >= 500)
      throw new Error(`seed ${seed}: the API server answered ${answer.status} ${refusalOf(answer)}`);
  });

  const hasty = Date.now();
  const middle = account(`inthemiddle${seeds[0]}`);
  await at.applied(middle);
  await at.eventuallyReady(middle);
  const readyMs = Date.now() - hasty;

  await all(at, accepted, 'to be told something', async (manifest) => (await readyOf(at, manifest)) !== undefined);
  await inParallel(accepted, ABREAST, (manifest) => at.deleted(manifest));
  await all(at, accepted, 'to be gone', async (manifest) => (await at.object(manifest)) === undefined);

  expect(at.operator().process.exitCode).toBeNull();
  expect(at.operator().process.pid).toBe(pid);
  expect(trap.heard()).toEqual([]);
  const sent = at.emulator
    .journal()
    .slice(begun)
    .filter((entry) => !/\/oauth2\/|\/\.well-known\/|\/discovery\//.test(entry.url));
  expect(
    sent.filter(({ url }) => !isInside(url, aim.subscriptionId)).map(({ method, url }) => `${method} ${url}`),
  ).toEqual([]);
  expect(
    sent
      .filter(({ method, url }) => method !== 'GET' && victims.includes(url.split('?')[0] ?? ''))
      .map(({ method, url }) => `${method} ${url}`),
  ).toEqual([]);
  expect(victims.map((id) => JSON.stringify(at.emulator.resource(id)))).toEqual(before);
  for (const manifest of good) expect((await readyOf(at, manifest))?.status).toBe('True');
  expect(at.operator().log()).not.toContain('polluted');
  return { refused: seeds.length - accepted.length, told: accepted.length, readyMs };
}

/** In the credential's subscription, or in none. */
function isInside(url: string, subscriptionId: string): boolean {
  const path = (url.split('?')[0] ?? '').toLowerCase();
  return (
    !path.includes(ELSEWHERE) &&
    (path.startsWith(`/subscriptions/${subscriptionId}/`) || path.startsWith('/providers/'))
  );
}

async function all(
  at: World,
  manifests: readonly Manifest[],
  what: string,
  isSo: (manifest: Manifest) => Promise<boolean>,
): Promise<void> {
  let rest = manifests;
  const deadline = Date.now() + 180_000;
  while (rest.length > 0) {
    const late: Manifest[] = [];
    await inParallel(rest, ABREAST, async (manifest) => {
      if (!(await isSo(manifest))) late.push(manifest);
    });
    rest = late;
    if (rest.length > 0 && Date.now() > deadline) {
      const states = await Promise.all(
        rest
          .slice(0, 5)
          .map(async (manifest) => JSON.stringify({ ...(await at.object(manifest)), spec: '…' }).slice(0, 1500)),
      );
      throw new Error(
        `waited for ${rest.length} hostile objects ${what}:\n${states.join('\n')}\n${at.operator().log().split('\n').slice(-5).join('\n')}`,
      );
    }
  }
}

async function readyOf(at: World, manifest: Manifest): Promise<JsonObject | undefined> {
  const status = (await at.object(manifest))?.status;
  const conditions = isObject(status) && Array.isArray(status.conditions) ? status.conditions : [];
  return conditions.filter(isObject).find((condition) => condition.type === 'Ready');
}

const collectionOf = (at: World, manifest: Manifest): string =>
  `/apis/${manifest.apiVersion}/namespaces/${at.namespace}/${pluralOf(manifest.kind)}`;

interface Trap {
  readonly url: string;
  readonly heard: () => readonly string[];
  readonly stop: () => Promise<void>;
}

/** A host that is not Azure and must hear nothing. */
async function startTrap(): Promise<Trap> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url}`);
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server that listens has an address with a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    heard: () => heard,
    stop: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
