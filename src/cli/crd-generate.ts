// asoctl crd generate: a CRD for any ARM type out of Microsoft's type data, by rules alone, with the rights its API group needs.

import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ADMISSION_POLICY, admissionPolicy } from '../admission/policy.ts';
import { accessRoles } from '../admission/roles.ts';
import { anyType, type Wanted } from '../generate/any-type.ts';
import { fileText, shippedLabels } from '../generate/crd.ts';
import type { GroupFacts } from '../generate/facts.ts';
import { makeKind } from '../generate/kind.ts';
import { fullGroup } from '../generate/naming.ts';
import { readFacts } from '../generate/read-facts.ts';
import { structuralProblems } from '../generate/structural.ts';
import { openTypeData, type TypeData } from '../generate/type-data.ts';
import { TypeDataError } from '../generate/types.ts';
import type { JsonObject } from '../values/json.ts';
import { type CliCommand, CliError, messageOf, type OptionValues } from './command.ts';
import { makeFolder } from './make-folder.ts';
import { release, SHIPPED_FACTS } from './project.ts';

/** A CRD that nobody ships. */
const GENERATED_LABELS = {
  'app.kubernetes.io/part-of': 'azure-service-operator',
  'app.kubernetes.io/managed-by': 'asoctl',
};

interface Made {
  readonly type: string;
  readonly group: string;
  readonly kind: string;
  readonly isShipped: boolean;
  readonly crd: JsonObject;
}

export const crdGenerate: CliCommand = {
  path: ['crd', 'generate'],
  summary: 'Writes the CRD of any ARM type, for example Microsoft.Network/ipGroups@2024-05-01',
  args: ['<type@version[,version...]...>'],
  options: [
    {
      flags: '--specs <dir>',
      summary: "folder of Microsoft's type data (bicep-types-az, generated)",
      isRequired: true,
    },
    { flags: '--group <group>', summary: 'API group; by rule: the provider without Microsoft, .azure.com' },
    { flags: '--kind <kind>', summary: "kind; by rule: the type's segments, the last one singular" },
    {
      flags: '--owner <owner>',
      summary: "kind of spec.owner as <group>/<Kind>, or 'any' or 'none'; by rule: the parent",
    },
    { flags: '--descriptions', summary: "puts the publisher's text into the schema" },
    { flags: '--out <dir>', summary: 'folder to write to, one file a kind; absent: everything to the terminal' },
  ],
  run: async (args, options, terminal) => {
    const wanted = oncePerType(args.map((arg) => wantedOf(arg, options)));
    if (wanted.length > 1 && typeof options.kind === 'string')
      throw new CliError('--kind names one kind; give one type with it');
    const shipped = readFacts(SHIPPED_FACTS);
    const made = orCliError(() => {
      const sources = { types: openTypeData(String(options.specs)), shipped };
      return wanted.map((one) => make(sources, one, options.descriptions === true));
    });
    refuseTwins(made);
    const files = filesOf(made, shipped);
    if (typeof options.out !== 'string') {
      terminal.out(files.map(({ text }) => `---\n${text}`).join(''));
      return 0;
    }
    for (const { path, text } of files) {
      const file = join(options.out, path);
      write(file, text);
      terminal.note(`wrote ${file}`);
    }
    terminal.note(`apply with: kubectl apply --server-side -R -f ${options.out}`);
    return 0;
  },
};

/** A type given twice is one kind with the versions of both. */
function oncePerType(wanted: readonly Wanted[]): readonly Wanted[] {
  const byType = Map.groupBy(wanted, ({ type }) => type.toLowerCase());
  return [...byType.values()].flatMap((same) => {
    const [first] = same;
    return first === undefined ? [] : [{ ...first, apis: [...new Set(same.flatMap(({ apis }) => apis))] }];
  });
}

/** Two types under one name would replace one another in the cluster. */
function refuseTwins(made: readonly Made[]): void {
  for (const [name, twins] of Map.groupBy(made, ({ group, kind }) => `${kind}.${group}`))
    if (twins.length > 1)
      throw new CliError(
        `${twins.map(({ type }) => type).join(' and ')} would both be ${name}: make them one by one, with --kind`,
      );
}

function write(file: string, text: string): void {
  try {
    makeFolder(dirname(file));
    writeFileSync(file, text);
  } catch (error) {
    throw new CliError(`${file} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

/** What the person did wrong is told; anything else is a bug of ours. */
function orCliError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof TypeDataError) throw new CliError(error.message, { cause: error });
    if (error instanceof Error && 'syscall' in error)
      throw new CliError(`the type data cannot be read: ${error.message}`, { cause: error });
    throw error;
  }
}

function wantedOf(arg: string, options: OptionValues): Wanted {
  const [type = '', list = '', ...more] = arg.split('@');
  const apis = list.split(',').filter((api) => api !== '');
  if (!/^[\w.]+(\/\w+)+$/.test(type) || apis.length === 0 || more.length > 0)
    throw new CliError(`'${arg}' is not a type with its versions; write it like Microsoft.Network/ipGroups@2024-05-01`);
  const { group, kind, owner } = options;
  return {
    type,
    apis,
    ...(typeof group === 'string' ? { group: fullGroup(group) } : {}),
    ...(typeof kind === 'string' ? { kind } : {}),
    ...(typeof owner === 'string' ? { owner: ownerOf(owner) } : {}),
  };
}

function ownerOf(text: string): string {
  if (text === 'any' || text === 'none') return text;
  if (/^[a-z0-9.-]+\/[A-Z][A-Za-z0-9]*$/.test(text)) return text;
  throw new CliError(`--owner is '${text}'; allowed: <group>/<Kind> (network/VirtualNetwork), any, none`);
}

interface Sources {
  readonly types: TypeData;
  readonly shipped: readonly GroupFacts[];
}

function make({ types, shipped }: Sources, wanted: Wanted, withProse: boolean): Made {
  const { group, facts, isShipped } = anyType(types, shipped, wanted);
  const crd = makeKind({
    group,
    facts,
    types,
    labels: isShipped ? shippedLabels(release()) : GENERATED_LABELS,
    // A kind that comes with the operator stays as it comes, but for its new versions.
    prose: withProse ? 'publisher' : isShipped ? 'none' : 'values',
  });
  const [problem] = structuralProblems(crd);
  if (problem !== undefined)
    throw new CliError(`${wanted.type}: the API server would refuse the CRD of ${facts.kind}.${group}: ${problem}`);
  return { type: wanted.type, group, kind: facts.kind, isShipped, crd };
}

/** A file for each CRD, and one with the rights and the admission policy for each API group that the operator does not come with. */
function filesOf(
  made: readonly Made[],
  shipped: readonly GroupFacts[],
): readonly { readonly path: string; readonly text: string }[] {
  const known = new Set(shipped.map(({ group }) => group));
  const strange = [...new Set(made.map(({ group }) => group))].filter((group) => !known.has(group));
  return [
    ...made.map(({ group, kind, crd }) => ({
      path: join(shortOf(group), `${kind.toLowerCase()}.yaml`),
      text: fileText(crd),
    })),
    ...strange.map((group) => ({ path: join(shortOf(group), '_rights.yaml'), text: fileText(rightsOf(group)) })),
  ];
}

function shortOf(group: string): string {
  return group.replace(/\.azure\.com$/, '');
}

/** ClusterRoles and admission policy of a group, as one list that kubectl takes. */
function rightsOf(group: string): JsonObject {
  const items = [...accessRoles(group), ...admissionPolicy([group], `${ADMISSION_POLICY}-${group}`)];
  return { apiVersion: 'v1', kind: 'List', items };
}
