// Whose an object is, and what becomes of it when others write on it: replacing tools, a second operator, forgers, a namespace that ends.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULTS } from '../../src/emulator/settings.ts';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import { apply, messageOf, OPERATOR_NAMESPACE, type OperatorProcess, startOperator } from '../../tools/platform.ts';
import { account as anAccount, group } from '../support/manifests.ts';
import { type Manifest, type World, world } from '../support/world.ts';

const SERVICE = 'serviceoperator.azure.com';
/** The subscription of the namespace that ends. */
const ENDING = '00000000-0000-0000-0000-00000000e4d0';
const NEVER = new AbortController().signal;

let at: World;
let second: OperatorProcess | undefined;
beforeAll(async () => {
  at = await world({
    groups: ['resources', 'storage'],
    emulator: { subscriptionIds: [...DEFAULTS.subscriptionIds, ENDING] },
  });
  await at.applied(group('rg'));
  await at.eventuallyReady(group('rg'));
});
afterAll(async () => {
  await second?.stop();
  await at?.stop();
});

const account = (name: string, annotations: JsonObject = {}): Manifest => anAccount(name, {}, annotations);

const idOf = (name: string): string =>
  `/subscriptions/${at.emulator.settings.subscriptionIds[0]}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/${name}`;
const sent = (method: string, id: string): number =>
  at.emulator
    .journal()
    .filter((entry) => entry.method === method && entry.url.toLowerCase().startsWith(`${id.toLowerCase()}?`)).length;
const metadataOf = async (manifest: Manifest): Promise<JsonObject> => {
  const metadata = (await at.object(manifest))?.metadata;
  return isObject(metadata) ? metadata : {};
};
const isClaimed = async (manifest: Manifest): Promise<boolean> => {
  const { finalizers, annotations } = await metadataOf(manifest);
  return (
    Array.isArray(finalizers) && isObject(annotations) && typeof annotations[`${SERVICE}/resource-id`] === 'string'
  );
};

/** Messages of the events with this reason. */
async function eventsOf(reason: string): Promise<readonly string[]> {
  const answer = await at.cluster.kube.send({ verb: 'GET', path: `/api/v1/namespaces/${at.namespace}/events` }, NEVER);
  const items = isObject(answer.body) && Array.isArray(answer.body.items) ? answer.body.items : [];
  return items.flatMap((event) => (isObject(event) && event.reason === reason ? [String(event.message)] : []));
}

/** `kubectl replace`, as Argo CD's Replace does it: all that the manifest does not name is gone. */
async function replaced(manifest: Manifest): Promise<void> {
  await at.until(async () => {
    const { resourceVersion } = await metadataOf(manifest);
    const answer = await at.cluster.kube.send(
      {
        verb: 'PUT',
        path: `/apis/${manifest.apiVersion}/namespaces/${at.namespace}/storageaccounts/${manifest.metadata.name}`,
        body: {
          ...manifest,
          metadata: { ...manifest.metadata, namespace: at.namespace, resourceVersion: resourceVersion ?? '' },
        },
      },
      NEVER,
    );
    if (answer.status === 409) return false;
    if (answer.status !== 200) throw new Error(messageOf(answer));
    return true;
  }, 'the manifest to replace the object');
}

it('an object that is replaced time and again is put right each time, and Azure hears nothing', async () => {
  const manifest = account('argo');
  await at.applied(manifest);
  await at.eventuallyReady(manifest);
  for (let round = 0; round < 8; round += 1) {
    await replaced(manifest);
    await at.until(() => isClaimed(manifest), 'the claim to be put back');
  }
  await at.eventuallyReady(manifest);
  expect(sent('PUT', idOf('argo'))).toBe(1);
  expect(sent('DELETE', idOf('argo'))).toBe(0);
  await at.deleted(manifest);
  await at.gone(manifest);
  expect(at.emulator.resource(idOf('argo'))).toBeUndefined();
});

