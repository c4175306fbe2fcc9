// Recorded cases against the operator as a process on a real kube-apiserver: several at a time, each with a replay server and a
// namespace of its own. Says of each document whether it became Ready and how its PUTs differ from the recorded ones.

import { loopbackCertificate } from '../src/emulator/listen.ts';
import { type PutFinding, type Replay, startReplay } from '../src/emulator/replay.ts';
import type { Doc } from './demo/documents.ts';
import {
  type Cluster,
  inParallel,
  OPERATOR_NAMESPACE,
  type OperatorProcess,
  startCluster,
  startOperator,
} from './platform.ts';
import { installCrds } from './prepare.ts';
import { isAzure, type RecordedCase, spelledAs } from './recorded-cases.ts';
import { type Crds, crdsFor, lacks, madeAt, schemaOf } from './replay-crds.ts';
import { lateOf, make, makeNamespace, removeAll } from './replay-documents.ts';

/** What became of one document that the recording has a PUT for, or that another cloud than ARM would make. */
export interface DocumentOutcome {
  /** '<case> <Kind> <name>'. */
  readonly document: string;
  /** Its last condition when it did not become Ready. */
  readonly notReady?: string;
  readonly isArmEqual: boolean;
  readonly isWireEqual: boolean;
  /** The first difference for ARM, or that no PUT came. */
  readonly difference?: string;
  /** Where a PUT that is equal for ARM first differs on the wire. */
  readonly wireDifference?: string;
  /** What the operator lacks for this kind: the document cannot become Ready whatever Azure answers. */
  readonly waitsFor?: string;
}

export interface CaseOutcome {
  readonly name: string;
  readonly documents: readonly DocumentOutcome[];
  /** Writes that nobody recorded. */
  readonly unexpected: readonly string[];
  /** What else went wrong: documents that the API server refused, deletions that did not end. */
  readonly troubles: readonly string[];
}

export interface ReplayOptions {
  /** Cases at a time. */
  readonly workers: number;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly onCase?: (outcome: CaseOutcome) => void;
}

const ZEROS = '00000000-0000-0000-0000-000000000000';

interface Stage {
  readonly cluster: Cluster;
  readonly replay: Replay;
  readonly crds: Crds;
}

/** Plays all cases and gives what each came to, in the order in which they ended. */
export async function replayCases(
  cases: readonly RecordedCase[],
  options: ReplayOptions,
): Promise<readonly CaseOutcome[]> {
  const { say } = options;
  const certificate = await loopbackCertificate(Date.now());
  const replays = await Promise.all(
    Array.from({ length: Math.min(options.workers, cases.length) }, () =>
      startReplay({ tenantId: ZEROS, subscriptionIds: [ZEROS] }, certificate),
    ),
  );
  const free = [...replays];
  const cluster = await startCluster(say, options.signal);
  let operator: OperatorProcess | undefined;
  const outcomes: CaseOutcome[] = [];
  try {
    const crds = crdsFor(cases);
    say(`${cases.length} cases need ${crds.size} CRDs`);
    await installCrds(cluster.kube, [...crds.values()], say);
    await makeNamespace(cluster, OPERATOR_NAMESPACE);
    operator = await startOperator({
      kubeconfigPath: cluster.plane.kubeconfigPath,
      endpoint: replays[0]?.endpoint ?? '',
      caPem: certificate.caPem,
      // No credential of its own: an object that is seen before its namespace's Secret must not go to another case's server.
      subscriptionId: '',
      tenantId: ZEROS,
      env: { ALLOW_MULTI_ENV_MANAGEMENT: 'true' },
    });
    await inParallel(cases, replays.length, async (recorded) => {
      const replay = free.pop();
      if (replay === undefined) throw new Error('there are as many replay servers as workers');
      const begun = performance.now();
      const outcome = await runCase({ cluster, replay, crds }, recorded);
      free.push(replay);
      outcomes.push(outcome);
      options.onCase?.(outcome);
      say(`[${outcomes.length}/${cases.length}] ${summaryOf(outcome)}, ${seconds(performance.now() - begun)}`);
    });
  } finally {
    await operator?.stop();
    await cluster.stop();
    await Promise.all(replays.map((replay) => replay.stop()));
  }
  return outcomes;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function summaryOf({ name, documents }: CaseOutcome): string {
  const ready = documents.filter((document) => document.notReady === undefined).length;
  const equal = documents.filter((document) => document.isArmEqual).length;
  return `${name}: ${ready} Ready and ${equal} equal of ${documents.length}`;
}

/** Each case's namespace has a credential of its own, whose cloud is the case's replay server. */
function credentialFor(replay: Replay): Doc {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'aso-credential' },
    stringData: {
      AZURE_SUBSCRIPTION_ID: ZEROS,
      AZURE_TENANT_ID: ZEROS,
      AZURE_CLIENT_ID: replay.client.clientId,
      AZURE_CLIENT_SECRET: replay.client.clientSecret,
      AZURE_AUTHORITY_HOST: replay.endpoint,
      AZURE_RESOURCE_MANAGER_ENDPOINT: replay.endpoint,
      AZURE_RESOURCE_MANAGER_AUDIENCE: replay.endpoint,
      AZURE_GRAPH_ENDPOINT: replay.endpoint,
    },
  };
}

