// npm run sweep -- --specs DIR [--versions newest|all] [--create N|all|none] [--provider P,...]: makes a CRD by rules alone of every
// writable type of the type data and asks a real kube-apiserver whether it takes it. Every CRD is applied with --dry-run=server; every Nth
// is created in earnest, until it is established, and deleted again. A JSON summary last; what cannot be made is named with the reason.

import { Command } from 'commander';
import { anyType } from '../src/generate/any-type.ts';
import { makeKind } from '../src/generate/kind.ts';
import { structuralProblems } from '../src/generate/structural.ts';
import { openTypeData, type TypeData } from '../src/generate/type-data.ts';
import { TypeDataError } from '../src/generate/types.ts';
import { isObject, type JsonObject } from '../src/values/json.ts';
import { exitWhenCancelled } from './cancel.ts';
import { type Cluster, inParallel, installCrds, messageOf, startCluster, until } from './platform.ts';

const FOREVER = new AbortController().signal;
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
/** So many are created at a time: the API server keeps each one's schema in memory until it is deleted. */
const BATCH = 40;

export interface Swept {
  readonly name: string;
  /** Absent: it cannot be made. */
  readonly crd?: JsonObject;
  readonly problems: readonly string[];
}

/** '<type>@<api>' of every writable type: its newest version (a stable one before a preview), or all. */
export function writableTypes(types: TypeData, versions: 'newest' | 'all'): readonly string[] {
  const found = types
    .list()
    .filter(({ type, api }) => (types.find(type, api)?.writableScopes ?? 0) !== 0)
    .sort((a, b) => rank(a.api).localeCompare(rank(b.api)));
  const names = new Map<string, string>();
  for (const { type, api } of found)
    names.set(versions === 'all' ? `${type}@${api}`.toLowerCase() : type.toLowerCase(), `${type}@${api}`);
  return [...names.values()].sort();
}

function rank(api: string): string {
  return `${api.length === '2025-01-01'.length ? 1 : 0}${api}`;
}

/** The CRD of one type by rules alone, or why there is none. */
export function sweepOne(types: TypeData, name: string): Swept {
  const [type = '', api = ''] = name.split('@');
  try {
    const { group, facts } = anyType(types, [], { type, apis: [api] });
    const crd = makeKind({ group, facts, types, labels: {}, prose: 'values' });
    const problems = structuralProblems(crd);
    return problems.length === 0 ? { name, crd, problems } : { name, problems };
  } catch (error) {
    if (!(error instanceof TypeDataError)) throw error;
    return { name, problems: [error.message] };
  }
}

/** What the API server says of CRDs in a dry run, by name; those it takes are not in it. */
export async function refusedByServer(
  cluster: Cluster,
  swept: readonly Swept[],
  say: (line: string) => void,
): Promise<ReadonlyMap<string, string>> {
  const refused = new Map<string, string>();
  let done = 0;
  await inParallel(swept, 4, async ({ name, crd }) => {
    if (crd === undefined) return;
    const answer = await cluster.kube.send(
      {
        verb: 'PATCH',
        path: `${CRDS}/${crdName(crd)}`,
        query: { fieldManager: 'aso-sweep', force: 'true', dryRun: 'All', fieldValidation: 'Strict' },
        contentType: 'application/apply-patch+yaml',
        body: crd,
      },
      FOREVER,
    );
    if (answer.status >= 300) refused.set(name, messageOf(answer));
    done += 1;
    if (done % 100 === 0) say(`${done} of ${swept.length} CRDs asked about`);
  });
  return refused;
}

/** Creates CRDs in earnest, waits until each is served, and deletes them again. What goes wrong is thrown. */
export async function establish(
  cluster: Cluster,
  crds: readonly JsonObject[],
  say: (line: string) => void,
): Promise<void> {
  for (let from = 0; from < crds.length; from += BATCH) {
    const batch = crds.slice(from, from + BATCH);
    await installCrds(cluster.kube, batch, () => undefined);
    for (const crd of batch) await cluster.kube.send({ verb: 'DELETE', path: `${CRDS}/${crdName(crd)}` }, FOREVER);
    await until(async () => (await Promise.all(batch.map((crd) => isThere(cluster, crd)))).every((there) => !there), {
      // The API server lets CRDs go one after the other, some seconds each on a busy machine.
      timeoutMs: 600_000,
      what: () => `${batch.length} CRDs to be deleted`,
    });
    say(`${Math.min(from + BATCH, crds.length)} of ${crds.length} CRDs established`);
  }
}

async function isThere(cluster: Cluster, crd: JsonObject): Promise<boolean> {
  return (await cluster.kube.send({ verb: 'GET', path: `${CRDS}/${crdName(crd)}` }, FOREVER)).status === 200;
}

export function crdName(crd: JsonObject): string {
  return isObject(crd.metadata) ? String(crd.metadata.name) : '';
}

/** The newest version alone of CRDs that share a name: they would replace one another. */
function oncePerName(swept: readonly Swept[]): readonly JsonObject[] {
  return [...new Map(swept.flatMap(({ crd }) => (crd === undefined ? [] : [[crdName(crd), crd] as const]))).values()];
}

async function main(): Promise<number> {
  const options = new Command('sweep')
    .option('--specs <dir>', "folder of Microsoft's type data", '../shared/specs')
    .option('--versions <which>', 'newest or all', 'newest')
    .option('--create <every>', 'creates every Nth CRD in earnest; 1 for all, 0 for none', '3')
    .option('--provider <names>', 'only these providers, separated by commas')
    .parse()
    .opts<{ specs: string; versions: string; create: string; provider?: string }>();
  const say = (line: string): void => console.error(line);
  const begun = performance.now();
  const types = openTypeData(options.specs);
  const wanted = options.provider?.toLowerCase().split(',');
  const names = writableTypes(types, options.versions === 'all' ? 'all' : 'newest').filter(
    (name) => wanted === undefined || wanted.includes((name.split('/')[0] ?? '').toLowerCase()),
  );
  say(`${names.length} writable types`);
  const swept = names.map((name, index) => {
    if ((index + 1) % 250 === 0) say(`${index + 1} of ${names.length} CRDs made`);
    return sweepOne(types, name);
  });
  const generatedMs = performance.now() - begun;
  const cluster = await startCluster(say);
  try {
    const refused = await refusedByServer(cluster, swept, say);
    const every = Number(options.create);
    const taken = oncePerName(swept.filter(({ name }) => !refused.has(name)));
    const created = every === 0 ? [] : taken.filter((_, index) => index % every === 0);
    await establish(cluster, created, say);
    const unmade = swept.filter(({ problems }) => problems.length > 0);
    console.log(
      JSON.stringify(
        {
          types: names.length,
          made: names.length - unmade.length,
          accepted: names.length - unmade.length - refused.size,
          established: created.length,
          megabytes: Number(
            (
              swept.reduce((sum, { crd }) => sum + (crd === undefined ? 0 : JSON.stringify(crd).length), 0) / 1e6
            ).toFixed(1),
          ),
          seconds: {
            generation: Number((generatedMs / 1000).toFixed(1)),
            all: Math.round((performance.now() - begun) / 1000),
          },
          unmade: Object.fromEntries(unmade.map(({ name, problems }) => [name, problems[0]])),
          refused: Object.fromEntries(refused),
        },
        null,
        1,
      ),
    );
    return unmade.length === 0 && refused.size === 0 ? 0 : 1;
  } finally {
    await cluster.stop();
  }
}

if (import.meta.main) {
  exitWhenCancelled();
  process.exitCode = await main();
}
