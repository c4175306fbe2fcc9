// CRDs managed by the operator, on a real API server: what a start applies, what it leaves alone, and what it says.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/main.ts';
import { CRD_HASH, CRDS_PATH } from '../../src/crds/crd.ts';
import { type Emulator, startEmulator } from '../../src/emulator/server.ts';
import { ARM_MAP_ANNOTATION } from '../../src/kinds/arm-map.ts';
import { readyOf } from '../../src/reconcile/conditions.ts';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import {
  apply,
  type Cluster,
  OPERATOR_NAMESPACE,
  type OperatorProcess,
  sendOnceServed,
  startCluster,
  startOperator,
  until,
} from '../../tools/platform.ts';
import { projectCrds } from '../../tools/prepare.ts';
import { originalCrd } from '../support/original.ts';
import { kubeconfigOf, tokenOf } from '../support/pod.ts';

const NEVER = new AbortController().signal;
const WAIT = { timeoutMs: 30_000 };
const NAME_LABEL = { 'app.kubernetes.io/name': 'azure-service-operator' };

let cluster: Cluster;
let emulator: Emulator;
let operator: OperatorProcess | undefined;

beforeAll(async () => {
  cluster = await startCluster(() => undefined);
  emulator = await startEmulator({ limits: 'off', operationMs: 50 });
  await apply(cluster.kube, `/api/v1/namespaces/${OPERATOR_NAMESPACE}`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: OPERATOR_NAMESPACE },
  });
});

afterAll(async () => {
  await operator?.stop();
  await emulator?.stop();
  await cluster?.stop();
});

function start(...args: readonly string[]): Promise<OperatorProcess> {
  return startAs(cluster.plane.kubeconfigPath, ...args);
}

function startAs(kubeconfigPath: string, ...args: readonly string[]): Promise<OperatorProcess> {
  return startOperator({
    kubeconfigPath,
    endpoint: emulator.endpoint,
    caPem: emulator.caPem,
    subscriptionId: emulator.settings.subscriptionIds[0] ?? '',
    leaderElection: true,
    args,
  });
}

async function restart(...args: readonly string[]): Promise<OperatorProcess> {
  await operator?.stop();
  operator = await start(...args);
  return operator;
}

async function crd(name: string): Promise<JsonObject | undefined> {
  const answer = await cluster.kube.send({ verb: 'GET', path: `${CRDS_PATH}/${name}` }, NEVER);
  return answer.status === 200 && isObject(answer.body) ? answer.body : undefined;
}

async function names(): Promise<readonly string[]> {
  const answer = await cluster.kube.send({ verb: 'GET', path: CRDS_PATH }, NEVER);
  const items = isObject(answer.body) && Array.isArray(answer.body.items) ? answer.body.items.filter(isObject) : [];
  return items.map(nameOf).sort();
}

const nameOf = (object: JsonObject): string => (isObject(object.metadata) ? String(object.metadata.name) : '');

function versionsOf(object: JsonObject | undefined): readonly JsonObject[] {
  const versions = isObject(object?.spec) ? object.spec.versions : undefined;
  return Array.isArray(versions) ? versions.filter(isObject) : [];
}

const metadataOf = async (name: string): Promise<JsonObject> => ((await crd(name))?.metadata ?? {}) as JsonObject;
const said = (text: string) => ({ ...WAIT, what: () => `the log to say '${text}': ${operator?.log().slice(-1500)}` });
const untilSaid = (text: string): Promise<void> => until(() => operator?.log().includes(text) === true, said(text));

/** Names of what events with this reason are about. */
async function eventsOf(reason: string): Promise<readonly string[]> {
  const answer = await cluster.kube.send({ verb: 'GET', path: '/api/v1/namespaces/default/events' }, NEVER);
  const events = isObject(answer.body) && Array.isArray(answer.body.items) ? answer.body.items.filter(isObject) : [];
  return events
    .filter((event) => event.reason === reason)
    .map(({ involvedObject }) => String((involvedObject as JsonObject).name));
}

const GROUPS = '/apis/resources.azure.com/v1api20200601/namespaces/default/resourcegroups';

