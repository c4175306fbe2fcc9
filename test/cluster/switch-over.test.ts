// A cluster that the original has managed is taken over in place, and given back: nothing is lost, and nothing that has not changed is sent.

import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/main.ts';
import { CRDS_PATH, type Crd } from '../../src/crds/crd.ts';
import { applyCrd } from '../../src/crds/install.ts';
import { type Emulator, startEmulator } from '../../src/emulator/server.ts';
import { ARM_MAP_ANNOTATION } from '../../src/kinds/arm-map.ts';
import type { KubeSend } from '../../src/kube/types.ts';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import {
  apply,
  type Cluster,
  OPERATOR_NAMESPACE,
  type OperatorProcess,
  startCluster,
  startOperator,
  until,
} from '../../tools/platform.ts';
import { projectCrds } from '../../tools/prepare.ts';
import { originalCrd, type Stored, storedObject, storedStatus } from '../support/original.ts';

const NEVER = new AbortController().signal;
const WAIT = { timeoutMs: 60_000 };
const HUB = 'v20250601storage';
const OLD_HUB = 'v20230101storage';
const ACCOUNTS = 'storageaccounts.storage.azure.com';
const GROUPS = 'resourcegroups.resources.azure.com';

let cluster: Cluster;
let emulator: Emulator;
let operator: OperatorProcess | undefined;
const crds = new Map(
  projectCrds(new Set(['resources', 'storage'])).map((crd) => [String(membersOf(crd.metadata).name), crd]),
);

function membersOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

async function send(
  verb: 'GET' | 'POST' | 'PUT' | 'PATCH',
  path: string,
  body?: unknown,
  query: Record<string, string> = {},
): Promise<JsonObject> {
  const patch = verb === 'PATCH' ? { contentType: 'application/merge-patch+json' } : {};
  const answer = await cluster.kube.send(
    { verb, path, query, ...patch, ...(body === undefined ? {} : { body }) },
    NEVER,
  );
  if (answer.status >= 300 || !isObject(answer.body))
    throw new Error(`${verb} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** As Helm or the original's own start would: the whole CRD, labels and annotations of others kept. */
async function applyOriginal(name: string, hub?: string): Promise<void> {
  const wanted = originalCrd(crds.get(name) ?? {}, hub);
  const put = async (): Promise<boolean> => {
    const held = await send('GET', `${CRDS_PATH}/${name}`).catch(() => undefined);
    const [was, is] = [membersOf(held?.metadata), membersOf(wanted.metadata)];
    const metadata = {
      ...was,
      ...is,
      labels: { ...membersOf(was.labels), ...membersOf(is.labels) },
      annotations: { ...membersOf(was.annotations), ...membersOf(is.annotations) },
    };
    const query = { fieldManager: 'manager' };
    const request =
      held === undefined
        ? { verb: 'POST' as const, path: CRDS_PATH, body: wanted, query }
        : { verb: 'PUT' as const, path: `${CRDS_PATH}/${name}`, body: { ...wanted, metadata }, query };
    const answer = await cluster.kube.send(request, NEVER);
    if (answer.status >= 300 && answer.status !== 409) throw new Error(JSON.stringify(answer.body));
    return answer.status < 300;
  };
  // The API server writes conditions meanwhile: a conflict is no failure.
  await until(put, { ...WAIT, what: () => `${name} to be written` });
  await established(name, hub ?? HUB);
}

/** By discovery: a list would have to convert what is stored in another version, and the original's webhook is not here. */
async function established(name: string, version: string): Promise<void> {
  const [plural, ...group] = name.split('.');
  const path = `/apis/${group.join('.')}/${name === GROUPS ? 'v1api20200601storage' : version}`;
  await until(
    async () => {
      const { resources } = await send('GET', path).catch((): JsonObject => ({}));
      return Array.isArray(resources) && resources.some((resource) => isObject(resource) && resource.name === plural);
    },
    { ...WAIT, what: () => `${path} to be served` },
  );
}

const pathOf = (plural: string, version: string, name: string): string =>
  `/apis/${plural === 'resourcegroups' ? 'resources' : 'storage'}.azure.com/${version}/namespaces/team/${plural}/${name}`;

/** In Azure, as the original left it. */
async function inAzure(id: string, apiVersion: string, body: JsonObject): Promise<void> {
  const { tenantId, clients } = emulator.settings;
  const form = `grant_type=client_credentials&client_id=${clients[0]?.clientId}&client_secret=${clients[0]?.clientSecret}&scope=${emulator.endpoint}/.default`;
  const login = await https('POST', `/${tenantId}/oauth2/v2.0/token`, form, {
    'content-type': 'application/x-www-form-urlencoded',
  });
  const token = String((JSON.parse(login.text) as JsonObject).access_token);
  const put = await https('PUT', `${id}?api-version=${apiVersion}`, JSON.stringify(body), {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
  });
  if (put.status >= 300) throw new Error(`${id}: ${put.status} ${put.text}`);
}

function https(
  method: string,
  path: string,
  text: string,
  headers: Record<string, string>,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${emulator.endpoint}${path}`, { method, headers, ca: emulator.caPem }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: body }));
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

