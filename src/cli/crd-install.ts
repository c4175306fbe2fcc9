// asoctl crd install: applies the CRDs that manifests name, or that a pattern chooses, and no others.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Crd } from '../crds/crd.ts';
import { hashOf } from '../crds/desired.ts';
import { applyCrd, installedCrds } from '../crds/install.ts';
import { kindsIn, ownersIn, versionsIn } from '../crds/named.ts';
import { chooseByPattern } from '../crds/pattern.ts';
import { planCrds } from '../crds/plan.ts';
import { readShelf, type Shelf, takeFrom } from '../crds/shelf.ts';
import { chooseVersions, VERSION_CHOICES, type VersionChoice } from '../crds/versions.ts';
import { ARM_MAP_ANNOTATION, type ArmMap } from '../kinds/arm-map.ts';
import { readArmMap } from '../kinds/read-arm-map.ts';
import type { Kube } from '../kube/client.ts';
import { nearest } from '../values/nearest.ts';
import { CLUSTER_OPTIONS, withCluster } from './cluster.ts';
import { type CliCommand, CliError, listOf, messageOf, type OptionValues, type Session } from './command.ts';
import { SHIPPED_CRDS } from './project.ts';

export const crdInstall: CliCommand = {
  path: ['crd', 'install'],
  summary: 'Applies the CRDs of the kinds that manifests name, with those of their owners and references',
  options: [
    { flags: '--for <path>', summary: 'file or folder of manifests; may be given more than once', isList: true },
    {
      flags: '-p, --crd-pattern <pattern>',
      summary: "also those that a pattern chooses, '<group>/<Kind>' with wildcards; may be given more than once",
      isList: true,
    },
    { flags: '--crd-versions <choice>', summary: `versions to serve: ${VERSION_CHOICES.join(', ')}`, fallback: 'all' },
    { flags: '--dry-run', summary: 'only say what would be done' },
    ...CLUSTER_OPTIONS,
  ],
  run: async (_args, options, terminal) => {
    const shelf = readShelf(SHIPPED_CRDS);
    const order = { shelf, versions: choiceOf(options), isDryRun: options.dryRun === true };
    const read = wanted(order, options, terminal);
    const failures = await withCluster(options, (kube) => install(kube, { ...order, kinds: read.kinds }, terminal));
    return failures + read.problems > 0 ? 1 : 0;
  },
};

interface Order {
  readonly shelf: Shelf;
  readonly versions: VersionChoice;
  readonly isDryRun: boolean;
}

interface Wanted {
  /** <group>/<Kind> */
  readonly kinds: ReadonlySet<string>;
  /** Files that could not be read. */
  readonly problems: number;
}

function wanted(order: Order, options: OptionValues, terminal: Session): Wanted {
  const { shelf } = order;
  const paths = listOf(options.for);
  const pattern = listOf(options.crdPattern).join(';');
  if (paths.length === 0 && pattern === '') throw new CliError('give --for <path> or --crd-pattern <pattern>');
  const all = shelf.shipped.map(({ kind }) => kind);
  const chosen = chooseByPattern(pattern, all);
  if (!chosen.ok) throw new CliError(chosen.problems.join('\n'));
  const { documents, problems } = readManifests(paths, terminal);
  const crdOf = crdsOf(shelf);
  const named = new Set(
    documents.flatMap((document) => [...kindsIn(document), ...ownersIn(document, (kind) => mapIn(crdOf(kind)))]),
  );
  for (const kind of named)
    if (!all.includes(kind) && kind.split('/')[0]?.endsWith('.azure.com')) terminal.warn(unknown(kind, all));
  for (const problem of new Set(documents.flatMap((document) => versionProblems(document, crdOf, order.versions))))
    terminal.warn(problem);
  if (paths.length > 0 && named.size === 0)
    terminal.warn(`${paths.join(', ')}: no manifest there names a kind of Azure`);
  return { kinds: new Set([...chosen.names, ...[...named].filter((kind) => all.includes(kind))]), problems };
}

