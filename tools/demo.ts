// npm run demo: the main job on real parts. A real control plane, the emulator as Azure, the operator as a process; a small platform
// is applied, becomes Ready, is edited, drifts, is skipped, detached and deleted. `--keep` leaves all running until Ctrl-C.

import { Command } from 'commander';
import { type Emulator, startEmulator } from '../src/emulator/server.ts';
import { isObject, type Json, type JsonObject } from '../src/values/json.ts';
import { buildOperator } from './build.ts';
import { type Doc, groupOf, pathOf, platformDocs } from './demo/documents.ts';
import { createStage, type Stage } from './demo/stage.ts';
import {
  apply,
  type Cluster,
  messageOf,
  OPERATOR_NAMESPACE,
  type OperatorProcess,
  startCluster,
  startOperator,
  until,
} from './platform.ts';
import { installCrds, installPolicy, projectCrds } from './prepare.ts';
import { runTool, type ToolCall } from './tool.ts';

const NAMESPACE = 'demo';
const DEADLINE_MS = 120_000;
const SYNC_PERIOD = '3s';
/** One table of all kinds, where kubectl's own is one for each. */
const COLUMNS = [
  'KIND:.kind',
  'NAME:.metadata.name',
  'READY:.status.conditions[?(@.type=="Ready")].status',
  'REASON:.status.conditions[?(@.type=="Ready")].reason',
].join(',');

interface Parts {
  readonly stage: Stage;
  readonly cluster: Cluster;
  readonly emulator: Emulator;
  readonly docs: readonly Doc[];
  readonly signal: AbortSignal;
}

