// Recorded cases against the operator as a process on a real kube-apiserver: several at a time, each with a replay server and a
// namespace of its own. Says of each document whether it became Ready and how its PUTs differ from the recorded ones.

import { loopbackCertificate } from '../src/emulator/listen.ts';
import { type Replay, startReplay } from '../src/emulator/replay.ts';
import { pluralOf } from '../src/generate/naming.ts';
import { ARM_MAP_ANNOTATION } from '../src/kinds/arm-map.ts';
import { isObject, type JsonObject } from '../src/values/json.ts';
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
import { type Doc, groupOf, isAzure, type RecordedCase, spelledAs, versionOf } from './recorded-cases.ts';

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
  readonly onCase?: (outcome: CaseOutcome) => void;
}

const ZEROS = '00000000-0000-0000-0000-000000000000';
const READY_MS = 180_000;
const GONE_MS = 120_000;
const FOREVER = new AbortController().signal;

interface Stage {
  readonly cluster: Cluster;
  readonly replay: Replay;
  /** '<group>/<Kind>' → its CRD. */
  readonly crds: ReadonlyMap<string, JsonObject>;
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
  const cluster = await startCluster(say);
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
      subscriptionId: ZEROS,
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

/** The project's CRDs of the kinds and versions that the cases name: what is served costs the API server most of its start. */
function crdsFor(cases: readonly RecordedCase[]): ReadonlyMap<string, JsonObject> {
  const docs = cases.flatMap((recorded) => recorded.manifests.map((manifest) => manifest.doc)).filter(isAzure);
  const versions = new Map<string, Set<string>>();
  for (const doc of docs) {
    const key = `${groupOf(doc)}/${doc.kind}`;
    versions.set(key, new Set([...(versions.get(key) ?? []), versionOf(doc)]));
  }
  return new Map(
    projectCrds(new Set(docs.map(groupOf))).flatMap((crd) => {
      const spec = crd.spec as JsonObject;
      const key = `${String(spec.group).replace(/\.azure\.com$/, '')}/${String((spec.names as JsonObject).kind)}`;
      const wanted = versions.get(key);
      if (wanted === undefined) return [];
      const held = versionsOf(crd).filter((version) => version.storage === true || wanted.has(String(version.name)));
      return [[key, { ...crd, spec: { ...spec, versions: held } }] as const];
    }),
  );
}

function versionsOf(crd: JsonObject): readonly JsonObject[] {
  const { versions } = crd.spec as JsonObject;
  return Array.isArray(versions) ? versions.filter(isObject) : [];
}

function schemaOf(crds: Stage['crds'], doc: Doc): JsonObject {
  const crd = crds.get(`${groupOf(doc)}/${doc.kind}`);
  const version = crd === undefined ? undefined : versionsOf(crd).find((held) => held.name === versionOf(doc));
  const schema = isObject(version?.schema) ? version.schema.openAPIV3Schema : undefined;
  return isObject(schema) && isObject(schema.properties) ? schema : {};
}

function mapOf(crd: JsonObject): JsonObject {
  const { annotations } = crd.metadata as { readonly annotations?: JsonObject };
  return JSON.parse(String(annotations?.[ARM_MAP_ANNOTATION] ?? '{}')) as JsonObject;
}

/** Path of the request that makes a document: its PUT, or of a kind without an ARM type the POST to Microsoft Graph. */
function madeAt(
  crds: Stage['crds'],
  doc: Doc,
  expect: RecordedCase['manifests'][number]['expect'],
): string | undefined {
  if (expect !== null) return decodeURIComponent(expect.url.split('?')[0] ?? '').toLowerCase();
  const crd = crds.get(`${groupOf(doc)}/${doc.kind}`);
  return crd !== undefined && isObject(mapOf(crd).backend) ? '/v1.0/groups' : undefined;
}

/** Kinds without an ARM type and without a backend have a CRD of another release. */
function lacks(crds: Stage['crds'], doc: Doc): string | undefined {
  const crd = crds.get(`${groupOf(doc)}/${doc.kind}`);
  if (crd === undefined) return `a CRD of ${doc.kind}.${groupOf(doc)}`;
  const { type, backend } = mapOf(crd);
  return type === undefined && backend === undefined ? `a backend for ${doc.kind}.${groupOf(doc)}` : undefined;
}

async function makeNamespace(cluster: Cluster, name: string): Promise<void> {
  const answer = await apply(cluster.kube, `/api/v1/namespaces/${name}`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  });
  if (answer.status >= 300) throw new Error(`namespace ${name} was refused: ${messageOf(answer)}`);
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
  const { namespace } = recorded;
  replay.load(recorded.exchanges);
  await makeNamespace(cluster, namespace);
  const troubles: string[] = [];
  const make = async (doc: Doc): Promise<void> => {
    // Created, not applied: unknown members are pruned with a warning, as they are for kubectl create.
    const path = pathOf(namespace, doc);
    const body = { ...doc, metadata: { ...doc.metadata, namespace } };
    const answer = await cluster.kube.send({ verb: 'POST', path: path.slice(0, path.lastIndexOf('/')), body }, FOREVER);
    if (answer.status >= 300)
      troubles.push(`${nameOf(recorded, doc)}: refused by the API server: ${messageOf(answer).slice(0, 300)}`);
  };
  await make(credentialFor(replay));
  for (const secret of recorded.secrets ?? []) await make({ ...secret, apiVersion: 'v1', kind: 'Secret' });
  const manifests = recorded.manifests.map((manifest) => ({
    ...manifest,
    doc: isAzure(manifest.doc)
      ? spelledAs(manifest.doc, schemaOf(crds, manifest.doc), recorded.resourceGroup)
      : manifest.doc,
  }));
  const azure = manifests.filter((manifest) => isAzure(manifest.doc));
  for (const { doc } of manifests.filter((manifest) => !isAzure(manifest.doc))) await make(doc);
  const [group, ...others] = azure;
  if (group !== undefined) {
    await make(group.doc);
    await lateOf(cluster, namespace, [group.doc]);
  }
  await inParallel(others, 4, ({ doc }) => make(doc));
  const able = azure.filter(({ doc }) => lacks(crds, doc) === undefined);
  const late = await lateOf(
    cluster,
    namespace,
    able.map(({ doc }) => doc),
  );
  const { puts, unexpected } = replay.findings();
  const documents = azure.map(({ doc, expect }): DocumentOutcome => {
    const document = nameOf(recorded, doc);
    const waitsFor = lacks(crds, doc);
    if (waitsFor !== undefined) return { document, isArmEqual: true, isWireEqual: true, waitsFor };
    const state = late.get(doc);
    const path = madeAt(crds, doc, expect);
    const found = puts.filter((candidate) => candidate.path === path);
    const differing = found.find((candidate) => !candidate.isArmEqual) ?? found[0];
    const isArmEqual = path === undefined || (found.length > 0 && found.every((candidate) => candidate.isArmEqual));
    return {
      document,
      isArmEqual,
      isWireEqual: path === undefined || (found.length > 0 && found.every((candidate) => candidate.isWireEqual)),
      ...(isArmEqual ? {} : { difference: differing?.difference ?? `no PUT of ${path}` }),
      ...(state === undefined ? {} : { notReady: state }),
    };
  });
  await removeAll(
    cluster,
    namespace,
    azure.map(({ doc }) => doc),
  ).catch((error: unknown) =>
    troubles.push(`${recorded.name}: deletion: ${error instanceof Error ? error.message : error}`),
  );
  return { name: recorded.name, documents, unexpected: unexpected.map((url) => `${recorded.name}: ${url}`), troubles };
}

