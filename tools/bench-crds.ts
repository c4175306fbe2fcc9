// npm run bench:crds -- [--versions all,stable,newest]: what the CRDs cost a real kube-apiserver. JSON on stdout: bytes, seconds until
// discovery names every version and until every kind has answered its first list, and the API server's memory before and after. Each
// choice gets a control plane of its own. Linux only (/proc).

import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { kindName } from '../src/crds/crd.ts';
import { desiredCrd, NO_NEEDS } from '../src/crds/desired.ts';
import { readShelf, takeFrom } from '../src/crds/shelf.ts';
import { VERSION_CHOICES, type VersionChoice } from '../src/crds/versions.ts';
import { isObject, type JsonObject } from '../src/values/json.ts';
import { cancelled } from './cancel.ts';
import { type Cluster, inParallel, startCluster, until } from './platform.ts';
import { applyCrds } from './prepare.ts';
import { oneOf, runTool, several, type ToolCall } from './tool.ts';

/** All groups, versions and resources in one document. Source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery */
const DISCOVERY = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
/** Until the API server has published what changed. */
const SETTLE_MS = 30_000;
const say = (line: string): void => console.error(line);
const signal = cancelled();

/** Every shipped CRD as the operator applies it to an empty cluster. */
export function crdsOf(versions: VersionChoice): readonly JsonObject[] {
  return readShelf('crds').shipped.map((shipped) => {
    const taken = takeFrom(shipped);
    if (typeof taken === 'string') throw new Error(`${kindName}: ${taken}`);
    return desiredCrd(taken, { versions, labels: {} }, NO_NEEDS);
  });
}

/** Applies CRDs to a fresh control plane and gives what they cost it. */
export async function measure(crds: readonly JsonObject[]): Promise<JsonObject> {
  const cluster = await startCluster(() => undefined, signal);
  try {
    const pid = apiServerOf(cluster);
    await sleep(5_000);
    const empty = await memoryOf(cluster, pid);
    const begun = performance.now();
    const since = (): number => Math.round((performance.now() - begun) / 100) / 10;
    await applyCrds(cluster.kube, crds, say);
    await untilDiscovered(cluster, crds);
    const [seconds, served] = [since(), residentMb(pid)];
    await untilAnswered(cluster, crds);
    const secondsUntilListed = since();
    say(`served after ${seconds} s, all listed after ${secondsUntilListed} s; settling`);
    await sleep(SETTLE_MS, undefined, { signal });
    return {
      crds: crds.length,
      versions: crds.reduce((sum, crd) => sum + versionsOf(crd).length, 0),
      megabytes: Math.round(crds.reduce((sum, crd) => sum + Buffer.byteLength(JSON.stringify(crd)), 0) / 10_000) / 100,
      secondsUntilServed: seconds,
      secondsUntilListed,
      apiServerCpuSeconds: cpuSeconds(pid),
      apiServerMb: {
        empty: empty.residentMb,
        served,
        settled: residentMb(pid),
        peak: peakMb(pid),
        heapAfterGc: (await memoryOf(cluster, pid)).heapMb,
      },
    };
  } finally {
    await cluster.stop();
  }
}

function versionsOf(crd: JsonObject): readonly JsonObject[] {
  const versions = isObject(crd.spec) ? crd.spec.versions : undefined;
  return Array.isArray(versions) ? versions.filter(isObject) : [];
}

/** Served is what discovery names: from then on kubectl and every other client takes objects of it. */
async function untilDiscovered(cluster: Cluster, crds: readonly JsonObject[]): Promise<void> {
  const missing = new Set(crds.flatMap(servedOf));
  await until(
    async () => {
      const answer = await cluster.kube.send({ verb: 'GET', path: '/apis', accept: DISCOVERY }, signal);
      for (const resource of discovered(answer.body)) missing.delete(resource);
      return missing.size === 0;
    },
    {
      timeoutMs: 300_000,
      everyMs: 250,
      what: () => `discovery to name ${missing.size} more, such as ${[...missing][0]}`,
      signal,
    },
  );
}

