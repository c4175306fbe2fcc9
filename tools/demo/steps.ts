// The steps of the demo, in the order in which they are played. Each says what it does, waits for what it promises, and throws when that
// does not come.

import type { Emulator } from '../../src/emulator/server.ts';
import { isObject, type Json } from '../../src/values/json.ts';
import { apply, type Cluster, until } from '../platform.ts';
import type { Doc } from './documents.ts';
import { DEADLINE_MS, gone, isUpToDate, NAMESPACE, patch, put, read, readyOf, remove } from './objects.ts';
import type { Stage } from './stage.ts';

const SYNC_PERIOD = '3s';
/** One table of all kinds, where kubectl's own is one for each. */
const COLUMNS = [
  'KIND:.kind',
  'NAME:.metadata.name',
  'READY:.status.conditions[?(@.type=="Ready")].status',
  'REASON:.status.conditions[?(@.type=="Ready")].reason',
].join(',');

export interface Parts {
  readonly stage: Stage;
  readonly cluster: Cluster;
  readonly emulator: Emulator;
  readonly docs: readonly Doc[];
  readonly signal: AbortSignal;
}

export async function create({ stage, cluster, docs, signal }: Parts): Promise<void> {
  stage.step(
    `Apply ${docs.length} manifests written for Azure Service Operator v2, all at once`,
    'kubectl apply -f platform.yaml',
  );
  await apply(cluster.kube, `/api/v1/namespaces/${NAMESPACE}/secrets/demo-postgres-admin`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'demo-postgres-admin' },
    stringData: { password: crypto.randomUUID() },
  });
  for (const doc of docs) await put(cluster, doc);
  const bar = stage.bar(docs.length);
  const ready = new Set<Doc>();
  await until(
    async () => {
      for (const doc of docs) {
        if (ready.has(doc) || (await readyOf(cluster, doc)).status !== 'True') continue;
        ready.add(doc);
        bar.tick(`${doc.kind} ${doc.metadata.name} is Ready`);
      }
      return ready.size === docs.length;
    },
    {
      timeoutMs: DEADLINE_MS,
      what: () =>
        'these to be Ready: '.concat(
          docs
            .filter((doc) => !ready.has(doc))
            .map((doc) => `${doc.kind} ${doc.metadata.name}`)
            .join(', '),
        ),
      signal,
    },
  );
  stage.say(await stage.kubectl(cluster.plane, ['get', 'azure', '-n', NAMESPACE, '-o', `custom-columns=${COLUMNS}`]));
  stage.done();
}

export async function showExports({ stage, cluster }: Parts): Promise<void> {
  stage.step(
    'The operator exported what the manifests ask for (keys shown, never values)',
    'kubectl get secret,configmap -o yaml',
  );
  for (const [plural, name] of [
    ['secrets', 'demo-storage'],
    ['configmaps', 'demo-identity'],
    ['configmaps', 'demo-aks'],
  ] as const) {
    const answer = await read(cluster, `/api/v1/namespaces/${NAMESPACE}/${plural}/${name}`);
    stage.say(`${plural.slice(0, -1)} ${name}: ${Object.keys(isObject(answer.data) ? answer.data : {}).join(', ')}`);
  }
  stage.done();
}

export async function edit(parts: Parts): Promise<void> {
  const { stage, cluster, signal } = parts;
  stage.step(
    'An edit goes through',
    'kubectl patch storageaccount demostorageaccount --type merge -p \'{"spec":{"accessTier":"Cool"}}\'',
  );
  await patch(cluster, storage(parts), { spec: { accessTier: 'Cool' } });
  await until(() => azureTier(parts) === 'Cool', {
    timeoutMs: DEADLINE_MS,
    what: () => 'Azure to have the edit',
    signal,
  });
  stage.say(`Azure now has accessTier ${azureTier(parts)}`);
  stage.done();
}

