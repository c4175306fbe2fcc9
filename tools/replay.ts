// npm run replay -- [--group G,...] PATH...: replays recorded cases (files or folders of them) against a real kube-apiserver and the
// operator as a process. One line for each document that differs, and a JSON summary last.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { type Replay, startReplay } from '../src/emulator/replay.ts';
import type { RecordedExchange } from '../src/emulator/replay-matching.ts';
import { pluralOf } from '../src/generate/naming.ts';
import { isObject, type JsonObject } from '../src/values/json.ts';
import { exitWhenCancelled } from './cancel.ts';
import {
  apply,
  type Cluster,
  inParallel,
  installCrds,
  messageOf,
  OPERATOR_NAMESPACE,
  type OperatorProcess,
  projectCrds,
  startCluster,
  startOperator,
  until,
} from './platform.ts';

interface Doc extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject & { readonly name: string };
}

interface ReplayCase {
  readonly name: string;
  readonly namespace: string;
  readonly secrets?: readonly Doc[];
  readonly manifests: readonly {
    readonly role: string;
    readonly doc: Doc;
    readonly armId?: string;
    readonly expect: { readonly url: string } | null;
  }[];
  readonly exchanges: readonly RecordedExchange[];
}

const ZEROS = '00000000-0000-0000-0000-000000000000';
const READY_MS = 120_000;
const FOREVER = new AbortController().signal;

/** What one case came to. */
interface Outcome {
  readonly documents: number;
  readonly wireEqual: number;
  readonly armEqual: number;
  readonly notReady: readonly string[];
  readonly unexpected: readonly string[];
  readonly lines: readonly string[];
}

function casesAt(path: string): readonly string[] {
  return statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => join(path, name))
    : [path];
}

const isAzure = (doc: Doc): boolean => doc.apiVersion.includes('.azure.com/');
const groupOf = (doc: Doc): string => doc.apiVersion.replace(/\.azure\.com\/.*$/, '');

function pathOf(namespace: string, doc: Doc): string {
  const root = doc.apiVersion.includes('/') ? `/apis/${doc.apiVersion}` : `/api/${doc.apiVersion}`;
  return `${root}/namespaces/${namespace}/${pluralOf(doc.kind)}/${doc.metadata.name}`;
}

async function readyState(cluster: Cluster, namespace: string, doc: Doc): Promise<string | undefined> {
  const answer = await cluster.kube.send({ verb: 'GET', path: pathOf(namespace, doc) }, FOREVER);
  const status = isObject(answer.body) && isObject(answer.body.status) ? answer.body.status : {};
  const ready = (Array.isArray(status.conditions) ? status.conditions : [])
    .filter(isObject)
    .find((condition) => condition.type === 'Ready');
  if (ready?.status === 'True') return undefined;
  return ready === undefined ? 'has no condition yet' : `${ready.severity} ${ready.reason}: ${ready.message}`;
}

async function allReady(cluster: Cluster, namespace: string, docs: readonly Doc[]): Promise<ReadonlyMap<Doc, string>> {
  const waiting = new Map(docs.map((doc) => [doc, 'not looked at yet']));
  await until(
    async () => {
      for (const doc of [...waiting.keys()]) {
        const state = await readyState(cluster, namespace, doc);
        if (state === undefined) waiting.delete(doc);
        else waiting.set(doc, state);
      }
      return waiting.size === 0;
    },
    { timeoutMs: READY_MS, what: () => 'documents to be Ready', everyMs: 200 },
  ).catch(() => undefined);
  return waiting;
}

