// npm run chart: writes what in the chart and beside it is made from the code: the manager's rights (from crds/), the admission policy
// (from src/admission), the plain manifest and the kustomize base (from the chart, by Helm). `--check` writes nothing and fails on a difference.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { chartFiles } from './chart/files.ts';
import { manifests } from './chart/manifests.ts';
import { findHelm } from './go-programs.ts';
import { runTool, type ToolCall } from './tool.ts';

async function main({ options, signal }: ToolCall<{ readonly check?: boolean }>): Promise<number> {
  const helm = await findHelm({ say: (line) => console.error(line), signal });
  let differing = 0;
  // The manifests are rendered from the files, so those come first.
  for (const make of [() => Promise.resolve(chartFiles()), () => manifests(helm, signal)]) {
    for (const [path, text] of Object.entries(await make())) {
      if (textOf(path) === text) continue;
      if (options.check === true) {
        console.error(`${path} is not what the code makes of it: run \`npm run chart\` and commit the result`);
        differing += 1;
        continue;
      }
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      console.log(`wrote ${path}`);
    }
  }
  return differing === 0 ? 0 : 1;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

await runTool(
  new Command('npm run chart --')
    .description("Makes the chart's and manifests' parts that come from the code.")
    .option('--check', 'writes nothing; fails when a file differs'),
  main,
);