/** '<group>/<version>/<plural>' of each served version. */
function servedOf(crd: JsonObject): readonly string[] {
  const { group, names } = crd.spec as {
    readonly group: string;
    readonly names: { readonly plural: string };
  } & JsonObject;
  return versionsOf(crd)
    .filter((version) => version.served === true)
    .map((version) => `${group}/${String(version.name)}/${names.plural}`);
}

/** The same of an aggregated discovery document. */
function discovered(document: unknown): readonly string[] {
  return listOf(document, 'items').flatMap((group) =>
    listOf(group, 'versions').flatMap((version) =>
      listOf(version, 'resources').map(
        (resource) =>
          `${String((group.metadata as JsonObject).name)}/${String(version.version)}/${String(resource.resource)}`,
      ),
    ),
  );
}

function listOf(holder: unknown, member: string): readonly JsonObject[] {
  const list = isObject(holder) ? holder[member] : undefined;
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** A kind's collection answers its first list, through the version that the operator reads. */
async function untilAnswered(cluster: Cluster, crds: readonly JsonObject[]): Promise<void> {
  await inParallel(crds, 8, async (crd) => {
    // Made by the generator.
    const spec = crd.spec as { readonly group: string; readonly names: { readonly plural: string } } & JsonObject;
    const version =
      versionsOf(crd).find((candidate) => candidate.storage === true && candidate.served === true) ??
      versionsOf(crd)[0];
    const path = `/apis/${spec.group}/${String(version?.name)}/${spec.names.plural}`;
    await until(
      async () => (await cluster.kube.send({ verb: 'GET', path, query: { limit: '1' } }, signal)).status === 200,
      {
        timeoutMs: 300_000,
        what: () => `${path} to be served`,
        signal,
      },
    );
  });
}

function apiServerOf(cluster: Cluster): number {
  const { port } = new URL(cluster.plane.server);
  const found = readdirSync('/proc').find((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    const words = commandOf(entry).split('\0');
    return words[0]?.endsWith('kube-apiserver') === true && words.includes(`--secure-port=${port}`);
  });
  if (found === undefined) throw new Error(`no kube-apiserver listens on port ${port}`);
  return Number(found);
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

const statusMb = (pid: number, field: string): number =>
  Math.round(
    Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
  );
const residentMb = (pid: number): number => statusMb(pid, 'VmRSS');
const peakMb = (pid: number): number => statusMb(pid, 'VmHWM');

/** User and system time so far: fields 14 and 15 of proc(5), in ticks of 1/100 s. Unlike seconds it does not depend on who else is busy. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Math.round((Number(fields[11]) + Number(fields[12])) / 100);
}

/** Resident memory, and what is alive after a collection, by the API server's own profile. */
async function memoryOf(
  cluster: Cluster,
  pid: number,
): Promise<{ readonly residentMb: number; readonly heapMb: number }> {
  const resident = residentMb(pid);
  const stream = await cluster.kube.stream(
    { verb: 'GET', path: '/debug/pprof/heap', query: { gc: '1', debug: '1' } },
    signal,
  );
  let heap = 0;
  for await (const line of stream.lines) heap = Number(/^# HeapAlloc = (\d+)/.exec(line)?.[1] ?? heap);
  return { residentMb: resident, heapMb: Math.round(heap / 2 ** 20) };
}

async function main({ options }: ToolCall<{ readonly versions: readonly VersionChoice[] }>): Promise<number> {
  const results: Record<string, JsonObject> = {};
  for (const choice of options.versions) {
    say(`crdVersions: ${choice}`);
    results[choice] = await measure(crdsOf(choice));
  }
  console.log(JSON.stringify({ cores: cpus().length, results }, null, 1));
  return 0;
}

if (import.meta.main)
  await runTool(
    new Command('npm run bench:crds --')
      .description('What the CRDs cost a kube-apiserver: bytes, seconds, memory, as JSON.')
      .option('--versions <which,...>', 'a run for each of these', several(oneOf(VERSION_CHOICES)), VERSION_CHOICES),
    main,
  );