function unknown(kind: string, all: readonly string[]): string {
  const near = nearest(kind, all);
  return `${kind} is not shipped${near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`}`;
}

type CrdOf = (kind: string) => Crd | undefined;

/** Shipped CRDs by kind, each read once; undefined for what is not shipped or cannot be read. */
function crdsOf({ shipped }: Shelf): CrdOf {
  const read = new Map<string, Crd | undefined>();
  return (kind) => {
    if (!read.has(kind)) {
      const found = shipped.find((candidate) => candidate.kind === kind);
      const taken = found === undefined ? undefined : takeFrom(found);
      read.set(kind, typeof taken === 'object' ? taken.crd : undefined);
    }
    return read.get(kind);
  };
}

/** Manifests whose version the CRD will not serve are refused by the API server later: that is told now. */
function versionProblems(document: unknown, crdOf: CrdOf, versions: VersionChoice): readonly string[] {
  return versionsIn(document).flatMap(({ kind, version }) => {
    const crd = crdOf(kind);
    if (crd === undefined) return [];
    const served = chooseVersions(crd.spec.versions, versions, new Set()).map(({ name }) => name);
    if (served.includes(version)) return [];
    const user = served.filter((name) => !name.endsWith('storage'));
    return [`${kind} has no version ${version} with --crd-versions=${versions}; it has ${user.join(', ')}`];
  });
}

function mapIn(crd: Crd | undefined): ArmMap | undefined {
  const read = readArmMap(crd?.metadata.annotations?.[ARM_MAP_ANNOTATION] ?? '');
  return read.ok ? read.map : undefined;
}

function readManifests(
  paths: readonly string[],
  terminal: Session,
): { readonly documents: readonly unknown[]; readonly problems: number } {
  const documents: unknown[] = [];
  let problems = 0;
  for (const file of paths.flatMap(filesBelow)) {
    for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
      const [error] = document.errors;
      if (error === undefined) documents.push(document.toJS());
      else {
        problems += 1;
        terminal.warn(`${file}: ${error.message.split('\n')[0]?.replace(/:$/, '')}; the other documents go on`);
      }
    }
  }
  return { documents, problems };
}

function filesBelow(path: string): readonly string[] {
  try {
    if (statSync(path).isFile()) return [path];
    const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\.(ya?ml|json)$/.test(file),
    );
    if (files.length > 0) return files.sort().map((file) => join(path, file));
  } catch (error) {
    throw new CliError(`--for is '${path}', which cannot be read: ${messageOf(error)}`);
  }
  throw new CliError(`--for is '${path}', which holds no .yaml, .yml or .json file`);
}

/** Gives how many could not be applied. */
async function install(kube: Kube, order: Order & Pick<Wanted, 'kinds'>, terminal: Session): Promise<number> {
  const { versions } = order;
  const installed = await installedCrds(kube.send, terminal.signal);
  const candidates = order.shelf.shipped
    .filter(({ kind }) => order.kinds.has(kind))
    .map((shipped) => ({ ...shipped, hash: hashOf(shipped.digest, versions) }));
  const plan = planCrds(candidates, installed, { chosen: order.kinds, labels: {} });
  let failures = 0;
  for (const [index, step] of plan.entries()) {
    terminal.signal.throwIfAborted();
    const lead = `[${index + 1}/${plan.length}] ${step.candidate.name}`;
    if (step.kind === 'current') terminal.note(`${lead}: is there`);
    else if (step.kind === 'foreign') {
      failures += 1;
      terminal.warn(`${lead}: left alone: ${step.why}`);
    } else if (order.isDryRun) terminal.note(`${lead}: would be applied`);
    else {
      const taken = takeFrom(step.candidate);
      const outcome =
        typeof taken === 'string'
          ? { ok: false as const, why: taken }
          : await applyCrd(
              kube.send,
              { shipped: taken, wish: { versions, labels: {} }, isNew: step.kind === 'create' },
              terminal.signal,
            );
      if (!outcome.ok) failures += 1;
      if (outcome.ok) terminal.note(`${lead}: applied`);
      else terminal.warn(`${lead}: ${outcome.why}`);
    }
  }
  terminal.note(`${plan.length} CRDs named, ${failures} not applied`);
  return failures;
}

function choiceOf(options: OptionValues): VersionChoice {
  const found = VERSION_CHOICES.find((choice) => choice === options.crdVersions);
  if (found === undefined)
    throw new CliError(`--crd-versions is '${String(options.crdVersions)}'; allowed: ${VERSION_CHOICES.join(', ')}`);
  return found;
}