async function runCase(stage: Stage, recorded: RecordedCase): Promise<CaseOutcome> {
  const { cluster, replay, crds } = stage;
  const { name, namespace, secrets = [] } = recorded;
  replay.load(recorded.exchanges);
  await makeNamespace(cluster, namespace);
  const troubles: string[] = [];
  const put = async (doc: Doc): Promise<void> => {
    const refusal = await make(cluster, namespace, doc);
    if (refusal !== undefined) troubles.push(`${nameOf(recorded, doc)}: refused by the API server: ${refusal}`);
  };
  const plain = recorded.manifests.map((manifest) => manifest.doc).filter((doc) => !isAzure(doc));
  const given = secrets.map((secret): Doc => ({ ...secret, apiVersion: 'v1', kind: 'Secret' }));
  for (const doc of [credentialFor(replay), ...given, ...plain]) await put(doc);
  const azure = recorded.manifests
    .filter((manifest) => isAzure(manifest.doc))
    .map(({ doc, expect }) => ({ doc: spelledAs(doc, schemaOf(crds, doc), recorded.resourceGroup), expect }));
  const docs = azure.map(({ doc }) => doc);
  // The group first, as the corpus asks.
  for (const group of docs.slice(0, 1)) {
    await put(group);
    await lateOf(cluster, namespace, [group]);
  }
  await inParallel(docs.slice(1), 4, put);
  const able = docs.filter((doc) => lacks(crds, doc) === undefined);
  const late = await lateOf(cluster, namespace, able);
  const { puts, unexpected } = replay.findings();
  const documents = azure.map((manifest) => ({
    document: nameOf(recorded, manifest.doc),
    ...becameOf(manifest, { crds, puts, notReady: late.get(manifest.doc) }),
  }));
  await removeAll(cluster, namespace, docs).catch((error: unknown) =>
    troubles.push(`${name}: deletion: ${error instanceof Error ? error.message : error}`),
  );
  return { name, documents, unexpected: unexpected.map((url) => `${name}: ${url}`), troubles };
}

interface Played {
  readonly crds: Crds;
  readonly puts: readonly PutFinding[];
  readonly notReady: string | undefined;
}

/** A document against the requests that were made for it. */
function becameOf(
  { doc, expect }: Pick<RecordedCase['manifests'][number], 'doc' | 'expect'>,
  { crds, puts, notReady }: Played,
): Omit<DocumentOutcome, 'document'> {
  const waitsFor = lacks(crds, doc);
  if (waitsFor !== undefined) return { isArmEqual: true, isWireEqual: true, waitsFor };
  const path = madeAt(crds, doc, expect);
  const found = puts.filter((candidate) => candidate.path === path);
  const isEqual = (how: 'isArmEqual' | 'isWireEqual'): boolean =>
    path === undefined || (found.length > 0 && found.every((candidate) => candidate[how]));
  const differing = found.find((candidate) => !candidate.isArmEqual);
  const wireDifference = found.find((candidate) => candidate.isArmEqual && !candidate.isWireEqual)?.difference;
  return {
    isArmEqual: isEqual('isArmEqual'),
    isWireEqual: isEqual('isWireEqual'),
    ...(isEqual('isArmEqual') ? {} : { difference: differing?.difference ?? `no PUT of ${path}` }),
    ...(wireDifference === undefined ? {} : { wireDifference }),
    ...(notReady === undefined ? {} : { notReady }),
  };
}

const nameOf = (recorded: RecordedCase, doc: Doc): string => `${recorded.name} ${doc.kind} ${doc.metadata.name}`;
