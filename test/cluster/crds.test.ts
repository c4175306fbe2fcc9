// CRDs managed by the operator, on a real API server: what a start applies, what it leaves alone, and what it says.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CRD_HASH, CRDS_PATH } from '../../src/crds/crd.ts';
import { type Emulator, startEmulator } from '../../src/emulator/server.ts';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import {
  apply,
  type Cluster,
  OPERATOR_NAMESPACE,
  type OperatorProcess,
  projectCrds,
  startCluster,
  startOperator,
  until,
} from '../../tools/platform.ts';

const NEVER = new AbortController().signal;
const WAIT = { timeoutMs: 30_000 };
const NAME_LABEL = { 'app.kubernetes.io/name': 'azure-service-operator' };

let cluster: Cluster;
let emulator: Emulator;
let operator: OperatorProcess | undefined;

beforeAll(async () => {
  cluster = await startCluster(() => undefined);
  emulator = await startEmulator({ limits: 'off' });
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
  return startOperator({
    kubeconfigPath: cluster.plane.kubeconfigPath,
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
    await untilSaid('"applied":1,"refused":0,"passing":0,"of":1');
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
    await untilSaid('"applied":1,"refused":0,"passing":0,"of":1');
    expect(versionsOf(await crd('redis.cache.azure.com'))).toHaveLength(shipped.length);
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
        const answer = await cluster.kube.send({ verb: 'GET', path: '/api/v1/namespaces/default/events' }, NEVER);
        const events =
          isObject(answer.body) && Array.isArray(answer.body.items) ? answer.body.items.filter(isObject) : [];
        const about = events
          .filter(({ reason }) => reason === 'CrdNotApplied')
          .map(({ involvedObject }) => (involvedObject as JsonObject).name);
        return about.includes('storageaccounts.storage.azure.com') && about.includes('batchaccounts.batch.azure.com');
      },
      { ...WAIT, what: () => 'events on both CRDs' },
    );
  });
});