it('a claim that is stripped while the owner is not Ready is put back all the same', async () => {
  const manifest = account('orphan');
  await at.applied(manifest);
  await at.eventuallyReady(manifest);
  at.emulator.fault({
    match: { method: 'PUT', path: '/resourceGroups/rg\\?' },
    times: 1,
    answer: { status: 400, body: { error: { code: 'InvalidTemplate', message: 'no' } } },
  });
  await at.applied({ ...group('rg'), spec: { location: 'westus2', tags: { a: 'b' } } });
  await at.eventually(group('rg'), 'InvalidTemplate', 'Error');
  await replaced(manifest);
  await at.until(() => isClaimed(manifest), 'the claim to be put back');
  await at.applied({ ...group('rg'), spec: { location: 'westus2', tags: { a: 'c' } } });
  await at.eventuallyReady(group('rg'), manifest);
  expect(sent('PUT', idOf('orphan'))).toBe(1);
});

it('an object that goes with its finalizer taken off tells what it leaves in Azure, and nothing is deleted there', async () => {
  const manifest = account('forced');
  await at.applied(manifest);
  await at.eventuallyReady(manifest);
  const seen = await eventsOf('Orphaned');
  expect(seen).toEqual([]);
  // Azure refuses to delete it, and somebody loses patience.
  at.emulator.fault({
    match: { method: 'DELETE', path: '/storageAccounts/forced\\?' },
    times: 100,
    answer: { status: 409, body: { error: { code: 'ScopeLocked', message: 'locked' } } },
  });
  await at.deleted(manifest);
  await at.eventually(manifest, 'ScopeLocked');
  await at.patched(manifest, { metadata: { finalizers: null } });
  await at.gone(manifest);
  await at.until(async () => (await eventsOf('Orphaned')).length === 1, 'an event Orphaned');
  expect((await eventsOf('Orphaned'))[0]).toContain(idOf('forced'));
  expect(at.operator().log()).toContain(`Left in Azure: ${idOf('forced')}`);
  expect(at.emulator.resource(idOf('forced'))).toBeDefined();
  const metrics = await (await fetch(`${at.operator().metricsUrl}/metrics`)).text();
  expect(metrics).toContain('aso_orphaned_resources_total{controller="storage_storageaccount"} 1');
});

it('a manifest copied with its annotations touches nothing of the other object', async () => {
  await at.applied(account('mine'));
  await at.eventuallyReady(account('mine'));
  const copy = account('copy', { [`${SERVICE}/resource-id`]: idOf('mine') });
  await at.applied({ ...copy, spec: { ...(copy.spec as JsonObject), azureName: 'copy' } });
  const condition = await at.eventually(copy, 'Failed', 'Error');
  expect(condition.message).toContain("is named 'mine', and the object 'copy'");
  await at.deleted(copy);
  await at.gone(copy);
  expect(at.emulator.resource(idOf('mine'))).toBeDefined();
  expect(sent('PUT', idOf('mine'))).toBe(1);
});

it('a protected object is not deleted, by admission, and by the operator where admission is not there', async () => {
  const manifest = account('kept', { [`${SERVICE}/protect`]: 'true' });
  await at.applied(manifest);
  await at.eventuallyReady(manifest);
  await at.deleted(manifest);
  expect((await metadataOf(manifest)).deletionTimestamp).toBeUndefined();
  const policy = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/azureserviceoperator-policy';
  const binding = await at.cluster.kube.send({ verb: 'GET', path: policy }, NEVER);
  await at.cluster.kube.send({ verb: 'DELETE', path: policy }, NEVER);
  await at.until(async () => {
    await at.deleted(manifest);
    return (await metadataOf(manifest)).deletionTimestamp !== undefined;
  }, 'the API server to forget the policy');
  const condition = await at.eventually(manifest, 'Protected', 'Warning');
  expect(condition.message).toContain('Take the annotation off');
  expect(sent('DELETE', idOf('kept'))).toBe(0);
  await at.patched(manifest, { metadata: { annotations: { [`${SERVICE}/protect`]: null } } });
  await at.gone(manifest);
  expect(at.emulator.resource(idOf('kept'))).toBeUndefined();
  const { uid: _uid, resourceVersion: _version, ...metadata } = (binding.body as JsonObject).metadata as JsonObject;
  await at.cluster.kube.send(
    {
      verb: 'POST',
      path: policy.slice(0, policy.lastIndexOf('/')),
      body: { ...(binding.body as JsonObject), metadata },
    },
    NEVER,
  );
});

