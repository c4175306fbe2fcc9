// The three real parts together: a control plane, the emulator, and the operator as a process of its own; and how things are asked of them.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { graphBase } from '../src/emulator/minted.ts';
import { DEFAULTS } from '../src/emulator/settings.ts';
import { createKube, type Kube } from '../src/kube/client.ts';
import type { KubeAnswer, KubeRequest } from '../src/kube/types.ts';
import type { JsonObject } from '../src/values/json.ts';
import { buildOperator, MALLOC_ENV, NODE_FLAGS } from './build.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { freePort } from './free-port.ts';
import { noteCluster, noteMetrics, notePrinted, noteSecrets } from './test-record.ts';

export const OPERATOR_NAMESPACE = 'azureserviceoperator-system';

export interface Cluster {
  readonly plane: ControlPlane;
  /** Requests of this process to the API server; they end with the signal that the cluster was started with. */
  readonly kube: Kube;
  readonly stop: () => Promise<void>;
}

const FOREVER = new AbortController().signal;

export async function startCluster(
  say: (line: string) => void,
  signal: AbortSignal = FOREVER,
  apiServerFlags: Readonly<Record<string, string>> = {},
): Promise<Cluster> {
  const plane = await startControlPlane({ say, signal, apiServerFlags });
  const config = new KubeConfig();
  config.loadFromFile(plane.kubeconfigPath);
  const kube = await createKube({ config, timeoutMs: 60_000, userAgent: 'aso-tools', onRequest: () => undefined });
  return {
    plane,
    kube: { ...kube, send: (request, own) => kube.send(request, AbortSignal.any([signal, own])) },
    stop: async () => {
      await noteCluster(kube, `cluster-${process.pid}`).catch(() => undefined);
      kube.close();
      await plane.stop();
    },
  };
}

export function apply(kube: Kube, path: string, object: JsonObject): Promise<KubeAnswer> {
  return sendOnceServed(kube, applyOf(path, object));
}

/** A server-side apply. */
export function applyOf(path: string, object: JsonObject): KubeRequest & { readonly query: Record<string, string> } {
  return {
    verb: 'PATCH',
    path,
    query: { fieldManager: 'aso-tools', force: 'true' },
    contentType: 'application/apply-patch+yaml',
    body: object,
  };
}

/**
 * Sends a request when its kind is served. For some moments after a CRD was made or changed the API server answers 404 without a word of
 * its own (what is missing otherwise it names), then 429 "storage is (re)initializing".
 */
export async function sendOnceServed(kube: Kube, request: KubeRequest): Promise<KubeAnswer> {
  let answer = await kube.send(request, FOREVER);
  const isUnserved = (): boolean => answer.status === 429 || (answer.status === 404 && answer.body === undefined);
  await until(
    async () => {
      if (isUnserved()) answer = await kube.send(request, FOREVER);
      return !isUnserved();
    },
    { timeoutMs: 60_000, what: () => `${request.path} to be served; the last answer was ${answer.status}` },
  );
  return answer;
}

export async function inParallel<T>(
  items: readonly T[],
  workers: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = [...items];
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
    }),
  );
}

/** Waits for a condition with a deadline; the error says what was waited for. */
export async function until(
  isSo: () => Promise<boolean> | boolean,
  wait: {
    readonly timeoutMs: number;
    readonly what: () => string;
    readonly everyMs?: number;
    readonly signal?: AbortSignal;
  },
): Promise<void> {
  const deadline = performance.now() + wait.timeoutMs;
  while (!(await isSo())) {
    if (wait.signal?.aborted === true) throw new Error('cancelled');
    if (performance.now() > deadline)
      throw new Error(`waited ${Math.round(wait.timeoutMs / 1000)} s for ${wait.what()}`);
    await new Promise((resolve) => setTimeout(resolve, wait.everyMs ?? 100));
  }
}

