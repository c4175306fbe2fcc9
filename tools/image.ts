// npm run image -- --out DIR: the root file system of the image in a folder, made as the Dockerfile makes it, which runs this too.
// /aso-controller (the bundle, which its first line hands to /nodejs/bin/node), /package.json (it is an ES module), /licenses.txt (of what is bundled), /crds. With
// `--node` the folder gets a /nodejs/bin/node as well, so that it runs without the base image: tests do that. The same sources give the same bytes.

import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { buildOperator, MALLOC_ENV } from './build.ts';
import { licences } from './licences.ts';
import { runTool } from './tool.ts';

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
  checkOurs(out);
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

/** What somebody else has put there is not thrown away. */
function checkOurs(out: string): void {
  if (!existsSync(out) || readdirSync(out).length === 0 || existsSync(join(out, 'aso-controller'))) return;
  throw new Error(
    `'${out}' holds something that is no image of ours; allowed: a new or empty folder, or one made by this`,
  );
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

if (import.meta.main) {
  const command = new Command('npm run image --')
    .description('The root file system of the image in a folder, as the Dockerfile makes it.')
    .requiredOption('--out <folder>', 'where to; one made by this is emptied first')
    .option('--node', 'with a Node of its own, so that it runs without the base image');
  await runTool<{ out: string; node?: boolean }>(command, async ({ options: { out, node = false } }) => {
    const made = await makeImage({ out, hasNode: node });
    const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    console.log(`${out}: ${mib(made.ownBytes)} of our own${node ? `, ${mib(made.bytes)} with Node` : ''}`);
    return 0;
  });
}