async function main({ options, signal }: ToolCall<{ keep?: boolean }>): Promise<number> {
  const stage = createStage();
  const started: (() => Promise<unknown>)[] = [];
  let operator: OperatorProcess | undefined;
  try {
    stage.step('Start a real control plane (kube-apiserver and etcd), the ARM emulator and the operator');
    // Meanwhile; whoever starts the operator waits for it, and hears of its failure.
    buildOperator().catch(() => undefined);
    const cluster = await startCluster((line) => stage.say(line), signal);
    started.push(() => cluster.stop());
    stage.lap('control plane is up');
    // Operations last a little, so that there is something to see.
    const emulator = await startEmulator({ operationMs: 800 });
    started.push(() => emulator.stop());
    stage.lap(`emulator is up at ${emulator.endpoint}`);
    const docs = platformDocs();
    const crds = crdsFor(docs);
    await installCrds(cluster.kube, crds, (line) => stage.say(line));
    await installPolicy(cluster.kube);
    stage.lap(`${crds.length} CRDs are served, those of the kinds in platform.yaml alone`);
    for (const name of [NAMESPACE, OPERATOR_NAMESPACE])
      await apply(cluster.kube, `/api/v1/namespaces/${name}`, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      });
    operator = await startOperator({
      kubeconfigPath: cluster.plane.kubeconfigPath,
      endpoint: emulator.endpoint,
      caPem: emulator.caPem,
      subscriptionId: emulator.settings.subscriptionIds[0] ?? '',
      leaderElection: true,
      signal,
    });
    started.push(async () => operator?.stop());
    stage.lap('operator is ready');
    stage.done();
    const parts: Parts = { stage, cluster, emulator, docs, signal };
    await create(parts);
    await showExports(parts);
    await edit(parts);
    await drift(parts);
    await skip(parts);
    if (options.keep === true) return await keep(parts);
    await detachAndDelete(parts);
    summarize(parts);
    return 0;
  } catch (error) {
    if (signal.aborted) stage.say('stopping what was started');
    else {
      console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}`);
      console.error(operator?.log().split('\n').slice(-15).join('\n'));
    }
    return 1;
  } finally {
    for (const stop of started.reverse()) await stop().catch(() => undefined);
  }
}

/** The shipped CRDs of these documents' kinds. */
function crdsFor(docs: readonly Doc[]): readonly JsonObject[] {
  const kinds = new Set(docs.map((doc) => `${groupOf(doc)}/${doc.kind}`));
  return projectCrds(new Set(docs.map(groupOf))).filter(({ spec }) => {
    if (!isObject(spec) || !isObject(spec.names)) return false;
    return kinds.has(`${String(spec.group).replace(/\.azure\.com$/, '')}/${spec.names.kind}`);
  });
}

async function create({ stage, cluster, docs, signal }: Parts): Promise<void> {
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

async function showExports({ stage, cluster }: Parts): Promise<void> {
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

async function edit(parts: Parts): Promise<void> {
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

async function drift(parts: Parts): Promise<void> {
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

async function skip(parts: Parts): Promise<void> {
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

async function detachAndDelete({ stage, cluster, emulator, docs, signal }: Parts): Promise<void> {
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

function summarize({ stage, emulator, docs }: Parts): void {
  const counts = emulator.counts();
  const polls = emulator.journal().filter((entry) => /\/operation(s|results)\//.test(entry.url)).length;
  stage.summary({
    resources: docs.length,
    'requests to ARM': `${Object.entries(counts)
      .map(([verb, count]) => `${verb} ${count}`)
      .join(', ')} (polls among the GETs: ${polls})`,
  });
}

async function keep({ stage, cluster, emulator, signal }: Parts): Promise<number> {
  console.log(
    `\nAll is left running. In another terminal:\n  export KUBECONFIG=${cluster.plane.kubeconfigPath}\n  ${cluster.plane.kubectl} get azure -n ${NAMESPACE}\n  curl ${emulator.adminUrl}/journal\nCtrl-C stops everything.`,
  );
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  stage.say('stopping');
  return 0;
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

async function put(cluster: Cluster, doc: Doc): Promise<void> {
  const answer = await apply(cluster.kube, pathOf(NAMESPACE, doc), {
    ...doc,
    metadata: { ...doc.metadata, namespace: NAMESPACE },
  });
  if (answer.status >= 300) throw new Error(`${doc.kind} ${doc.metadata.name} was refused: ${messageOf(answer)}`);
}

async function read(cluster: Cluster, path: string): Promise<JsonObject> {
  const answer = await cluster.kube.send({ verb: 'GET', path }, AbortSignal.timeout(10_000));
  if (answer.status !== 200 || !isObject(answer.body)) throw new Error(`GET ${path}: ${messageOf(answer)}`);
  return answer.body;
}

async function patch(cluster: Cluster, doc: Doc, body: JsonObject): Promise<void> {
  const answer = await cluster.kube.send(
    { verb: 'PATCH', path: pathOf(NAMESPACE, doc), contentType: 'application/merge-patch+json', body },
    AbortSignal.timeout(10_000),
  );
  if (answer.status >= 300) throw new Error(`${doc.kind} ${doc.metadata.name}: ${messageOf(answer)}`);
}

async function remove(cluster: Cluster, doc: Doc): Promise<void> {
  await cluster.kube.send({ verb: 'DELETE', path: pathOf(NAMESPACE, doc) }, AbortSignal.timeout(10_000));
}

async function gone(cluster: Cluster, docs: readonly Doc[], signal: AbortSignal): Promise<void> {
  let left = [...docs];
  await until(
    async () => {
      const still: Doc[] = [];
      for (const doc of left)
        if (
          (await cluster.kube.send({ verb: 'GET', path: pathOf(NAMESPACE, doc) }, AbortSignal.timeout(10_000)))
            .status !== 404
        )
          still.push(doc);
      left = still;
      return left.length === 0;
    },
    {
      timeoutMs: DEADLINE_MS,
      what: () => `these to be gone: ${left.map((doc) => `${doc.kind} ${doc.metadata.name}`).join(', ')}`,
      signal,
    },
  );
}

async function readyOf(cluster: Cluster, doc: Doc): Promise<JsonObject> {
  const object = await read(cluster, pathOf(NAMESPACE, doc));
  const status = isObject(object.status) ? object.status : {};
  return (
    (Array.isArray(status.conditions) ? status.conditions : [])
      .filter(isObject)
      .find((condition) => condition.type === 'Ready') ?? {}
  );
}

async function isUpToDate(cluster: Cluster, doc: Doc): Promise<boolean> {
  const object = await read(cluster, pathOf(NAMESPACE, doc));
  const ready = await readyOf(cluster, doc);
  return (
    isObject(object.metadata) && ready.status === 'True' && ready.observedGeneration === object.metadata.generation
  );
}

await runTool(
  new Command('npm run demo --')
    .description('A small platform on real parts: a control plane, the emulator as Azure, and the operator.')
    .option('--keep', 'leave all running at the end, until Ctrl-C'),
  main,
);
