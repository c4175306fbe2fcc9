// Whose an object is, and what becomes of it when others write on it: replacing tools, a second operator, forgers, a namespace that ends.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULTS } from '../../src/emulator/settings.ts';
import { refusalOf } from '../../src/kube/refusal.ts';
import { readyOf } from '../../src/reconcile/conditions.ts';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import { apply, OPERATOR_NAMESPACE, type OperatorProcess, startOperator } from '../../tools/platform.ts';
import { account as anAccount, group } from '../support/manifests.ts';
import { type Manifest, type World, world } from '../support/world.ts';

const SERVICE = 'serviceoperator.azure.com';
/** A subscription beside the operator's own. */
const OWN_SUBSCRIPTION = '00000000-0000-0000-0000-00000000e4d0';
const NEVER = new AbortController().signal;

let at: World;
let second: OperatorProcess | undefined;
beforeAll(async () => {
  at = await world({
    groups: ['resources', 'storage'],
    emulator: { subscriptionIds: [...DEFAULTS.subscriptionIds, OWN_SUBSCRIPTION] },
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

/** The credential of a namespace that has a subscription of its own. */
const CREDENTIAL: JsonObject = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'aso-credential' },
  stringData: {
    AZURE_SUBSCRIPTION_ID: OWN_SUBSCRIPTION,
    AZURE_TENANT_ID: DEFAULTS.tenantId,
    AZURE_CLIENT_ID: DEFAULTS.clients[0]?.clientId ?? '',
    AZURE_CLIENT_SECRET: DEFAULTS.clients[0]?.clientSecret ?? '',
  },
};

/** Applies something below a collection of any namespace. */
async function made(collection: string, body: JsonObject): Promise<void> {
  const answer = await apply(at.cluster.kube, `${collection}/${(body.metadata as JsonObject).name}`, body);
  if (answer.status >= 300) throw new Error(refusalOf(answer));
}

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
    if (answer.status !== 200) throw new Error(refusalOf(answer));
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
  expect(at.operator().log()).toContain(`May be left in Azure: ${idOf('forced')}`);
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

it('of two objects that claim one id at one moment one alone is sent', async () => {
  const pairs = Array.from({ length: 12 }, (_, index) =>
    ['a', 'b'].map((twin) => {
      const manifest = account(`twin${index}${twin}`);
      return { ...manifest, spec: { ...(manifest.spec as JsonObject), azureName: `twin${index}` } };
    }),
  );
  await Promise.all(pairs.flat().map((manifest) => at.applied(manifest)));
  const reasonOf = async (manifest: Manifest): Promise<string | undefined> => {
    const { status } = (await at.object(manifest)) ?? {};
    return readyOf(isObject(status) ? status : undefined)?.reason;
  };
  const reasons = (): Promise<readonly string[]> =>
    Promise.all(pairs.map(async (pair) => (await Promise.all(pair.map(reasonOf))).sort().join(' ')));
  await at.until(
    async () => (await reasons()).every((pair) => pair === 'ReconciliationBlocked Succeeded'),
    'one of each pair to be Ready, and one to wait',
  );
  expect(pairs.map((_, index) => sent('PUT', idOf(`twin${index}`)))).toEqual(pairs.map(() => 1));
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

it('what is applied just before an object holds for its first pass: the policy of its namespace, and the credential', async () => {
  const rounds = Array.from({ length: 10 }, (_, round) => round);
  const groupAt = (namespace: string): string =>
    `/apis/resources.azure.com/v1api20200601/namespaces/${namespace}/resourcegroups`;
  for (const round of rounds) {
    const annotations = { [`${SERVICE}/reconcile-policy`]: 'skip' };
    for (const [name, metadata] of [
      [`paused${round}`, { annotations }],
      [`own${round}`, {}],
    ] as const)
      await made('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...metadata } });
    await made(groupAt(`paused${round}`), group(`paused${round}`));
    await made(`/api/v1/namespaces/own${round}/secrets`, CREDENTIAL);
    await made(groupAt(`own${round}`), group(`own${round}`));
  }
  const places = (): readonly string[] =>
    at.emulator
      .resources()
      .filter((id) => /\/(paused|own)\d$/.test(id))
      .toSorted();
  const status = async (name: string): Promise<string> => {
    const answer = await at.cluster.kube.send({ verb: 'GET', path: `${groupAt(name)}/${name}` }, NEVER);
    return JSON.stringify(isObject(answer.body) ? answer.body.status : {});
  };
  await at.until(async () => {
    const paused = await Promise.all(rounds.map((round) => status(`paused${round}`)));
    return places().length === rounds.length && paused.every((each) => each.includes('AzureResourceNotFound'));
  }, 'all to have been looked at');
  expect(places()).toEqual(rounds.map((round) => `/subscriptions/${OWN_SUBSCRIPTION}/resourceGroups/own${round}`));
});

it('a namespace that ends takes its resources with it, though its credential goes at the same moment', async () => {
  const path = '/api/v1/namespaces/ending';
  const { send } = at.cluster.kube;
  const collections = {
    groups: '/apis/resources.azure.com/v1api20200601/namespaces/ending/resourcegroups',
    accounts: '/apis/storage.azure.com/v20250601/namespaces/ending/storageaccounts',
  };
  await made('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ending' } });
  await made(`${path}/secrets`, CREDENTIAL);
  await made(collections.groups, group('rg'));
  const exporting = account('ending0');
  const operatorSpec = { secrets: { key1: { name: 'exported', key: 'key1' } } };
  await made(collections.accounts, { ...exporting, spec: { ...(exporting.spec as JsonObject), operatorSpec } });
  await made(collections.accounts, account('ending1'));
  const ofEnding = (): readonly string[] =>
    at.emulator.resources().filter((id) => id.includes(`${OWN_SUBSCRIPTION}/resourceGroups/rg`));
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
  expect(refusalOf(forbidden)).toContain('is being terminated');
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
