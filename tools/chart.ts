// npm run chart: writes what in the chart and beside it is made from the code: the manager's rights (from crds/), the admission policy
// (from src/admission), the plain manifest and the kustomize base (from the chart, by Helm). `--check` writes nothing and fails on a difference.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { cancelled } from './cancel.ts';
import { chartFiles } from './chart/files.ts';
import { manifests } from './chart/manifests.ts';
import { findHelm } from './go-programs.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const signal = cancelled();
const helm = await findHelm({ say: (line) => console.error(line), signal });
// The manifests are rendered from the files, so those come first.
for (const make of [() => Promise.resolve(chartFiles()), () => manifests(helm, signal)]) {
  for (const [path, text] of Object.entries(await make())) {
    if (textOf(path) === text) continue;
    if (values.check) {
      console.error(`${path} is not what the code makes of it: run \`npm run chart\` and commit the result`);
      process.exitCode = 1;
      continue;
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`wrote ${path}`);
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
