// Flux's own kustomize-controller with docs/examples/flux on a real API server: order by dependsOn, health by Ready with no script,
// substitution, and pruning. The source controller's part, an archive at an address and a GitRepository that names it, is done here.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { refusalOf } from '../../src/kube/refusal.ts';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import { findFlux } from '../../tools/go-programs.ts';
import { apply } from '../../tools/platform.ts';
import { type Manifest, type World, world } from '../support/world.ts';

const SOURCE = '/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories/platform';
const KUSTOMIZATIONS = '/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations';
const signal = new AbortController().signal;

let at: World;
let folder: string;
let archives: Server;
let flux: ChildProcess;
let said = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aso-flux-'));
  const { controller, crds } = await findFlux({ say: (line) => console.error(line), signal });
  at = await world({ groups: ['resources', 'storage'], emulator: { operationMs: 2_000 } });
  for (const file of crds) {
    const crd = parse(readFileSync(file, 'utf8')) as JsonObject;
    await put(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${(crd.metadata as JsonObject).name}`, crd);
  }
  await put('/api/v1/namespaces/flux-system', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'flux-system' },
  });
  await at.until(async () => (await get(KUSTOMIZATIONS)) !== undefined, "Flux's kinds to be served");
  archives = createServer((_, response) => response.end(readFileSync(join(folder, 'source.tar.gz'))));
  await new Promise<void>((resolve) => archives.listen(0, '127.0.0.1', resolve));
  await publish();
  flux = spawn(
    controller,
    [
      '--health-addr=127.0.0.1:0',
      '--metrics-addr=127.0.0.1:0',
      '--events-addr=',
      '--requeue-dependency=1s',
      '--log-level=info',
    ],
    {
      env: { ...process.env, KUBECONFIG: at.cluster.plane.kubeconfigPath, RUNTIME_NAMESPACE: 'flux-system' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  for (const stream of [flux.stdout, flux.stderr])
    stream?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-20_000);
    });
});
afterAll(async () => {
  flux?.kill('SIGTERM');
  archives?.close();
  await at?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function put(path: string, object: JsonObject): Promise<void> {
  const answer = await apply(at.cluster.kube, path, object);
  if (answer.status >= 300) throw new Error(`${path} was refused: ${refusalOf(answer)}`);
}

async function get(path: string): Promise<JsonObject | undefined> {
  const answer = await at.cluster.kube.send({ verb: 'GET', path }, signal);
  return answer.status === 200 && isObject(answer.body) ? answer.body : undefined;
}

/** What the source controller does with a commit: an archive, and its address and digest in the GitRepository's status. */
async function publish(): Promise<void> {
  const archive = join(folder, 'source.tar.gz');
  await promisify(execFile)('tar', ['-czf', archive, '-C', 'docs/examples', '.']);
  const digest = createHash('sha256').update(readFileSync(archive)).digest('hex');
  await put(SOURCE, {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: 'platform', namespace: 'flux-system' },
    spec: { url: 'https://example.com/platform.git', interval: '10m', ref: { branch: 'main' } },
  });
  const { port } = archives.address() as AddressInfo;
  const now = new Date().toISOString();
  const answer = await at.cluster.kube.send(
    {
      verb: 'PATCH',
      path: `${SOURCE}/status`,
      contentType: 'application/merge-patch+json',
      body: {
        status: {
          observedGeneration: 1,
          artifact: {
            digest: `sha256:${digest}`,
            lastUpdateTime: now,
            path: 'source.tar.gz',
            revision: `main@sha1:${digest.slice(0, 40)}`,
            url: `http://127.0.0.1:${port}/source.tar.gz`,
            size: readFileSync(archive).length,
          },
          conditions: [
            {
              type: 'Ready',
              status: 'True',
              reason: 'Succeeded',
              message: 'stored',
              lastTransitionTime: now,
              observedGeneration: 1,
            },
          ],
        },
      },
    },
    signal,
  );
  if (answer.status >= 300) throw new Error(refusalOf(answer));
}

const readyOf = async (name: string): Promise<JsonObject | undefined> => {
  const status = (await get(`${KUSTOMIZATIONS}/${name}`))?.status;
  const conditions = isObject(status) && Array.isArray(status.conditions) ? status.conditions : [];
  return conditions.filter(isObject).find((condition) => condition.type === 'Ready');
};
const object = (apiVersion: string, kind: string, name: string): Promise<JsonObject | undefined> =>
  at.object({ apiVersion, kind, metadata: { name } } as Manifest);
const account = (): Promise<JsonObject | undefined> =>
  object('storage.azure.com/v20250601', 'StorageAccount', 'platformdata');
const blobs = (): Promise<JsonObject | undefined> =>
  object('storage.azure.com/v20250601', 'StorageAccountsBlobService', 'app-blobs');
const isReady = (held: JsonObject | undefined): boolean =>
  JSON.stringify(held?.status ?? {}).includes('"reason":"Succeeded"');

it('Flux applies what depends on the platform when the platform is Ready in Azure, and not before', async () => {
  const documents = parseAllDocuments(readFileSync('docs/examples/flux/kustomizations.yaml', 'utf8'));
  for (const document of documents) {
    const kustomization = document.toJS() as Manifest;
    await put(`${KUSTOMIZATIONS}/${kustomization.metadata.name}`, kustomization);
  }
  let early = 0;
  await at.until(
    async () => {
      if ((await blobs()) !== undefined && !isReady(await account())) early += 1;
      return (await readyOf('apps'))?.status === 'True';
    },
    `both Kustomizations to be Ready; Flux said: ${said.slice(-3000)}`,
  );
  expect(early).toBe(0);
  expect(isReady(await account())).toBe(true);
  expect(isReady(await blobs())).toBe(true);
});

it('variables are substituted before anything reaches Azure', async () => {
  const spec = (await object('resources.azure.com/v1api20200601', 'ResourceGroup', 'platform'))?.spec;
  expect(isObject(spec) ? spec.location : undefined).toBe('northeurope');
});

it('the operator and Flux do not undo each other: a second look of Flux changes nothing', async () => {
  const before = (await account())?.metadata as JsonObject;
  const patch = { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': new Date().toISOString() } } };
  const asked = String(patch.metadata.annotations['reconcile.fluxcd.io/requestedAt']);
  await at.cluster.kube.send(
    { verb: 'PATCH', path: `${KUSTOMIZATIONS}/platform`, contentType: 'application/merge-patch+json', body: patch },
    signal,
  );
  await at.until(async () => {
    const status = (await get(`${KUSTOMIZATIONS}/platform`))?.status;
    return (
      isObject(status) && status.lastHandledReconcileAt === asked && (await readyOf('platform'))?.status === 'True'
    );
  }, 'Flux to look again');
  const after = (await account())?.metadata as JsonObject;
  expect(after.generation).toBe(before.generation);
  expect(after.annotations).toMatchObject(before.annotations as JsonObject);
});

it('pruning deletes in Azure what is not protected, and lets go of what is detached', async () => {
  for (const name of ['apps', 'platform'])
    await at.cluster.kube.send({ verb: 'DELETE', path: `${KUSTOMIZATIONS}/${name}` }, signal);
  await at.until(async () => (await account()) === undefined && (await blobs()) === undefined, 'Flux to prune');
  // Account and blob service were let go of; the group was deleted, and in Azure everything in it goes with it.
  await at.until(
    () => at.emulator.resources().every((id) => !id.toLowerCase().endsWith('/resourcegroups/platform')),
    'the group to go',
  );
});