async function runCase(cluster: Cluster, replay: Replay, replayed: ReplayCase): Promise<Outcome> {
  replay.load(replayed.exchanges);
  const { namespace } = replayed;
  await apply(cluster.kube, `/api/v1/namespaces/${namespace}`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  const lines: string[] = [];
  const put = async (doc: Doc): Promise<void> => {
    // Created, not applied: unknown members are pruned with a warning, as they are for kubectl create.
    const path = pathOf(namespace, doc);
    const body = { ...doc, metadata: { ...doc.metadata, namespace } };
    const answer = await cluster.kube.send({ verb: 'POST', path: path.slice(0, path.lastIndexOf('/')), body }, FOREVER);
    if (answer.status >= 300)
      lines.push(
        `${replayed.name} ${doc.kind} ${doc.metadata.name}: refused by the API server: ${messageOf(answer).slice(0, 300)}`,
      );
  };
  for (const secret of replayed.secrets ?? []) await put({ ...secret, apiVersion: 'v1', kind: 'Secret' });
  const docs = replayed.manifests.map((manifest) => manifest.doc);
  const [group, ...others] = docs;
  if (group !== undefined) {
    await put(group);
    await allReady(cluster, namespace, [group]);
  }
  await inParallel(
    others.filter((doc) => !isAzure(doc)),
    4,
    put,
  );
  await inParallel(others.filter(isAzure), 4, put);
  const expected = replayed.manifests.filter((manifest) => manifest.expect !== null);
  const late = await allReady(
    cluster,
    namespace,
    expected.map((manifest) => manifest.doc),
  );
  const { puts, unexpected } = replay.findings();
  let wireEqual = 0;
  let armEqual = 0;
  for (const { doc, expect } of expected) {
    const path = decodeURIComponent(expect?.url.split('?')[0] ?? '').toLowerCase();
    const found = puts.filter((candidate) => candidate.path === path);
    const [first] = found;
    if (found.length > 0 && found.every((candidate) => candidate.isWireEqual)) wireEqual += 1;
    if (found.length > 0 && found.every((candidate) => candidate.isArmEqual)) armEqual += 1;
    else
      lines.push(
        `${replayed.name} ${doc.kind} ${doc.metadata.name}: ${first === undefined ? `no PUT of ${path}` : found.find((candidate) => !candidate.isArmEqual)?.difference}`,
      );
    const state = late.get(doc);
    if (state !== undefined) lines.push(`${replayed.name} ${doc.kind} ${doc.metadata.name}: not Ready: ${state}`);
  }
  for (const request of unexpected) lines.push(`${replayed.name}: unexpected ${request}`);
  await removeAll(cluster, namespace, docs.filter(isAzure)).catch((error: unknown) =>
    lines.push(`${replayed.name}: deletion: ${error instanceof Error ? error.message : error}`),
  );
  return {
    documents: expected.length,
    wireEqual,
    armEqual,
    notReady: [...late.keys()].map((doc) => `${replayed.name}/${doc.kind}/${doc.metadata.name}`),
    unexpected,
    lines,
  };
}

/** The group first, then the rest, as the corpus asks. */
async function removeAll(cluster: Cluster, namespace: string, docs: readonly Doc[]): Promise<void> {
  const gone = async (these: readonly Doc[]): Promise<void> => {
    for (const doc of these) await cluster.kube.send({ verb: 'DELETE', path: pathOf(namespace, doc) }, FOREVER);
    let left = [...these];
    await until(
      async () => {
        const still: Doc[] = [];
        for (const doc of left)
          if ((await cluster.kube.send({ verb: 'GET', path: pathOf(namespace, doc) }, FOREVER)).status !== 404)
            still.push(doc);
        left = still;
        return left.length === 0;
      },
      {
        timeoutMs: 60_000,
        what: () => `${left.map((doc) => `${doc.kind} ${doc.metadata.name}`).join(', ')} to be gone`,
        everyMs: 200,
      },
    );
  };
  await gone(docs.slice(0, 1));
  await gone(docs.slice(1));
}

async function main(): Promise<number> {
  const command = new Command('replay')
    .option('--group <names>', 'only cases of these groups, comma-separated')
    .argument('<paths...>', 'cases or folders of cases')
    .parse();
  const groups = command.opts<{ group?: string }>().group?.split(',');
  const cases = command.args
    .flatMap(casesAt)
    .map((path) => JSON.parse(readFileSync(path, 'utf8')) as ReplayCase & { readonly group: string })
    .filter((replayed) => groups === undefined || groups.includes(replayed.group.split('/')[0] ?? ''));
  const say = (line: string): void => console.error(line);
  const needed = new Set(
    cases.flatMap((replayed) =>
      replayed.manifests
        .map((manifest) => manifest.doc)
        .filter(isAzure)
        .map(groupOf),
    ),
  );
  const replay = await startReplay({ tenantId: ZEROS, subscriptionIds: [ZEROS] });
  const cluster = await startCluster(say);
  let operator: OperatorProcess | undefined;
  const outcomes: Outcome[] = [];
  try {
    await installCrds(cluster.kube, projectCrds(needed), say);
    await apply(cluster.kube, `/api/v1/namespaces/${OPERATOR_NAMESPACE}`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: OPERATOR_NAMESPACE },
    });
    operator = await startOperator({
      kubeconfigPath: cluster.plane.kubeconfigPath,
      endpoint: replay.endpoint,
      caPem: replay.caPem,
      subscriptionId: ZEROS,
      tenantId: ZEROS,
    });
    for (const [index, replayed] of cases.entries()) {
      const begun = performance.now();
      const outcome = await runCase(cluster, replay, replayed);
      outcomes.push(outcome);
      for (const line of outcome.lines) console.log(line);
      say(
        `[${index + 1}/${cases.length}] ${replayed.name}: ${outcome.armEqual}/${outcome.documents} equal, ${outcome.notReady.length} not Ready, ${((performance.now() - begun) / 1000).toFixed(1)} s`,
      );
    }
  } finally {
    await operator?.stop();
    await cluster.stop();
    await replay.stop();
  }
  const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const summary = {
    cases: cases.length,
    documents: sum((outcome) => outcome.documents),
    wireEqual: sum((outcome) => outcome.wireEqual),
    armEqual: sum((outcome) => outcome.armEqual),
    notReady: outcomes.flatMap((outcome) => outcome.notReady),
    unexpected: outcomes.flatMap((outcome) => outcome.unexpected),
  };
  console.log(JSON.stringify(summary));
  return summary.armEqual === summary.documents && summary.notReady.length === 0 && summary.unexpected.length === 0
    ? 0
    : 1;
}

exitWhenCancelled();
process.exitCode = await main();