async function store(plural: string, stored: Stored, status?: JsonObject): Promise<JsonObject> {
  const path = pathOf(plural, stored.storage, stored.name);
  const query = { fieldManager: 'aso-controller' };
  let made: JsonObject = {};
  // Until the API server stores in the version that the CRD has now: before that it would ask the webhook.
  await until(
    async () => {
      made = await send('POST', path.slice(0, path.lastIndexOf('/')), storedObject(stored), query).catch(() => made);
      return made.metadata !== undefined;
    },
    { ...WAIT, what: () => `${stored.name} to be stored` },
  );
  if (status === undefined) return made;
  return send('PUT', `${path}/status`, { ...made, status }, query);
}

const writes = () =>
  emulator.journal().filter((entry) => !entry.url.includes('/oauth2/') && !['GET', 'HEAD'].includes(entry.method));
const ids = () => ({ subscription: `/subscriptions/${emulator.settings.subscriptionIds[0]}` });
const accountId = (name: string): string =>
  `${ids().subscription}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/${name}`;

const account = (name: string, storage: string, spec: JsonObject): Stored => ({
  group: 'storage.azure.com',
  storage,
  kind: 'StorageAccount',
  name,
  resourceId: accountId(name),
  spec: {
    azureName: name,
    location: 'westus2',
    kind: 'StorageV2',
    accessTier: 'Hot',
    owner: { name: 'rg' },
    sku: { name: 'Standard_LRS' },
    ...spec,
  },
});

async function begin(): Promise<void> {
  operator = await startOperator({
    kubeconfigPath: cluster.plane.kubeconfigPath,
    endpoint: emulator.endpoint,
    caPem: emulator.caPem,
    subscriptionId: emulator.settings.subscriptionIds[0] ?? '',
    leaderElection: true,
    args: [],
  });
}

const ready = (object: JsonObject): JsonObject => {
  const { conditions } = membersOf(object.status);
  return (
    (Array.isArray(conditions) ? conditions.filter(isObject) : []).find((condition) => condition.type === 'Ready') ?? {}
  );
};

/** Ready at its present generation, with the memory of what Azure has. */
async function takenOver(plural: string, version: string, name: string): Promise<JsonObject> {
  let object: JsonObject = {};
  await until(
    async () => {
      object = await send('GET', pathOf(plural, version, name)).catch(() => ({}));
      const { lastSync } = membersOf(object.status);
      return (
        lastSync !== undefined &&
        ready(object).status === 'True' &&
        ready(object).observedGeneration === membersOf(object.metadata).generation &&
        membersOf(object.spec).originalVersion === undefined
      );
    },
    {
      ...WAIT,
      what: () => `${name} to be taken over: ${JSON.stringify(object.status)} ${operator?.log().slice(-1500)}`,
    },
  );
  return object;
}

async function asoctl(...argv: readonly string[]): Promise<{ readonly code: number; readonly notes: string }> {
  const noted: string[] = [];
  const terminal = {
    out: () => undefined,
    note: (line: string) => void noted.push(line),
    isInteractive: false,
    signal: NEVER,
  };
  const code = await runCli([...argv, '--kubeconfig', cluster.plane.kubeconfigPath], terminal);
  return { code, notes: noted.join('\n') };
}

/** What it noted. */
async function handBack(...flags: readonly string[]): Promise<string> {
  const { code, notes } = await asoctl('crd', 'hand-back', ...flags);
  expect(code).toBe(0);
  return notes;
}

const WEBHOOKS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