const nameOf = (recorded: RecordedCase, doc: Doc): string => `${recorded.name} ${doc.kind} ${doc.metadata.name}`;

function pathOf(namespace: string, doc: Doc): string {
  const root = doc.apiVersion.includes('/') ? `/apis/${doc.apiVersion}` : `/api/${doc.apiVersion}`;
  return `${root}/namespaces/${namespace}/${pluralOf(doc.kind)}/${doc.metadata.name}`;
}

async function readyState(cluster: Cluster, namespace: string, doc: Doc): Promise<string | undefined> {
  const answer = await cluster.kube.send({ verb: 'GET', path: pathOf(namespace, doc) }, FOREVER);
  if (answer.status === 404) return 'is not there';
  const status = isObject(answer.body) && isObject(answer.body.status) ? answer.body.status : {};
  const ready = (Array.isArray(status.conditions) ? status.conditions : [])
    .filter(isObject)
    .find((condition) => condition.type === 'Ready');
  if (ready?.status === 'True') return undefined;
  return ready === undefined ? 'has no condition yet' : `${ready.severity} ${ready.reason}: ${ready.message}`;
}

/** Waits until all are Ready, or the deadline; gives those that are not, with what they say. */
async function lateOf(cluster: Cluster, namespace: string, docs: readonly Doc[]): Promise<ReadonlyMap<Doc, string>> {
  const waiting = new Map(docs.map((doc) => [doc, 'not looked at yet']));
  await until(
    async () => {
      for (const doc of [...waiting.keys()]) {
        const state = await readyState(cluster, namespace, doc);
        if (state === undefined) waiting.delete(doc);
        else waiting.set(doc, state);
      }
      // What was refused never comes.
      return [...waiting.values()].every((state) => state === 'is not there');
    },
    { timeoutMs: READY_MS, what: () => 'documents to be Ready', everyMs: 400 },
  ).catch(() => undefined);
  return waiting;
}

/** The group first, then the rest, as the corpus asks. */
async function removeAll(cluster: Cluster, namespace: string, docs: readonly Doc[]): Promise<void> {
  for (const these of [docs.slice(0, 1), docs.slice(1)]) {
    for (const doc of these) await cluster.kube.send({ verb: 'DELETE', path: pathOf(namespace, doc) }, FOREVER);
    let left = [...these];
    const what = (): string => `${left.map((doc) => `${doc.kind} ${doc.metadata.name}`).join(', ')} to be gone`;
    await until(
      async () => {
        const still: Doc[] = [];
        for (const doc of left)
          if ((await cluster.kube.send({ verb: 'GET', path: pathOf(namespace, doc) }, FOREVER)).status !== 404)
            still.push(doc);
        left = still;
        return left.length === 0;
      },
      { timeoutMs: GONE_MS, what, everyMs: 400 },
    );
  }
}
