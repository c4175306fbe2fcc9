// Builds kube-apiserver, kubectl and etcd from their published Go modules, once, into a cache folder.
// About 5 minutes on 2 cores. The version is set at link time: kubectl and Helm parse it.

import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const KUBERNETES_VERSION = 'v1.36.3';
const ETCD_VERSION = 'v3.6.16';

export const CONTROL_PLANE_VERSION = KUBERNETES_VERSION;

export interface BuildOptions {
  /** Folder that will hold the three binaries; it appears only when all are there. */
  readonly target: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Builds into a folder beside `target` and renames it at the end, so that a cut-off build leaves nothing that looks whole. */
export async function buildControlPlane(options: BuildOptions): Promise<void> {
  await mkdir(dirname(options.target), { recursive: true });
  const work = await mkdtemp(`${options.target}.build-`);
  try {
    const out = join(work, 'bin');
    await mkdir(out);
    await buildKubernetes(join(work, 'kubernetes'), out, options);
    await buildEtcd(join(work, 'etcd'), out, options);
    await rename(out, options.target).catch((error: NodeJS.ErrnoException) => {
      // Another process finished first: its binaries are the same.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function buildKubernetes(folder: string, out: string, options: BuildOptions): Promise<void> {
  options.say(`fetching Kubernetes ${KUBERNETES_VERSION} modules`);
  await mkdir(folder);
  const module = await downloadModule('k8s.io/kubernetes', KUBERNETES_VERSION, folder, options.signal);
  const staging = KUBERNETES_VERSION.replace('v1.', 'v0.');
  const replaced = [...module.goMod.matchAll(/^\s*(\S+) => \.\/staging\//gm)].map(
    (match) => `${match[1]} => ${match[1]} ${staging}`,
  );
  await writeModule(folder, [
    `require k8s.io/kubernetes ${KUBERNETES_VERSION}`,
    ...replaced.map((line) => `replace ${line}`),
    'godebug default=go1.26',
  ]);
  const [, minor] = KUBERNETES_VERSION.slice(1).split('.');
  const variables = {
    gitVersion: KUBERNETES_VERSION,
    gitMajor: '1',
    gitMinor: minor ?? '',
    gitTreeState: 'clean',
    buildDate: module.time,
  };
  const linked = Object.entries(variables).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  for (const program of ['kube-apiserver', 'kubectl']) {
    const args = ['build', '-mod=mod', '-ldflags', `-s -w ${linked.join(' ')}`, '-o', join(out, program)];
    const built = go([...args, `k8s.io/kubernetes/cmd/${program}`], folder, options.signal);
    await toldWhile(built, `building ${program} ${KUBERNETES_VERSION}`, options.say);
  }
}

async function buildEtcd(folder: string, out: string, options: BuildOptions): Promise<void> {
  await mkdir(folder);
  await writeModule(folder, [`require go.etcd.io/etcd/server/v3 ${ETCD_VERSION}`]);
  const args = ['build', '-mod=mod', '-ldflags', '-s -w', '-o', join(out, 'etcd'), 'go.etcd.io/etcd/server/v3'];
  await toldWhile(go(args, folder, options.signal), `building etcd ${ETCD_VERSION}`, options.say);
}

/** A module of its own for a program to build: `lines` are its requirements. */
export async function writeModule(folder: string, lines: readonly string[]): Promise<void> {
  await writeFile(join(folder, 'go.mod'), ['module controlplane', 'go 1.26.0', ...lines, ''].join('\n'));
}

async function downloadModule(
  path: string,
  version: string,
  cwd: string,
  signal: AbortSignal,
): Promise<{ goMod: string; time: string }> {
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', `${path}@${version}`], {
    cwd,
    signal,
    maxBuffer: 1 << 24,
  });
  // The shape of `go mod download -json` (go help mod download).
  const answer = JSON.parse(stdout) as { GoMod: string; Info: string };
  const info = JSON.parse(await readFile(answer.Info, 'utf8')) as { Time: string };
  return { goMod: await readFile(answer.GoMod, 'utf8'), time: info.Time };
}

/** Says what is being done, and every half minute that it still is. */
export async function toldWhile(work: Promise<void>, what: string, say: (line: string) => void): Promise<void> {
  say(what);
  const begun = performance.now();
  const timer = setInterval(() => say(`still ${what} (${Math.round((performance.now() - begun) / 1000)} s)`), 30_000);
  try {
    await work;
  } finally {
    clearInterval(timer);
  }
}

/** Runs go in a folder; the error carries the end of what it said. */
export function go(args: readonly string[], cwd: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, {
      cwd,
      signal,
      env: { ...process.env, CGO_ENABLED: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let tail = '';
    child.stderr.on('data', (chunk: Buffer) => {
      tail = (tail + chunk.toString()).slice(-4000);
    });
    child.on('error', (error) =>
      reject(
        new Error(`go could not be run (${error.message}); install Go 1.26 or set KUBEBUILDER_ASSETS`, {
          cause: error,
        }),
      ),
    );
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`go ${args[0]} ended with ${code}: ${tail}`)),
    );
  });
}
