// npm run bench -- [--n 1000] [--latency 0,50] [--against FILE]: N resource groups and N storage accounts against the emulator; with
// --against each run is repeated with that build of the operator (a dist/main.js of another revision). JSON on stdout.

import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Command } from 'commander';
import { startEmulator } from '../src/emulator/server.ts';
import { refusalOf } from '../src/kube/refusal.ts';
import { isObject, type JsonObject } from '../src/values/json.ts';
import { cancelled } from './cancel.ts';
import {
  apply,
  type Cluster,
  inParallel,
  OPERATOR_NAMESPACE,
  type OperatorProcess,
  startCluster,
  startOperator,
  until,
} from './platform.ts';
import { installCrds, projectCrds } from './prepare.ts';
import { runTool, several, type ToolCall, wholeNumber } from './tool.ts';

const NAMESPACE = 'bench';
const DEADLINE_MS = 15 * 60_000;
const RESTART_WATCH_MS = 10_000;
const GROUPS = '/apis/resources.azure.com/v1api20200601/namespaces/bench/resourcegroups';
const ACCOUNTS = '/apis/storage.azure.com/v20250601/namespaces/bench/storageaccounts';

const say = (line: string): void => console.error(line);
const signal = cancelled();

function memoryOf(operator: OperatorProcess): {
  readonly nowMb: number;
  readonly peakMb: number;
  readonly cpuSeconds: number;
} {
  const status = readFileSync(`/proc/${operator.process.pid}/status`, 'utf8');
  const kb = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  const stat = readFileSync(`/proc/${operator.process.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  // Fields 14 and 15 of proc(5), in ticks of 1/100 s.
  return {
    nowMb: Math.round(kb('VmRSS') / 1024),
    peakMb: Math.round(kb('VmHWM') / 1024),
    cpuSeconds: (Number(stat[11]) + Number(stat[12])) / 100,
  };
}

/** Requests of the operator to the API server by verb, from its own metrics. */
async function kubeRequests(operator: OperatorProcess): Promise<Readonly<Record<string, number>>> {
  const text = await (await fetch(`${operator.metricsUrl}/metrics`)).text();
  const counts: Record<string, number> = {};
  for (const [, verb = '', count = '0'] of text.matchAll(
    /^aso_kubernetes_requests_total\{verb="(\w+)",code="\d+"\} (\d+)/gm,
  ))
    counts[verb] = (counts[verb] ?? 0) + Number(count);
  return counts;
}

async function readyCount(cluster: Cluster, path: string): Promise<number> {
  const answer = await cluster.kube.send({ verb: 'GET', path }, signal);
  const items = isObject(answer.body) && Array.isArray(answer.body.items) ? answer.body.items.filter(isObject) : [];
  return items.filter((item) => {
    const conditions =
      isObject(item.status) && Array.isArray(item.status.conditions) ? item.status.conditions.filter(isObject) : [];
    return conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  }).length;
}

async function itemCount(cluster: Cluster, path: string): Promise<number> {
  const answer = await cluster.kube.send({ verb: 'GET', path }, signal);
  return isObject(answer.body) && Array.isArray(answer.body.items) ? answer.body.items.length : Number.NaN;
}

const seconds = (since: number): number => Math.round((performance.now() - since) / 100) / 10;

function minus(
  after: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
  resources: number,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.keys(after).map((verb) => [
      verb,
      Math.round((((after[verb] ?? 0) - (before[verb] ?? 0)) / resources) * 100) / 100,
    ]),
  );
}

interface Run {
  readonly n: number;
  readonly latencyMs: number;
  readonly bundle?: string;
}

async function measure(cluster: Cluster, run: Run): Promise<JsonObject> {
  const { n, latencyMs } = run;
  const emulator = await startEmulator({ latencyMs, limits: 'off', operationMs: 100 });
  let operator: OperatorProcess | undefined;
  try {
    const start = (): Promise<OperatorProcess> =>
      startOperator({
        kubeconfigPath: cluster.plane.kubeconfigPath,
        endpoint: emulator.endpoint,
        caPem: emulator.caPem,
        subscriptionId: emulator.settings.subscriptionIds[0] ?? '',
        ...(run.bundle === undefined ? {} : { bundle: run.bundle }),
      });
    operator = await start();
    const idle = memoryOf(operator);
    const kubeBefore = await kubeRequests(operator);
    say(`latency ${latencyMs} ms: applying ${n} groups and ${n} accounts`);
    const begun = performance.now();
    const begunAt = Date.now();
    await create(cluster, n);
    const appliedIn = seconds(begun);
    await until(async () => (await readyCount(cluster, GROUPS)) === n && (await readyCount(cluster, ACCOUNTS)) === n, {
      timeoutMs: DEADLINE_MS,
      everyMs: 500,
      what: () => 'all to be Ready',
      signal,
    });
    const readyIn = seconds(begun);
    const kubeCreate = minus(await kubeRequests(operator), kubeBefore, 2 * n);
    const armCreate = minus(emulator.counts(), {}, 2 * n);
    const polls = emulator.journal().filter((entry) => /\/operation(s|results)\//.test(entry.url)).length;
    const firstRequestMs =
      (emulator.journal().find((entry) => !entry.url.includes('/oauth2/'))?.at ?? begunAt) - begunAt;
    const loaded = memoryOf(operator);
    say(`all Ready after ${readyIn} s; restarting`);
    await operator.stop();
    emulator.forgetJournal();
    const restarted = performance.now();
    operator = await start();
    const readyAgainIn = seconds(restarted);
    await new Promise((resolve) => setTimeout(resolve, RESTART_WATCH_MS));
    const armRestart = emulator.counts();
    const kubeRestart = await kubeRequests(operator);
    const afterRestart = memoryOf(operator);
    say('deleting all');
    const deleting = performance.now();
    for (const path of [ACCOUNTS, GROUPS]) await cluster.kube.send({ verb: 'DELETE', path }, signal);
    await until(async () => (await itemCount(cluster, GROUPS)) === 0 && (await itemCount(cluster, ACCOUNTS)) === 0, {
      timeoutMs: DEADLINE_MS,
      everyMs: 500,
      what: () => 'all to be gone',
      signal,
    });
    return {
      latencyMs,
      build: run.bundle ?? 'this checkout',
      objects: 2 * n,
      secondsToApply: appliedIn,
      secondsToAllReady: readyIn,
      msToFirstArmRequest: firstRequestMs,
      armRequestsPerResource: armCreate,
      armPollsPerResource: Math.round((polls / (2 * n)) * 100) / 100,
      kubeRequestsPerResource: kubeCreate,
      memoryMb: { idle: idle.nowMb, allReady: loaded.nowMb, peak: loaded.peakMb, afterRestart: afterRestart.nowMb },
      cpuSeconds: loaded.cpuSeconds,
      restart: { secondsToReady: readyAgainIn, armRequests: armRestart, kubeRequests: kubeRestart },
      secondsToAllGone: seconds(deleting),
    };
  } finally {
    await operator?.stop();
    await emulator.stop();
  }
}

async function create(cluster: Cluster, n: number): Promise<void> {
  const post = async (path: string, body: JsonObject): Promise<void> => {
    const answer = await cluster.kube.send({ verb: 'POST', path, body }, signal);
    if (answer.status !== 201) throw new Error(refusalOf(answer));
  };
  const indexes = Array.from({ length: n }, (_, index) => index);
  await inParallel(indexes, 8, async (index) => {
    await post(GROUPS, {
      apiVersion: 'resources.azure.com/v1api20200601',
      kind: 'ResourceGroup',
      metadata: { name: `rg-${index}` },
      spec: { location: 'westus2' },
    });
    await post(ACCOUNTS, {
      apiVersion: 'storage.azure.com/v20250601',
      kind: 'StorageAccount',
      metadata: { name: `account${index}` },
      spec: {
        location: 'westus2',
        kind: 'StorageV2',
        sku: { name: 'Standard_LRS' },
        accessTier: 'Hot',
        owner: { name: `rg-${index}` },
      },
    });
  });
}

interface Options {
  readonly n: number;
  readonly latency: readonly number[];
  readonly against?: string;
}

async function main({ options }: ToolCall<Options>): Promise<number> {
  const { n, latency, against } = options;
  const cluster = await startCluster(say, signal);
  const runs: JsonObject[] = [];
  try {
    await installCrds(cluster.kube, projectCrds(new Set(['resources', 'storage'])), say);
    for (const name of [NAMESPACE, OPERATOR_NAMESPACE])
      await apply(cluster.kube, `/api/v1/namespaces/${name}`, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      });
    for (const latencyMs of latency)
      for (const bundle of against === undefined ? [undefined] : [undefined, against])
        runs.push(await measure(cluster, { n, latencyMs, ...(bundle === undefined ? {} : { bundle }) }));
  } finally {
    await cluster.stop();
  }
  console.log(JSON.stringify({ n, cores: cpus().length, node: process.version, runs }, null, 1));
  return 0;
}

await runTool(
  new Command('npm run bench --')
    .description('N resource groups and N storage accounts against the emulator: seconds, requests, memory, as JSON.')
    .option('--n <count>', 'groups, and accounts', wholeNumber(1), 1000)
    .option('--latency <ms,...>', 'a run for each latency of Azure', several(wholeNumber(0)), [0, 50])
    .option('--against <file>', 'repeat each run with another build, a dist/main.js'),
  main,
);
