// npm run image -- --out DIR: the root file system of the image in a folder, made as the Dockerfile makes it, which runs this too.
// /aso-controller (the bundle, which its first line hands to /nodejs/bin/node), /package.json (it is an ES module), /licenses.txt (of what is bundled), /crds. With
// `--node` the folder gets a /nodejs/bin/node as well, so that it runs without the base image: tests do that. The same sources give the same bytes.

import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildOperator, MALLOC_ENV } from './build.ts';
import { licences } from './licences.ts';

export const NODE_IN_IMAGE = '/nodejs/bin/node';
/** The kernel hands one flag over; the other one is in IMAGE_ENV, where this one is not allowed. */
export const FIRST_LINE = `#!${NODE_IN_IMAGE} --optimize-for-size`;
/** Environment of the image, as the Dockerfile sets it. The chart's NODE_OPTIONS, with the limit of the heap, take the place of these. */
export const IMAGE_ENV = { NODE_OPTIONS: '--max-semi-space-size=2', ...MALLOC_ENV } as const;

export interface ImageOptions {
  /** Emptied first. */
  readonly out: string;
  readonly hasNode: boolean;
}

/** Makes the folder; gives its size in bytes, without and with Node. */
export async function makeImage(options: ImageOptions): Promise<{ readonly ownBytes: number; readonly bytes: number }> {
  const { out } = options;
  const bundle = readFileSync(await buildOperator(), 'utf8');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  write(join(out, 'aso-controller'), `${FIRST_LINE}\n${bundle}`, 0o755);
  write(join(out, 'package.json'), '{"type":"module"}\n', 0o644);
  write(join(out, 'licenses.txt'), await licences(), 0o644);
  cpSync('crds', join(out, 'crds'), { recursive: true });
  const ownBytes = sizeOf(out);
  if (options.hasNode) {
    mkdirSync(join(out, 'nodejs', 'bin'), { recursive: true });
    copyFileSync(process.execPath, join(out, NODE_IN_IMAGE));
    chmodSync(join(out, NODE_IN_IMAGE), 0o755);
  }
  return { ownBytes, bytes: sizeOf(out) };
}

function write(file: string, text: string, mode: number): void {
  writeFileSync(file, text);
  chmodSync(file, mode);
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string' }, node: { type: 'boolean', default: false } } });
  if (values.out === undefined) {
    console.error('--out is missing; allowed: a folder, which is emptied first');
    process.exitCode = 1;
  } else {
    const made = await makeImage({ out: values.out, hasNode: values.node });
    const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    console.log(
      `${values.out}: ${mib(made.ownBytes)} of our own${values.node ? `, ${mib(made.bytes)} with Node` : ''}`,
    );
  }
}