it('a namespace that ends takes its resources with it, though its credential goes at the same moment', async () => {
  const path = '/api/v1/namespaces/ending';
  const { send } = at.cluster.kube;
  const made = async (below: string, body: JsonObject): Promise<void> => {
    const answer = await apply(at.cluster.kube, `${below}/${(body.metadata as JsonObject).name}`, body);
    if (answer.status >= 300) throw new Error(messageOf(answer));
  };
  const collections = {
    groups: '/apis/resources.azure.com/v1api20200601/namespaces/ending/resourcegroups',
    accounts: '/apis/storage.azure.com/v20250601/namespaces/ending/storageaccounts',
  };
  await made('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ending' } });
  const [client] = DEFAULTS.clients;
  await made(`${path}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'aso-credential' },
    stringData: {
      AZURE_SUBSCRIPTION_ID: ENDING,
      AZURE_TENANT_ID: DEFAULTS.tenantId,
      AZURE_CLIENT_ID: client?.clientId ?? '',
      AZURE_CLIENT_SECRET: client?.clientSecret ?? '',
    },
  });
  await made(collections.groups, group('rg'));
  const exporting = account('ending0');
  const operatorSpec = { secrets: { key1: { name: 'exported', key: 'key1' } } };
  await made(collections.accounts, { ...exporting, spec: { ...(exporting.spec as JsonObject), operatorSpec } });
  await made(collections.accounts, account('ending1'));
  const ofEnding = (): readonly string[] => at.emulator.resources().filter((id) => id.includes(ENDING));
  const left = async (): Promise<number> => {
    const lists = await Promise.all(Object.values(collections).map((list) => send({ verb: 'GET', path: list }, NEVER)));
    return lists.flatMap(({ body }) => (isObject(body) && Array.isArray(body.items) ? body.items : [])).length;
  };
  await at.until(() => ofEnding().length === 3, 'all to be in Azure');
  await at.until(
    async () => (await send({ verb: 'GET', path: `${path}/secrets/exported` }, NEVER)).status === 200,
    'the key to be exported',
  );
  // An operation that runs meanwhile.
  await made(collections.accounts, account('ending2'));
  await at.until(() => ofEnding().length === 4, 'another to be begun');

  // What the namespace's controller does, which is not there.
  await send({ verb: 'DELETE', path }, NEVER);
  await Promise.all(
    [`${path}/secrets`, `${path}/configmaps`, ...Object.values(collections)].map((each) =>
      send({ verb: 'DELETE', path: each }, NEVER),
    ),
  );
  const forbidden = await send(
    { verb: 'POST', path: `${path}/configmaps`, body: { metadata: { name: 'late' } } },
    NEVER,
  );
  expect(messageOf(forbidden)).toContain('is being terminated');
  await at.until(async () => (await left()) === 0, 'all finalizers to go');
  expect(ofEnding()).toEqual([]);
});

it('two operators with namespaces of their own: each object has one, the other says so and keeps off', async () => {
  second = await startOperator({
    kubeconfigPath: at.cluster.plane.kubeconfigPath,
    endpoint: at.emulator.endpoint,
    caPem: at.emulator.caPem,
    subscriptionId: at.emulator.settings.subscriptionIds[0] ?? '',
    env: { POD_NAMESPACE: 'second-operator' },
  });
  const shared = Array.from({ length: 6 }, (_, index) => account(`shared${index}`));
  for (const manifest of shared) await at.applied(manifest);
  await at.eventuallyReady(...shared);
  for (const manifest of shared) expect(sent('PUT', idOf(manifest.metadata.name))).toBe(1);
  const first = (await metadataOf(account('orphan'))).annotations as JsonObject;
  expect(first[`${SERVICE}/operator-namespace`]).toBe(OPERATOR_NAMESPACE);
  await at.until(async () => (await eventsOf('Overlap')).length > 0, 'an event Overlap');
  for (const manifest of shared) await at.deleted(manifest);
  await at.gone(...shared);
  for (const manifest of shared) expect(sent('DELETE', idOf(manifest.metadata.name))).toBe(1);
  // None of all that were let go was told as left behind.
  expect(await eventsOf('Orphaned')).toHaveLength(1);
});