const resourceGroup = (name: string, annotations: JsonObject = {}): JsonObject => ({
  apiVersion: 'resources.azure.com/v1api20200601',
  kind: 'ResourceGroup',
  metadata: { name, annotations },
  spec: { location: 'westus2' },
});

async function ready(path: string): Promise<void> {
  const isReady = async (): Promise<boolean> => {
    const { body } = await cluster.kube.send({ verb: 'GET', path }, NEVER);
    return isObject(body) && isObject(body.status) && readyOf(body.status)?.status === 'True';
  };
  await until(isReady, { ...WAIT, what: () => `${path} to be Ready: ${operator?.log().slice(-1500)}` });
}

const foreign = (name: string, group: string, changes: JsonObject): JsonObject => {
  const [plural = ''] = name.split('.');
  const kind = plural.slice(0, -1);
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name, ...(isObject(changes.metadata) ? changes.metadata : {}) },
    spec: {
      group,
      names: { kind, plural, singular: kind, listKind: `${kind}List` },
      scope: 'Namespaced',
      versions,
      ...(isObject(changes.spec) ? changes.spec : {}),
    },
  };
};

describe('CRDs managed by the operator', () => {
  it('a fresh cluster without a pattern ends the operator, which says what to give', async () => {
    const ended = await start().catch(String);
    if (typeof ended !== 'string') {
      operator = ended;
      await until(() => ended.process.exitCode !== null, { ...WAIT, what: () => 'the operator to end' });
      expect(ended.process.exitCode).toBe(1);
    }
    expect(typeof ended === 'string' ? ended : ended.log()).toContain('--crd-pattern asks for none');
    expect(await names()).toEqual([]);
  });

  it('a pattern that matches nothing ends the start and names what was meant', async () => {
    const failed = await start('--crd-pattern=storage.azure.com/StorageAcount;cache.azure.com/*').catch(String);
    expect(failed).toContain('did you mean storage.azure.com/StorageAccount');
    expect(await names()).toEqual([]);
  });

  it('what the pattern chooses is applied and its kinds start, without a restart', async () => {
    await restart('--crd-pattern=resources.azure.com/*;cache.azure.com/redis', '--crd-labels=team=platform');
    await untilSaid('"CRDs applied"');
    const expected = ['redis.cache.azure.com', 'resourcegroups.resources.azure.com'];
    expect(await names()).toEqual(expected);
    for (const name of expected) {
      expect((await metadataOf(name)).labels).toMatchObject({ ...NAME_LABEL, team: 'platform' });
      await untilSaid(`"crd":"${name}","msg":"kind started"`);
    }
  });

  it('a start that finds all as it should be writes nothing, and upgrades need no pattern', async () => {
    await restart('--crd-labels=team=platform');
    await untilSaid('"current":2,"msg":"the CRDs are as this release ships them"');
    expect(operator?.log()).not.toContain('applying CRDs');
    await cluster.kube.send(
      {
        verb: 'PATCH',
        path: `${CRDS_PATH}/resourcegroups.resources.azure.com`,
        contentType: 'application/merge-patch+json',
        query: { fieldManager: 'somebody' },
        body: {
          metadata: { annotations: { [CRD_HASH]: 'old', 'example.com/mine': 'stays' }, labels: { mine: 'stays' } },
        },
      },
      NEVER,
    );
    await restart('--crd-labels=team=platform');
    await untilSaid('"applied":1,"refused":0,"forbidden":0,"passing":0,"of":1');
    const { labels, annotations } = await metadataOf('resourcegroups.resources.azure.com');
    expect(labels).toMatchObject({ mine: 'stays', team: 'platform' });
    expect(annotations).toMatchObject({ 'example.com/mine': 'stays' });
    expect((annotations as JsonObject)[CRD_HASH]).not.toBe('old');
  });

  it('versions that another hand wrote over ours are put back', async () => {
    const shipped = versionsOf(
      projectCrds(new Set(['cache'])).find((file) => nameOf(file) === 'redis.cache.azure.com'),
    );
    const versions = shipped.filter((version) => version.storage === true);
    await cluster.kube.send(
      {
        verb: 'PATCH',
        path: `${CRDS_PATH}/redis.cache.azure.com`,
        contentType: 'application/merge-patch+json',
        query: { fieldManager: 'somebody' },
        body: { spec: { versions } },
      },
      NEVER,
    );
    await restart('--crd-labels=team=platform');
    await untilSaid('"applied":1,"refused":0,"forbidden":0,"passing":0,"of":1');
    expect(versionsOf(await crd('redis.cache.azure.com'))).toHaveLength(shipped.length);
  });

  it('fewer versions are served when asked for, but never fewer than objects were applied in', async () => {
    const path = '/apis/cache.azure.com/v1api20230401/namespaces/default/redis/waits';
    const spec = {
      location: 'westus2',
      owner: { name: 'nobody' },
      sku: { capacity: 1, family: 'C', name: 'Standard' },
    };
    const made = await apply(cluster.kube, path, {
      apiVersion: 'cache.azure.com/v1api20230401',
      kind: 'Redis',
      metadata: { name: 'waits' },
      spec,
    });
    expect(made.status).toBe(201);
    await restart('--crd-labels=team=platform', '--crd-versions=newest');
    await untilSaid('"applied":2,"refused":0,"forbidden":0,"passing":0,"of":2');
    const served = versionsOf(await crd('redis.cache.azure.com')).map((version) => String(version.name));
    expect(served).toContain('v1api20230401');
    const user = served.filter((name) => !name.endsWith('storage'));
    expect(user).toHaveLength(2);
    expect((await cluster.kube.send({ verb: 'DELETE', path }, NEVER)).status).toBe(200);
    await restart('--crd-labels=team=platform');
    await untilSaid('"applied":2,"refused":0,"forbidden":0,"passing":0,"of":2');
  });

  it('what a CRD does not describe of a status is there all the same, through either of two twins', async () => {
    const twins = ['v1api20230401', 'v20230401'].map(
      (version) => `/apis/cache.azure.com/${version}/namespaces/default/redis/twin`,
    );
    await apply(cluster.kube, `${GROUPS}/twins`, resourceGroup('twins'));
    const sku = { capacity: 1, family: 'C', name: 'Standard' };
    const made = await apply(cluster.kube, twins[0] ?? '', {
      apiVersion: 'cache.azure.com/v1api20230401',
      kind: 'Redis',
      metadata: { name: 'twin' },
      spec: { location: 'westus2', owner: { name: 'twins' }, sku },
    });
    expect(made.status).toBe(201);
    await ready(twins[0] ?? '');
    const statuses = await Promise.all(
      twins.map(async (path) => {
        const { body } = await sendOnceServed(cluster.kube, { verb: 'GET', path });
        return isObject(body) && isObject(body.status) ? body.status : {};
      }),
    );
    const told = [
      'conditions',
      'id',
      'lastSync',
      'location',
      'name',
      'observedGeneration',
      'provisioningState',
      'type',
    ];
    for (const status of statuses) expect(Object.keys(status)).toEqual(expect.arrayContaining(told));
    expect(statuses[1]).toEqual(statuses[0]);
    for (const path of [...twins.slice(0, 1), `${GROUPS}/twins`])
      await cluster.kube.send({ verb: 'DELETE', path }, NEVER);
  });

  it('what may not be touched is told by log, event and metric, and the rest goes on', async () => {
    const storage = foreign('storageaccounts.storage.azure.com', 'storage.azure.com', {});
    const batch = foreign('batchaccounts.batch.azure.com', 'batch.azure.com', {
      metadata: { labels: NAME_LABEL },
      spec: { scope: 'Cluster' },
    });
    for (const object of [storage, batch]) {
      const made = await cluster.kube.send({ verb: 'POST', path: CRDS_PATH, body: object }, NEVER);
      expect(made.status).toBe(201);
    }
    await restart('--crd-pattern=storage.azure.com/StorageAccount*;batch.azure.com/*;keyvault.azure.com/*');
    await untilSaid('"msg":"CRDs applied"');
    expect(await names()).toContain('vaults.keyvault.azure.com');
    expect(versionsOf(await crd('storageaccounts.storage.azure.com'))).toHaveLength(1);
    const metrics = await (await fetch(`${operator?.metricsUrl}/metrics`)).text();
    expect(metrics).toContain('aso_crds_failed{crd="storageaccounts.storage.azure.com",reason="foreign"} 1');
    expect(metrics).toContain('aso_crds_failed{crd="batchaccounts.batch.azure.com",reason="refused"} 1');
    expect(operator?.log()).toMatch(/"crd":"batchaccounts\.batch\.azure\.com","why":".*scope/);
    await until(
      async () => {
        const about = await eventsOf('CrdNotApplied');
        return about.includes('storageaccounts.storage.azure.com') && about.includes('batchaccounts.batch.azure.com');
      },
      { ...WAIT, what: () => 'events on both CRDs' },
    );
  });
});

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ADMINS = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };

