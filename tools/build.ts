// npm run build: the operator as one file, dist/main.js, and asoctl as another, dist/asoctl.js. What lies in the bundle costs memory even when it
// never runs, so it is left out: API classes that nobody calls, a second HTTP client, comments, and the doubling of the text that a single
// character beyond Latin-1 brings about. Names and lines stay, so that a stack trace can be read.

import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import http from 'node:http';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { build, type Plugin } from 'rolldown';
import { runTool } from './tool.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const BUNDLE = join(ROOT, 'dist', 'main.js');
export const ASOCTL = join(ROOT, 'dist', 'asoctl.js');

/** Flags of node that the operator is run with: a small young generation and frugal code cost a little time and save some 50 MB at 1,000 objects. */
export const NODE_FLAGS = ['--max-semi-space-size=2', '--optimize-for-size'] as const;

/**
 * Environment that the operator is run with. The C library gives blocks of this size and more back to the system as soon as they are free (mallopt(3));
 * parsing the bundle takes some 30 MB in blocks of exactly this size, which stayed with the process for ever.
 */
export const MALLOC_ENV = { MALLOC_MMAP_THRESHOLD_: '32768' } as const;

/** Its modules do nothing when they are loaded but define what they export. It does not say so itself, and would bring a thousand API classes. */
const PURE = /node_modules\/@kubernetes\/client-node\//;

/** What node:http exports, without what Node loads when it is read. */
const HTTP_NAMES = Object.keys(http).filter((name) => !['CloseEvent', 'MessageEvent', 'WebSocket'].includes(name));

/**
 * @kubernetes/client-node logs in to a cluster for us, and imports undici for requests, which are our own. Should it ever make one, that
 * fails with this message.
 */
const WITHOUT_UNDICI: Plugin = {
  name: 'without-undici',
  resolveId: (id) => (id === 'undici' ? '\0undici' : undefined),
  load: (id) =>
    id === '\0undici'
      ? `function absent() { throw new Error('undici is not in the bundle'); }
         export { absent as Agent, absent as FormData, absent as ProxyAgent, absent as fetch };`
      : undefined,
};

/**
 * `import ... from 'node:http'` makes Node read every export of it, and `WebSocket` among them loads a whole HTTP client that nobody here asks
 * for: 5 MB and a tenth of a second at the start (13 MB where nothing else is loaded). This way of getting at the module reads what is named and no more.
 */
const WITHOUT_WEB_SOCKET: Plugin = {
  name: 'without-web-socket',
  resolveId: (id, _importer, { kind }) =>
    /^(node:)?http$/.test(id) && kind === 'import-statement' ? '\0http' : undefined,
  load: (id) =>
    id === '\0http'
      ? `const http = process.getBuiltinModule('node:http');
         export default http;
         export const { ${HTTP_NAMES.join(', ')} } = http;`
      : undefined,
};

/** Paths of all modules that a bundle holds something of. */
type Modules = readonly string[];

let built: Promise<Modules> | undefined;

/** Path of the bundle, made anew once in this process; it appears whole or not at all. */
export async function buildOperator(): Promise<string> {
  await builtModules();
  return BUNDLE;
}

/** Folders of the packages that the operator's bundle holds something of, sorted. */
export async function bundledPackages(): Promise<readonly string[]> {
  const folders = (await builtModules()).flatMap(
    (path) => /^\/.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? [],
  );
  return [...new Set(folders)].sort();
}

function builtModules(): Promise<Modules> {
  built ??= bundle(join(ROOT, 'src', 'main.ts'), BUNDLE);
  return built;
}

/** Path of asoctl's bundle. It reads crds/ and src/generate/kinds/ from the package that it lies in. */
export async function buildAsoctl(): Promise<string> {
  await bundle(join(ROOT, 'src', 'cli', 'main.ts'), ASOCTL);
  return ASOCTL;
}

async function bundle(input: string, target: string): Promise<Modules> {
  const folder = join(ROOT, 'dist', `.build-${process.pid}-${basename(target)}`);
  mkdirSync(folder, { recursive: true });
  try {
    const file = join(folder, basename(target));
    const { output } = await build({
      input,
      platform: 'node',
      plugins: [WITHOUT_UNDICI, WITHOUT_WEB_SOCKET],
      treeshake: { moduleSideEffects: [{ test: PURE, sideEffects: false }] },
      output: {
        file,
        format: 'esm',
        codeSplitting: false,
        sourcemap: false,
        charset: 'ascii',
        comments: false,
        minify: { mangle: false, compress: true, codegen: { removeWhitespace: false } },
      },
      logLevel: 'warn',
    });
    chmodSync(file, 0o755);
    renameSync(file, target);
    return Object.entries(output[0].modules)
      .filter(([, module]) => module.renderedLength > 0)
      .map(([path]) => path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main)
  await runTool(
    new Command('npm run build').description('The operator as one file, dist/main.js, and asoctl as dist/asoctl.js.'),
    async () => {
      console.log(`${await buildOperator()}\n${await buildAsoctl()}`);
      return 0;
    },
  );
