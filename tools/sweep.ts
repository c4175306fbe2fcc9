// npm run sweep -- --specs DIR [--versions newest|all] [--create N|all|none] [--provider P,...]: makes a CRD by rules alone of every
// writable type of the type data and asks a real kube-apiserver whether it takes it. Every CRD is applied with --dry-run=server; every Nth
// is created in earnest, until its objects can be listed, and stays until the end: to delete one costs the API server seconds. A JSON
// summary last; what cannot be made, is refused or is not served is named with the reason.

import { Command, Option } from 'commander';
import { anyType } from '../src/generate/any-type.ts';
import { makeKind } from '../src/generate/kind.ts';
import { structuralProblems } from '../src/generate/structural.ts';
import { openTypeData, type TypeData } from '../src/generate/type-data.ts';
import { TypeDataError } from '../src/generate/types.ts';
import { refusalOf } from '../src/kube/refusal.ts';
import { isObject, type JsonObject } from '../src/values/json.ts';
import { apply, type Cluster, inParallel, startCluster, until } from './platform.ts';
import { runTool, type ToolCall } from './tool.ts';

const FOREVER = new AbortController().signal;
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
/** Discovery and schemas of hundreds of kinds keep an API server busy: the last ones wait for all before them. */
const SERVED_MS = 300_000;

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
    if (answer.status >= 300) refused.set(name, refusalOf(answer));
    done += 1;
    if (done % 100 === 0) say(`${done} of ${swept.length} CRDs asked about`);
  });
  return refused;
}

/** Creates CRDs in earnest and waits until each one's objects can be listed. By name, what went wrong with those that are not served. */
export async function establish(
  cluster: Cluster,
  crds: readonly JsonObject[],
  say: (line: string) => void,
): Promise<ReadonlyMap<string, string>> {
  const failed = new Map<string, string>();
  let done = 0;
  await inParallel(crds, 4, async (crd) => {
    const problem = await served(cluster, crd);
    if (problem !== undefined) failed.set(crdName(crd), problem);
    done += 1;
    if (done % 50 === 0) say(`${done} of ${crds.length} CRDs created, ${failed.size} not served`);
  });
  return failed;
}

/** Undefined when a CRD was created and its objects can be listed, else why not. */
async function served(cluster: Cluster, crd: JsonObject): Promise<string | undefined> {
  const path = `${CRDS}/${crdName(crd)}`;
  const made = await apply(cluster.kube, path, crd);
  if (made.status >= 300) return refusalOf(made);
  let last = '';
  const isListed = async (): Promise<boolean> => {
    const answer = await cluster.kube.send({ verb: 'GET', path: collectionOf(crd), query: { limit: '1' } }, FOREVER);
    if (answer.status === 200) return true;
    last = refusalOf(answer);
    const rejected = namesRejected((await cluster.kube.send({ verb: 'GET', path }, FOREVER)).body);
    if (rejected !== undefined) throw new Error(rejected);
    return false;
  };
  const wait = { timeoutMs: SERVED_MS, what: () => `${collectionOf(crd)} to be served: ${last}`, everyMs: 250 };
  return until(isListed, wait).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

/** What the API server says of a CRD whose names another one has. */
function namesRejected(crd: unknown): string | undefined {
  const status = isObject(crd) && isObject(crd.status) ? crd.status : {};
  const conditions = Array.isArray(status.conditions) ? status.conditions.filter(isObject) : [];
  const names = conditions.find(({ type }) => type === 'NamesAccepted');
  return names?.status === 'False' ? String(names.message) : undefined;
}

function collectionOf(crd: JsonObject): string {
  // Made by the generator.
  const { group, names, versions } = crd.spec as {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly storage: boolean }[];
  } & JsonObject;
  return `/apis/${group}/${versions.find(({ storage }) => storage)?.name}/${names.plural}`;
}

export function crdName(crd: JsonObject): string {
  return isObject(crd.metadata) ? String(crd.metadata.name) : '';
}

/** The newest version alone of CRDs that share a name: they would replace one another. */
function oncePerName(swept: readonly Swept[]): readonly JsonObject[] {
  return [...new Map(swept.flatMap(({ crd }) => (crd === undefined ? [] : [[crdName(crd), crd] as const]))).values()];
}

/** 'all', 'none', or a number: every Nth. */
function everyOf(text: string): number {
  const every = text === 'all' ? 1 : text === 'none' ? 0 : Number(text);
  if (Number.isInteger(every) && every >= 0) return every;
  throw new Error(`--create is '${text}'; allowed: all, none, or a whole number N for every Nth`);
}

interface SweepOptions {
  readonly specs: string;
  readonly versions: string;
  readonly create: string;
  readonly provider?: string;
}

async function main({ options, signal }: ToolCall<SweepOptions>): Promise<number> {
  const say = (line: string): void => console.error(line);
  const every = everyOf(options.create);
  const begun = performance.now();
  const swept = sweepAll(options, say);
  const made = swept.filter(({ crd }) => crd !== undefined);
  const generatedMs = performance.now() - begun;
  const cluster = await startCluster(say, signal);
  try {
    const refused = await refusedByServer(cluster, made, say);
    const taken = oncePerName(made.filter(({ name }) => !refused.has(name)));
    const created = every === 0 ? [] : taken.filter((_, index) => index % every === 0);
    const unserved = await establish(cluster, created, say);
    const result = {
      types: swept.length,
      made: made.length,
      accepted: made.length - refused.size,
      ...(taken.length + refused.size === made.length
        ? {}
        : { namesShared: made.length - refused.size - taken.length }),
      created: created.length,
      served: created.length - unserved.size,
      megabytes: Math.round(made.reduce((sum, { crd }) => sum + JSON.stringify(crd).length, 0) / 1e5) / 10,
      seconds: {
        generation: Math.round(generatedMs / 100) / 10,
        all: Math.round((performance.now() - begun) / 1000),
      },
      unmade: Object.fromEntries(
        swept.flatMap(({ name, crd, problems }) => (crd === undefined ? [[name, problems[0]]] : [])),
      ),
      refused: Object.fromEntries(refused),
      unserved: Object.fromEntries(unserved),
    };
    console.log(JSON.stringify(result, null, 1));
    return made.length === swept.length && refused.size + unserved.size === 0 ? 0 : 1;
  } finally {
    await cluster.stop();
  }
}

function sweepAll(options: SweepOptions, say: (line: string) => void): readonly Swept[] {
  const types = openTypeData(options.specs);
  const wanted = options.provider?.toLowerCase().split(',');
  const names = writableTypes(types, options.versions === 'all' ? 'all' : 'newest').filter(
    (name) => wanted === undefined || wanted.includes((name.split('/')[0] ?? '').toLowerCase()),
  );
  say(`${names.length} writable types`);
  return names.map((name, index) => {
    if ((index + 1) % 250 === 0) say(`${index + 1} of ${names.length} CRDs made`);
    return sweepOne(types, name);
  });
}

if (import.meta.main)
  await runTool(
    new Command('npm run sweep --')
      .description('Makes a CRD by rules alone of every writable ARM type and asks a real API server about each.')
      .option('--specs <dir>', "folder of Microsoft's type data", '../shared/specs')
      .addOption(new Option('--versions <which>', 'of each type').choices(['newest', 'all']).default('newest'))
      .option(
        '--create <which>',
        'creates CRDs in earnest: all (the API server takes about 6 GB), none, or N for every Nth',
        'all',
      )
      .option('--provider <names>', 'only these providers, separated by commas'),
    main,
  );
