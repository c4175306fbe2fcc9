// npm run generate -- [--specs DIR] [--out DIR] [--check] [--group G]...: facts and type data in, CRDs out.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { fileText, shippedLabels } from './crd.ts';
import type { GroupFacts } from './facts.ts';
import { makeKind } from './kind.ts';
import { readFacts } from './read-facts.ts';
import { openTypeData } from './type-data.ts';
import { TypeDataError } from './types.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '../..');
const FACTS = join(HERE, 'kinds');

export interface Generated {
  /** Path below the output folder: <group>/<kind>.yaml. */
  readonly path: string;
  readonly text: string;
}

/** All CRDs of these groups as files. `say` hears of progress. */
export function generate(
  groups: readonly GroupFacts[],
  specs: string,
  say: (line: string) => void,
): readonly Generated[] {
  const types = openTypeData(specs);
  const labels = shippedLabels(
    `v${(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version}`,
  );
  return groups.flatMap((facts, index) => {
    say(`[${index + 1}/${groups.length}] ${facts.group}: ${facts.kinds.length} kinds`);
    return facts.kinds.map((kind) => ({
      path: `${facts.group.replace(/\.azure\.com$/, '')}/${kind.kind.toLowerCase()}.yaml`,
      text: fileText(makeKind({ group: facts.group, facts: kind, types, labels, prose: 'none' })),
    }));
  });
}

function differences(out: string, files: readonly Generated[], isWhole: boolean): readonly string[] {
  const wanted = new Map(files.map((file) => [file.path, file.text]));
  const changed = files
    .filter((file) => !existsSync(join(out, file.path)) || readFileSync(join(out, file.path), 'utf8') !== file.text)
    .map((file) => file.path);
  const extra = isWhole
    ? readdirSync(out, { recursive: true, encoding: 'utf8' }).filter(
        (path) => path.endsWith('.yaml') && !wanted.has(path),
      )
    : [];
  return [...changed, ...extra];
}

function run(options: { specs: string; out: string; check?: boolean; group?: readonly string[] }): number {
  const all = readFacts(FACTS);
  const groups =
    options.group === undefined
      ? all
      : all.filter((facts) => options.group?.includes(facts.group.replace(/\.azure\.com$/, '')));
  const files = generate(groups, options.specs, (line) => console.error(line));
  const changed = differences(options.out, files, options.group === undefined);
  if (options.check === true) {
    for (const path of changed) console.error(`differs: ${relative('.', join(options.out, path))}`);
    console.error(
      changed.length === 0
        ? `${files.length} CRDs are as generated`
        : `${changed.length} of ${files.length} CRDs differ; run npm run generate`,
    );
    return changed.length === 0 ? 0 : 1;
  }
  for (const file of files) {
    mkdirSync(dirname(join(options.out, file.path)), { recursive: true });
    writeFileSync(join(options.out, file.path), file.text);
  }
  for (const path of changed.filter((candidate) => !files.some((file) => file.path === candidate)))
    rmSync(join(options.out, path));
  console.error(`${files.length} CRDs, ${changed.length} changed`);
  return 0;
}

if (process.argv[1] !== undefined && basename(process.argv[1]) === 'main.ts' && process.argv[1].includes('generate')) {
  const command = new Command('generate')
    .option('--specs <dir>', "folder of Microsoft's type data", join(ROOT, '../shared/specs'))
    .option('--out <dir>', 'folder of the CRDs', join(ROOT, 'crds'))
    .option('--check', 'write nothing; fail when a CRD differs')
    .option('--group <group...>', 'only these groups, without .azure.com');
  try {
    process.exitCode = run(command.parse().opts());
  } catch (error) {
    if (!(error instanceof TypeDataError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