/** As an installation by plain manifests leaves it, its Deployment gone. */
const webhooks = (name: string, services: readonly string[]): JsonObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name },
  webhooks: services.map((service, index) => ({
    name: `validate${index}.v20230101.storageaccounts.storage.azure.com`,
    clientConfig: {
      service: { name: service, namespace: OPERATOR_NAMESPACE, path: '/validate-storage-azure-com', port: 443 },
    },
    rules: [
      {
        apiGroups: ['storage.azure.com'],
        apiVersions: ['*'],
        operations: ['CREATE', 'UPDATE'],
        resources: ['storageaccounts'],
      },
    ],
    failurePolicy: 'Fail',
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
  })),
});

beforeAll(async () => {
  cluster = await startCluster(() => undefined);
  emulator = await startEmulator({ limits: 'off', operationMs: 50 });
  for (const name of ['team', OPERATOR_NAMESPACE])
    await apply(cluster.kube, `/api/v1/namespaces/${name}`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
  const rg = `${ids().subscription}/resourceGroups/rg`;
  await inAzure(rg, '2020-06-01', { location: 'westus2' });
  for (const [name, apiVersion] of [
    ['old', '2023-01-01'],
    ['bagged', '2021-04-01'],
    ['edited', '2023-01-01'],
  ] as const)
    await inAzure(accountId(name), apiVersion, {
      location: 'westus2',
      kind: 'StorageV2',
      sku: { name: 'Standard_LRS' },
      properties: { accessTier: 'Hot' },
    });

  await applyOriginal(GROUPS);
  await applyOriginal(ACCOUNTS, OLD_HUB);
  const group = await store(
    'resourcegroups',
    {
      group: 'resources.azure.com',
      storage: 'v1api20200601storage',
      kind: 'ResourceGroup',
      name: 'rg',
      resourceId: rg,
      spec: { azureName: 'rg', location: 'westus2', originalVersion: 'v1api20200601' },
    },
    storedStatus(rg),
  );
  const owner = {
    apiVersion: 'resources.azure.com/v1api20200601storage',
    kind: 'ResourceGroup',
    name: 'rg',
    uid: membersOf(group.metadata).uid,
  };
  // Stored when the hub was an older one; the release after it moved the hub.
  await store(
    'storageaccounts',
    { ...account('old', OLD_HUB, { originalVersion: 'v1api20230101' }), owner },
    storedStatus(accountId('old')),
  );
  await applyOriginal(ACCOUNTS, HUB);
  const bagged = {
    sku: { name: 'Standard_LRS', $propertyBag: { Tier: '"Standard"' } },
    originalVersion: 'v1api20210401',
  };
  await store('storageaccounts', { ...account('bagged', HUB, bagged), owner }, storedStatus(accountId('bagged')));
  // Edited while no operator ran: its generation is ahead of what was reached.
  await store(
    'storageaccounts',
    { ...account('edited', HUB, { originalVersion: 'v20230101', accessTier: 'Cool' }), owner },
    storedStatus(accountId('edited'), 0),
  );
  await send('PATCH', `${CRDS_PATH}/${ACCOUNTS}`, { metadata: { labels: { mine: 'stays' } } });
  emulator.forgetJournal();
});

afterAll(async () => {
  await operator?.stop();
  await emulator?.stop();
  await cluster?.stop();
});

describe('switching over', () => {
  it('the original left two stored versions, its webhook and its bags', async () => {
    const crd = await send('GET', `${CRDS_PATH}/${ACCOUNTS}`);
    expect(membersOf(crd.status).storedVersions).toEqual([OLD_HUB, HUB]);
    expect(membersOf(membersOf(crd.spec).conversion).strategy).toBe('Webhook');
    const bagged = await send('GET', pathOf('storageaccounts', HUB, 'bagged'));
    expect(membersOf(membersOf(bagged.spec).sku).$propertyBag).toEqual({ Tier: '"Standard"' });
  });

  it('a CRD that changes while it is taken over is left for the next try', async () => {
    const crd = crds.get(ACCOUNTS);
    const shipped = { crd: crd as unknown as Crd, digest: 'any' };
    const meddling: KubeSend = async (request, signal) => {
      const answer = await cluster.kube.send(request, signal);
      // As cert-manager does, which puts its CA into the webhook.
      if (request.verb === 'GET')
        await send('PATCH', `${CRDS_PATH}/${ACCOUNTS}`, { metadata: { labels: { meddled: crypto.randomUUID() } } });
      return answer;
    };
    const order = { shipped, wish: { versions: 'all' as const, labels: {} }, isNew: false };
    expect(await applyCrd(meddling, order, NEVER)).toMatchObject({ ok: false, trouble: 'passing' });
    const held = await send('GET', `${CRDS_PATH}/${ACCOUNTS}`);
    expect(membersOf(membersOf(held.spec).conversion).strategy).toBe('Webhook');
  });

  it('webhooks that were left behind are told of, and deleted once the CRDs are taken over', async () => {
    await send(
      'POST',
      WEBHOOKS,
      webhooks('azureserviceoperator-storage-vwh', ['azureserviceoperator-webhook-service']),
    );
    const early = await asoctl('clean', 'webhooks');
    expect(early).toEqual({ code: 1, notes: expect.stringContaining("still the original operator's") });
    await begin();
    await until(() => operator?.log().includes('`asoctl clean webhooks` deletes them') === true, {
      ...WAIT,
      what: () => `the operator to say what blocks its writes: ${operator?.log().slice(-1500)}`,
    });
    // Passes that were cut short so often as to be told: even then what was Ready stays so.
    const isTold = async (): Promise<boolean> => {
      const { items } = await send('GET', '/api/v1/namespaces/team/events');
      return (Array.isArray(items) ? items : []).some(
        (event) => membersOf(membersOf(event).involvedObject).name === 'old' && membersOf(event).reason === 'Failed',
      );
    };
    await until(isTold, {
      ...WAIT,
      what: () => `an event on what cannot be taken over: ${operator?.log().slice(-1500)}`,
    });
    const planned = await asoctl('clean', 'webhooks', '--dry-run');
    const name = 'validatingwebhookconfigurations/azureserviceoperator-storage-vwh webhooks=1';
    expect(planned).toEqual({ code: 0, notes: `Would delete ${name}` });
    expect(await asoctl('clean', 'webhooks')).toEqual({ code: 0, notes: `Deleted ${name}` });
    expect((await asoctl('clean', 'webhooks')).notes).toContain('Nothing to delete');
  });

  it('what was Ready is taken over without a write to Azure; what was edited meanwhile is sent', async () => {
    await takenOver('resourcegroups', 'v1api20200601storage', 'rg');
    for (const name of ['old', 'bagged', 'edited']) await takenOver('storageaccounts', HUB, name);
    // As often as it could not be noted that it was sent, while the webhooks stood in the way.
    expect([...new Set(writes().map(({ method, url }) => `${method} ${url}`))]).toEqual([
      `PUT ${accountId('edited')}?api-version=2023-01-01`,
    ]);
  });

  it('finalizer, annotations and every field are there, in the version that was applied', async () => {
    const bagged = await send('GET', pathOf('storageaccounts', 'v1api20210401', 'bagged'));
    expect(membersOf(bagged.spec).sku).toEqual({ name: 'Standard_LRS', tier: 'Standard' });
    expect(membersOf(bagged.metadata).finalizers).toEqual(['serviceoperator.azure.com/finalizer']);
    expect(membersOf(bagged.metadata).annotations).toMatchObject({
      'example.com/mine': 'stays',
      'serviceoperator.azure.com/resource-id': accountId('bagged'),
    });
    expect(membersOf(membersOf(bagged.metadata).annotations)['serviceoperator.azure.com/original-version']).toBe(
      'v1api20210401',
    );
  });

  it('the CRD is ours, without webhook, and keeps what others put on it', async () => {
    const crd = await send('GET', `${CRDS_PATH}/${ACCOUNTS}`);
    expect(membersOf(crd.spec).conversion).toEqual({ strategy: 'None' });
    const { labels, annotations } = membersOf(crd.metadata);
    expect(labels).toMatchObject({ mine: 'stays' });
    expect(membersOf(annotations)[ARM_MAP_ANNOTATION]).toBeDefined();
    expect(membersOf(annotations)['cert-manager.io/inject-ca-from']).toBeUndefined();
  });

  it('a label through a user version loses nothing and sends nothing', async () => {
    emulator.forgetJournal();
    await send(
      'PATCH',
      pathOf('storageaccounts', 'v1api20210401', 'bagged'),
      { metadata: { labels: { a: 'b' } } },
      { fieldManager: 'kubectl-label' },
    );
    const bagged = await takenOver('storageaccounts', HUB, 'bagged');
    expect(membersOf(bagged.spec).sku).toEqual({ name: 'Standard_LRS', tier: 'Standard' });
    expect(writes()).toEqual([]);
  });

  it('an edit goes out in the version that was applied, with what had been in the bag', async () => {
    emulator.forgetJournal();
    await send(
      'PATCH',
      pathOf('storageaccounts', 'v1api20210401', 'bagged'),
      { spec: { accessTier: 'Cool' } },
      { fieldManager: 'kubectl-edit' },
    );
    await until(() => writes().length > 0, { ...WAIT, what: () => 'a PUT' });
    await takenOver('storageaccounts', HUB, 'bagged');
    expect(writes().map(({ method, url }) => `${method} ${url}`)).toEqual([
      `PUT ${accountId('bagged')}?api-version=2021-04-01`,
    ]);
    expect(emulator.resource(accountId('bagged'))).toMatchObject({
      sku: { name: 'Standard_LRS', tier: 'Standard' },
      properties: { accessTier: 'Cool' },
    });
  });

  it('the old storage version is migrated and dropped, and its objects can still be read', async () => {
    await until(
      async () =>
        JSON.stringify(membersOf((await send('GET', `${CRDS_PATH}/${ACCOUNTS}`)).status).storedVersions) ===
        JSON.stringify([HUB]),
      { ...WAIT, what: () => `${OLD_HUB} to be dropped: ${operator?.log().slice(-1500)}` },
    );
    await until(
      async () =>
        !JSON.stringify(membersOf((await send('GET', `${CRDS_PATH}/${ACCOUNTS}`)).spec).versions).includes(OLD_HUB),
      { ...WAIT, what: () => 'the CRD not to list it' },
    );
    expect(membersOf((await send('GET', pathOf('storageaccounts', 'v1api20230101', 'old'))).spec)).toMatchObject({
      accessTier: 'Hot',
      owner: { name: 'rg' },
    });
  });
});

describe('switching back', () => {
  it('objects get the form that the original reads, and its CRDs go over ours', async () => {
    const atWork = await asoctl('crd', 'hand-back');
    expect(atWork).toEqual({ code: 1, notes: expect.stringContaining('an operator is at work') });
    await operator?.stop();
    expect(await handBack('--dry-run')).toContain('4 objects, 4 to change, 0 kinds failed');
    expect(membersOf((await send('GET', pathOf('storageaccounts', HUB, 'old'))).spec).originalVersion).toBeUndefined();
    expect(await handBack()).toContain('4 objects, 4 changed, 0 kinds failed');
    expect(await handBack()).toContain('4 objects, 0 changed, 0 kinds failed');
    for (const name of [GROUPS, ACCOUNTS]) await applyOriginal(name);
    const bagged = await send('GET', pathOf('storageaccounts', HUB, 'bagged'));
    expect(bagged.spec).toMatchObject({
      originalVersion: 'v1api20210401',
      accessTier: 'Cool',
      sku: { name: 'Standard_LRS', $propertyBag: { Tier: '"Standard"' } },
    });
    expect(membersOf(bagged.metadata)).toMatchObject({
      finalizers: ['serviceoperator.azure.com/finalizer'],
      annotations: { 'serviceoperator.azure.com/resource-id': accountId('bagged') },
    });
    expect(ready(bagged)).toMatchObject({ status: 'True', observedGeneration: membersOf(bagged.metadata).generation });
  });

  it("the original's schema knows every member of what we stored", async () => {
    for (const name of ['old', 'bagged', 'edited']) {
      const path = pathOf('storageaccounts', HUB, name);
      // Read through the original's schema, unknown members are pruned; so nothing that was there may be missing.
      const { status: _ours, ...object } = await send('GET', path);
      await send('PUT', path, object, { fieldValidation: 'Strict', dryRun: 'All' });
      expect(membersOf(object.spec).owner).toEqual({ name: 'rg' });
    }
  });

  it('and forth again: still nothing is sent', async () => {
    emulator.forgetJournal();
    await begin();
    for (const name of ['old', 'bagged', 'edited']) await takenOver('storageaccounts', HUB, name);
    expect(membersOf((await send('GET', `${CRDS_PATH}/${ACCOUNTS}`)).spec).conversion).toEqual({ strategy: 'None' });
    expect(writes()).toEqual([]);
  });
});