export interface OperatorProcess {
  readonly process: ChildProcess;
  readonly healthUrl: string;
  readonly metricsUrl: string;
  readonly log: () => string;
  /** Ends it and waits for its end; gives the exit code. */
  readonly stop: (how?: NodeJS.Signals) => Promise<number | null>;
}

export interface OperatorOptions {
  readonly kubeconfigPath: string;
  readonly endpoint: string;
  readonly caPem: string;
  readonly subscriptionId: string;
  readonly tenantId?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly verbosity?: number;
  readonly leaderElection?: boolean;
  /** Ends the wait for it to be ready. */
  readonly signal?: AbortSignal;
  /** Flags beside these; if absent, the CRDs are left to whoever started the cluster. */
  readonly args?: readonly string[];
  /** Path of another build, to compare with; if absent, the bundle of this checkout. */
  readonly bundle?: string;
}

/** Starts the operator as a process, with settings as a cluster would give them, and waits until it is ready. */
export async function startOperator(options: OperatorOptions): Promise<OperatorProcess> {
  const bundle = options.bundle ?? (await buildOperator());
  noteSecrets(DEFAULTS.clients.flatMap((client) => client.clientSecret ?? []));
  const folder = mkdtempSync(join(tmpdir(), 'aso-'));
  writeFileSync(join(folder, 'ca.pem'), options.caPem);
  const [health, metrics] = [await freePort(), await freePort()];
  let log = '';
  const child = spawn(
    process.execPath,
    [
      ...NODE_FLAGS,
      bundle,
      `--health-addr=127.0.0.1:${health}`,
      `--metrics-addr=127.0.0.1:${metrics}`,
      '--secure-metrics=false',
      '--json-logging',
      `--v=${options.verbosity ?? 2}`,
      ...(options.leaderElection === true ? ['--enable-leader-election'] : []),
      ...(options.args ?? ['--crd-management=none']),
    ],
    {
      env: {
        ...MALLOC_ENV,
        PATH: process.env.PATH ?? '',
        HOME: folder,
        KUBECONFIG: options.kubeconfigPath,
        POD_NAMESPACE: OPERATOR_NAMESPACE,
        NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
        AZURE_SUBSCRIPTION_ID: options.subscriptionId,
        AZURE_TENANT_ID: options.tenantId ?? DEFAULTS.tenantId,
        AZURE_CLIENT_ID: DEFAULTS.clients[0]?.clientId ?? '',
        AZURE_CLIENT_SECRET: DEFAULTS.clients[0]?.clientSecret ?? '',
        AZURE_AUTHORITY_HOST: options.endpoint,
        AZURE_RESOURCE_MANAGER_ENDPOINT: options.endpoint,
        AZURE_RESOURCE_MANAGER_AUDIENCE: options.endpoint,
        AZURE_GRAPH_ENDPOINT: graphBase(options.endpoint),
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const keep = (chunk: Buffer): void => {
    log = (log + chunk.toString()).slice(-2_000_000);
    notePrinted(`operator-${child.pid}`, chunk.toString());
  };
  // Whatever ends this process, the operator does not outlive it.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const metricsUrl = `http://127.0.0.1:${metrics}`;
  const stop = async (how: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    if (how === 'SIGTERM' && child.exitCode === null) await noteMetrics(metricsUrl);
    child.kill(how);
    const code = await ended;
    rmSync(folder, { recursive: true, force: true });
    return code;
  };
  const healthUrl = `http://127.0.0.1:${health}`;
  await until(
    async () =>
      child.exitCode !== null
        ? Promise.reject(new Error(`the operator ended at its start: ${log.slice(-2000)}`))
        : (await fetch(`${healthUrl}/readyz`).catch(() => undefined))?.status === 200,
    {
      timeoutMs: 60_000,
      what: () => `the operator to be ready; it said: ${log.slice(-2000)}`,
      everyMs: 50,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
  ).catch(async (error: unknown) => {
    if (child.exitCode === null) await stop('SIGKILL');
    throw error;
  });
  return { process: child, healthUrl, metricsUrl, log: () => log, stop };
}