/** A kubeconfig of a ServiceAccount that may do all but patch CRDs other than those named. */
async function narrowAccount(folder: string, patchable: readonly string[]): Promise<string> {
  const account = { kind: 'ServiceAccount', name: 'narrow', namespace: OPERATOR_NAMESPACE };
  const groups = readdirSync('crds').map((group) => `${group}.azure.com`);
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'narrow' },
    rules: [
      { apiGroups: ['', 'coordination.k8s.io', ...groups], resources: ['*'], verbs: ['*'] },
      {
        apiGroups: ['apiextensions.k8s.io'],
        resources: ['customresourcedefinitions'],
        verbs: ['get', 'list', 'watch', 'create'],
      },
      {
        apiGroups: ['apiextensions.k8s.io'],
        resources: ['customresourcedefinitions'],
        resourceNames: patchable,
        verbs: ['patch'],
      },
    ],
  };
  const accounts = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/serviceaccounts`;
  await apply(cluster.kube, `${accounts}/narrow`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'narrow' },
  });
  await apply(cluster.kube, `${RBAC}/clusterroles/narrow`, role);
  await bind(account, { ...ADMINS, name: 'narrow' });
  const token = await tokenOf(cluster, { namespace: OPERATOR_NAMESPACE, account: 'narrow' });
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigOf(cluster, token));
  return kubeconfig;
}

async function bind(account: JsonObject, roleRef: JsonObject): Promise<void> {
  const name = `narrow-${String(roleRef.name)}`;
  await apply(cluster.kube, `${RBAC}/clusterrolebindings/${name}`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef,
    subjects: [account],
  });
}

describe('an operator that may not write some CRDs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aso-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const failed = async (): Promise<readonly string[]> => {
    const metrics = await (await fetch(`${operator?.metricsUrl}/metrics`)).text();
    return metrics.split('\n').filter((line) => line.startsWith('aso_crds_failed{') && line.includes('forbidden'));
  };

  it('is told by log, event and metric of each that is forbidden, and the rest goes on', async () => {
    await cluster.kube.send(
      {
        verb: 'PATCH',
        path: `${CRDS_PATH}/redis.cache.azure.com`,
        contentType: 'application/merge-patch+json',
        body: { metadata: { annotations: { [CRD_HASH]: 'old' } } },
      },
      NEVER,
    );
    const kubeconfig = await narrowAccount(folder, ['registries.containerregistry.azure.com']);
    await operator?.stop();
    operator = await startAs(kubeconfig, '--crd-pattern=containerregistry.azure.com/*');
    const forbidden = ['redis.cache.azure.com', 'registryreplications.containerregistry.azure.com'];
    const isTold = async (): Promise<boolean> => {
      const lines = (await failed()).join();
      return forbidden.every((name) => lines.includes(name));
    };
    await until(isTold, said('what is forbidden'));
    await until(async () => (await names()).includes('registries.containerregistry.azure.com'), said('the rest done'));
    expect(await names()).not.toContain('registryreplications.containerregistry.azure.com');
    expect(operator.log()).toMatch(/"crd":"redis\.cache\.azure\.com","why":"[^}]*cannot patch resource/);
    await until(async () => (await eventsOf('CrdNotApplied')).includes('redis.cache.azure.com'), said('an event'));
    await cluster.kube.send({ verb: 'POST', path: GROUPS, body: resourceGroup('as-before') }, NEVER);
    await ready(`${GROUPS}/as-before`);
  });

  it('and mends them by itself when the right arrives', async () => {
    await bind({ kind: 'ServiceAccount', name: 'narrow', namespace: OPERATOR_NAMESPACE }, ADMINS);
    await until(async () => (await failed()).length === 0, { ...said('none forbidden'), timeoutMs: 120_000 });
    expect(await names()).toContain('registryreplications.containerregistry.azure.com');
    expect((await metadataOf('redis.cache.azure.com')).annotations).not.toMatchObject({ [CRD_HASH]: 'old' });
    const told = operator?.log().split('\n') ?? [];
    expect(
      told.filter((line) => line.includes('"crd":"redis.') && line.includes('a CRD is not as this release')),
    ).toHaveLength(1);
    await untilSaid('"crd":"redis.cache.azure.com","msg":"a CRD is as this release ships it now"');
    await restart();
  });
});

describe('bad CRDs', () => {
  it('one with a broken arm-map gets an event and a metric, and other kinds go on', async () => {
    const annotations = { [ARM_MAP_ANNOTATION]: '{"format":1,"kind":' };
    const cars = foreign('cars.toys.example.com', 'toys.example.com', { metadata: { annotations } });
    const made = await cluster.kube.send({ verb: 'POST', path: CRDS_PATH, body: cars }, NEVER);
    expect(made.status).toBe(201);
    await until(async () => (await eventsOf('BrokenArmMap')).includes('cars.toys.example.com'), {
      ...WAIT,
      what: () => 'an event on the CRD',
    });
    const metrics = await (await fetch(`${operator?.metricsUrl}/metrics`)).text();
    expect(metrics).toContain('aso_broken_kinds_total{crd="cars.toys.example.com"} 1');
    await cluster.kube.send({ verb: 'POST', path: GROUPS, body: resourceGroup('goes-on') }, NEVER);
    await ready(`${GROUPS}/goes-on`);
  });

  it('one that is deleted while objects exist goes when Azure has heard of each, as its policy says', async () => {
    const kept = resourceGroup('kept', { 'serviceoperator.azure.com/reconcile-policy': 'detach-on-delete' });
    await cluster.kube.send({ verb: 'POST', path: GROUPS, body: kept }, NEVER);
    await ready(`${GROUPS}/kept`);
    await cluster.kube.send({ verb: 'DELETE', path: `${CRDS_PATH}/resourcegroups.resources.azure.com` }, NEVER);
    await until(async () => (await crd('resourcegroups.resources.azure.com')) === undefined, {
      timeoutMs: 60_000,
      what: () => `the CRD to be gone: ${operator?.log().slice(-1500)}`,
    });
    expect(emulator.resources().filter((id) => /resourceGroups\/[^/]+$/i.test(id))).toEqual([
      expect.stringMatching(/\/kept$/),
    ]);
  });
});

describe('asoctl crd', () => {
  const ran = async (
    ...argv: readonly string[]
  ): Promise<{ readonly code: number; readonly out: string; readonly notes: string }> => {
    const said: string[] = [];
    const noted: string[] = [];
    const terminal = {
      out: (text: string) => void said.push(text),
      note: (line: string) => void noted.push(line),
      isInteractive: false,
      signal: NEVER,
    };
    const code = await runCli([...argv, '--kubeconfig', cluster.plane.kubeconfigPath], terminal);
    return { code, out: said.join(''), notes: noted.join('\n') };
  };

  it('list tells installed, outdated, foreign, available and own CRDs apart', async () => {
    await operator?.stop();
    const { code, out, notes } = await ran('crd', 'list');
    expect(code).toBe(0);
    for (const row of [
      /^redis\.cache\.azure\.com +installed +v[\d.]+ +all$/m,
      /^storageaccounts\.storage\.azure\.com +foreign /m,
      /^batchaccounts\.batch\.azure\.com +outdated .*applied by another hand/m,
      /^resourcegroups\.resources\.azure\.com +available$/m,
      /^cars\.toys\.example\.com +own /m,
    ])
      expect(out).toMatch(row);
    expect(notes).toMatch(/\d+ available/);
    expect((await ran('crd', 'list', '--state', 'foreign')).out.trim().split('\n')).toHaveLength(2);
  });

  it('install --for applies what manifests name, with owners and references, and names what it does not know', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'aso-'));
    writeFileSync(
      join(folder, 'all.yaml'),
      `apiVersion: network.azure.com/v1api20201101