export async function drift(parts: Parts): Promise<void> {
  const { stage, cluster, emulator, signal } = parts;
  stage.step(
    `Somebody changes the account in the portal; with a sync period of ${SYNC_PERIOD} for this object the operator puts it right`,
    `kubectl annotate storageaccount demostorageaccount serviceoperator.azure.com/sync-period=${SYNC_PERIOD}`,
  );
  emulator.edit(storageId(parts), { properties: { accessTier: 'Hot' } });
  stage.say(`behind the operator's back: accessTier ${azureTier(parts)}`);
  await patch(cluster, storage(parts), {
    metadata: { annotations: { 'serviceoperator.azure.com/sync-period': SYNC_PERIOD } },
  });
  await until(() => azureTier(parts) === 'Cool', {
    timeoutMs: DEADLINE_MS,
    what: () => 'the drift to be corrected',
    signal,
  });
  stage.say(`corrected at the next sync: accessTier ${azureTier(parts)}`);
  await patch(cluster, storage(parts), {
    metadata: { annotations: { 'serviceoperator.azure.com/sync-period': null } },
  });
  stage.done();
}

export async function skip(parts: Parts): Promise<void> {
  const { stage, cluster, signal } = parts;
  stage.step(
    'reconcile-policy skip: edits wait',
    'kubectl annotate storageaccount demostorageaccount serviceoperator.azure.com/reconcile-policy=skip',
  );
  await patch(cluster, storage(parts), {
    metadata: { annotations: { 'serviceoperator.azure.com/reconcile-policy': 'skip' } },
  });
  await patch(cluster, storage(parts), { spec: { accessTier: 'Hot' } });
  await until(async () => await isUpToDate(cluster, storage(parts)), {
    timeoutMs: DEADLINE_MS,
    what: () => 'the skipped edit to be looked at',
    signal,
  });
  stage.say(`the object wants Hot, Azure still has ${azureTier(parts)}`);
  if (azureTier(parts) !== 'Cool') throw new Error('an edit went to Azure although the policy is skip');
  await patch(cluster, storage(parts), {
    metadata: { annotations: { 'serviceoperator.azure.com/reconcile-policy': null } },
  });
  await until(() => azureTier(parts) === 'Hot', {
    timeoutMs: DEADLINE_MS,
    what: () => 'the edit to go through after skip was taken off',
    signal,
  });
  stage.say(`skip taken off: Azure has ${azureTier(parts)}`);
  stage.done();
}

export async function detachAndDelete({ stage, cluster, emulator, docs, signal }: Parts): Promise<void> {
  const vault = docs.find((doc) => doc.kind === 'Vault');
  if (vault === undefined) throw new Error('the demo platform has no Vault');
  stage.step(
    'reconcile-policy detach-on-delete: the object goes, the resource stays',
    'kubectl annotate vault demo-vault serviceoperator.azure.com/reconcile-policy=detach-on-delete && kubectl delete vault demo-vault',
  );
  await patch(cluster, vault, {
    metadata: { annotations: { 'serviceoperator.azure.com/reconcile-policy': 'detach-on-delete' } },
  });
  await remove(cluster, vault);
  await gone(cluster, [vault], signal);
  if (!emulator.resources().some((id) => id.toLowerCase().includes('/vaults/')))
    throw new Error('the vault is gone from Azure although its policy is detach-on-delete');
  stage.say('the Vault object is gone, the vault is still in Azure');
  stage.done();

  const others = docs.filter((doc) => doc !== vault && doc.kind !== 'ResourceGroup');
  const group = docs.filter((doc) => doc.kind === 'ResourceGroup');
  stage.step(
    'Delete everything: each object waits until Azure is done, the resource group last',
    'kubectl delete -f platform.yaml',
  );
  for (const doc of others) await remove(cluster, doc);
  await gone(cluster, others, signal);
  stage.say(
    `${others.length} objects are gone; in Azure are left: ${emulator
      .resources()
      .map((id) => id.split('/').slice(-2).join('/'))
      .join(', ')}`,
  );
  for (const doc of group) await remove(cluster, doc);
  await gone(cluster, group, signal);
  if (emulator.resources().length > 0) throw new Error(`Azure still has ${emulator.resources().join(', ')}`);
  stage.say('the resource group is gone, and with it all that was in it');
  stage.done();
}

function storage({ docs }: Parts): Doc {
  const found = docs.find((doc) => doc.kind === 'StorageAccount');
  if (found === undefined) throw new Error('the demo platform has no StorageAccount');
  return found;
}

function storageId(parts: Parts): string {
  return parts.emulator.resources().find((id) => /\/storageAccounts\/[^/]+$/i.test(id)) ?? '';
}

function azureTier(parts: Parts): Json | undefined {
  const properties = parts.emulator.resource(storageId(parts))?.properties;
  return isObject(properties) ? properties.accessTier : undefined;
}