kind: VirtualNetworksSubnet
metadata: {name: a}
spec: {owner: {name: v}, routeTable: {reference: {group: network.azure.com, kind: RouteTable, name: r}}}
---
{apiVersion: network.azure.com/v20240301, kind: VirtualNetwrok, metadata: {name: b}}
---
{apiVersion: network.azure.com/v1, kind: RouteTable, metadata: {name: r}}
---
{apiVersion: netwrok.azure.com/v20240301, kind: RouteTable, metadata: {name: r}}
`,
    );
    const { code, notes } = await ran('crd', 'install', '--for', folder);
    rmSync(folder, { recursive: true });
    expect(notes).toContain('VirtualNetwrok is not shipped; did you mean network.azure.com/VirtualNetwork');
    expect(notes).toMatch(/network\.azure\.com\/RouteTable has no version v1 with --crd-versions=all; it has v1api/);
    expect(notes).toContain('netwrok.azure.com/RouteTable is not shipped; did you mean network.azure.com/RouteTable');
    expect(code).toBe(0);
    const network = (await names()).filter((name) => name.endsWith('.network.azure.com'));
    expect(network).toEqual([
      'routetables.network.azure.com',
      'virtualnetworks.network.azure.com',
      'virtualnetworkssubnets.network.azure.com',
    ]);
    const twice = ['-p', 'network.azure.com/RouteTable', '-p', 'network.azure.com/VirtualNetwork'];
    expect((await ran('crd', 'install', ...twice)).notes.match(/is there/g)).toHaveLength(2);
  });

  it('install goes on past a CRD that it may not touch, and ends with 1', async () => {
    const { code, notes } = await ran('crd', 'install', '-p', 'storage.azure.com/StorageAccount;cache.azure.com/*');
    expect(code).toBe(1);
    expect(notes).toContain('storageaccounts.storage.azure.com: left alone');
    expect(await names()).toContain('redisfirewallrules.cache.azure.com');
  });

  it('clean crds moves objects out of an old storage version, and says so', async () => {
    const shipped =
      projectCrds(new Set(['eventhub'])).find((file) => nameOf(file) === 'namespaces.eventhub.azure.com') ?? {};
    const [oldest = ''] = versionsOf(shipped)
      .map((version) => String(version.name))
      .filter((version) => !version.endsWith('storage'));
    await cluster.kube.send({ verb: 'POST', path: CRDS_PATH, body: originalCrd(shipped, `${oldest}storage`) }, NEVER);
    const path = `/apis/eventhub.azure.com/${oldest}storage/namespaces/default/namespaces`;
    const stored = {
      apiVersion: `eventhub.azure.com/${oldest}storage`,
      kind: 'Namespace',
      metadata: { name: 'hub' },
      spec: { location: 'here' },
    };
    await until(async () => (await cluster.kube.send({ verb: 'POST', path, body: stored }, NEVER)).status === 201, {
      ...WAIT,
      what: () => 'an object in the old version',
    });
    expect((await ran('crd', 'install', '-p', 'eventhub.azure.com/Namespace')).code).toBe(0);
    const storedIn = async (): Promise<unknown> => {
      const held = await crd('namespaces.eventhub.azure.com');
      return isObject(held?.status) ? held.status.storedVersions : undefined;
    };
    expect(await storedIn()).toHaveLength(2);
    expect((await ran('clean', 'crds', '--dry-run')).notes).toContain(
      'Would migrate resource crd-name=namespaces.eventhub.azure.com name=default/hub',
    );
    expect(await storedIn()).toHaveLength(2);
    const { notes } = await ran('clean', 'crds');
    expect(notes).toContain('Migrated resource crd-name=namespaces.eventhub.azure.com name=default/hub');
    expect(notes).toContain('Nothing to update crd-name=redis.cache.azure.com');
    const now = await crd('namespaces.eventhub.azure.com');
    expect(versionsOf(now).map((version) => version.name)).toEqual(versionsOf(shipped).map((version) => version.name));
    expect(await storedIn()).toEqual([versionsOf(shipped).find((version) => version.storage === true)?.name]);
    const read = await cluster.kube.send(
      { verb: 'GET', path: `/apis/eventhub.azure.com/${oldest}/namespaces/default/namespaces/hub` },
      NEVER,
    );
    expect(read.body).toMatchObject({ spec: { location: 'here' } });
  });
});
