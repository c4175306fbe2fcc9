// Runs the pod of a Deployment as a process, since there is no kubelet: its args, its environment with the values of its Secrets, its
// mounted files, and its ServiceAccount's token, which is all it has to ask the API server with.
//
// What differs from a real pod, and why: the token and the CA come in a kubeconfig, for the in-cluster files have one fixed path on a
// machine; mounted files are below a folder, and the flags and variables that name them are pointed there; ports are free ones of the
// loopback address, as all processes here share a network.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { refusalOf } from '../../src/kube/refusal.ts';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import { freePort } from '../../tools/free-port.ts';
import { IMAGE_ENV } from '../../tools/image.ts';
import { type Cluster, until } from '../../tools/platform.ts';
import { notePrinted, noteSecrets } from '../../tools/test-record.ts';

export interface Pod {
  readonly user: string;
  readonly healthUrl: string;
  /** host:port of the metrics server; '' when there is none. */
  readonly metrics: string;
  readonly log: () => string;
  /** The most memory that the process has had at a time; Linux only. */
  readonly peakMb: () => number;
  readonly exited: Promise<number | null>;
  readonly stop: () => Promise<number | null>;
}

export interface PodOptions {
  readonly cluster: Cluster;
  /** The Deployment as the API server holds it. */
  readonly deployment: JsonObject;
  /** Program and arguments in place of the image's entry point. */
  readonly entryPoint: readonly [string, ...string[]];
  /** Folder in which the image has its files: working directory and place of /crds. */
  readonly root: string;
  /** What a test has to add: the CA of the emulator. */
  readonly env?: Readonly<Record<string, string>>;
}

const NEVER = new AbortController().signal;

interface Container {
  readonly args: readonly string[];
  readonly env?: readonly EnvEntry[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface EnvEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: { readonly name: string; readonly key: string; readonly optional?: boolean };
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

interface Volume {
  readonly name: string;
  readonly projected?: {
    readonly sources: readonly {
      readonly serviceAccountToken: {
        readonly audience: string;
        readonly expirationSeconds: number;
        readonly path: string;
      };
    }[];
  };
  readonly secret?: { readonly secretName: string; readonly optional?: boolean };
  readonly configMap?: { readonly name: string };
}

interface PodSpec {
  readonly serviceAccountName: string;
  readonly containers: readonly [Container];
  readonly volumes?: readonly Volume[];
}

/** Starts it and waits for `/readyz`, or for its end. */
export async function runPod(options: PodOptions): Promise<Pod> {
  const namespace = String((options.deployment.metadata as JsonObject).namespace);
  const { spec } = (options.deployment.spec as unknown as { template: { spec: PodSpec } }).template;
  const folder = mkdtempSync(join(tmpdir(), 'aso-pod-'));
  const [container] = spec.containers;
  const ports = { health: await freePort(), metrics: await freePort() };
  const mounts = new Map((container.volumeMounts ?? []).map(({ name, mountPath }) => [name, mountPath]));
  for (const volume of spec.volumes ?? []) {
    const files = await filesOf(options.cluster, { namespace, account: spec.serviceAccountName, volume });
    for (const [file, text] of Object.entries(files)) put(join(folder, mounts.get(volume.name) ?? '', file), text);
  }
  const token = await tokenOf(options.cluster, { namespace, account: spec.serviceAccountName });
  noteSecrets([token]);
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigOf(options.cluster, token));
  const inFolder = (text: string): string =>
    [...mounts.values()].reduce((held, path) => held.replace(path, join(folder, path)), text);
  const args = container.args.map((arg) =>
    inFolder(arg)
      .replace(/^(--health-addr=).*/, `$1127.0.0.1:${ports.health}`)
      .replace(/^(--metrics-addr=).*/, `$1127.0.0.1:${ports.metrics}`),
  );
  const env = await environmentOf(options.cluster, namespace, container.env ?? []);
  const [program, ...first] = options.entryPoint;
  let log = '';
  const child: ChildProcess = spawn(program, [...first, ...args], {
    cwd: options.root,
    env: {
      ...IMAGE_ENV,
      ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, inFolder(value)])),
      HOSTNAME: 'azureserviceoperator-controller-manager-0',
      KUBECONFIG: kubeconfig,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      notePrinted(`pod-${child.pid}`, chunk.toString());
    });
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  void exited.then(() => {
    process.removeListener('exit', kill);
    rmSync(folder, { recursive: true, force: true });
  });
  const healthUrl = `http://127.0.0.1:${ports.health}`;
  const pod: Pod = {
    user: `system:serviceaccount:${namespace}:${spec.serviceAccountName}`,
    healthUrl,
    metrics: args.some((arg) => arg.startsWith('--metrics-addr=')) ? `127.0.0.1:${ports.metrics}` : '',
    log: () => log,
    peakMb: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
    },
    exited,
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
  await until(
    async () => child.exitCode !== null || (await fetch(`${healthUrl}/readyz`).catch(() => undefined))?.status === 200,
    { timeoutMs: 60_000, what: () => `the pod to be ready; it said: ${log.slice(-2000)}`, everyMs: 50 },
  ).catch(async (error: unknown) => {
    kill();
    throw error;
  });
  return pod;
}

type Values = Readonly<Record<string, string>>;

/** Values of a Secret or a ConfigMap; undefined when there is none. */
async function valuesOf(
  cluster: Cluster,
  of: { readonly plural: 'secrets' | 'configmaps'; readonly namespace: string; readonly name: string },
): Promise<Values | undefined> {
  const path = `/api/v1/namespaces/${of.namespace}/${of.plural}/${of.name}`;
  const answer = await cluster.kube.send({ verb: 'GET', path }, NEVER);
  if (answer.status !== 200 || !isObject(answer.body)) return undefined;
  const text = (value: unknown): string =>
    of.plural === 'secrets' ? Buffer.from(String(value), 'base64').toString('utf8') : String(value);
  const data = isObject(answer.body.data) ? answer.body.data : {};
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, text(value)]));
}

/** A token of a ServiceAccount, for the API server when no audience is named. */
export async function tokenOf(
  cluster: Cluster,
  of: {
    readonly namespace: string;
    readonly account: string;
    readonly audience?: string;
    readonly expirationSeconds?: number;
  },
): Promise<string> {
  const { audience, expirationSeconds } = of;
  const spec = {
    ...(audience === undefined ? {} : { audiences: [audience] }),
    ...(expirationSeconds === undefined ? {} : { expirationSeconds }),
  };
  const path = `/api/v1/namespaces/${of.namespace}/serviceaccounts/${of.account}/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  const answer = await cluster.kube.send({ verb: 'POST', path, body }, NEVER);
  if (answer.status !== 201 || !isObject(answer.body) || !isObject(answer.body.status))
    throw new Error(`no token for ${of.account}: ${refusalOf(answer)}`);
  return String(answer.body.status.token);
}

/** Files of a volume: path below its mount → text. */
async function filesOf(
  cluster: Cluster,
  of: { readonly namespace: string; readonly account: string; readonly volume: Volume },
): Promise<Values> {
  const { volume, namespace, account } = of;
  if (volume.projected !== undefined) {
    const files: Record<string, string> = {};
    for (const { serviceAccountToken: wish } of volume.projected.sources)
      files[wish.path] = await tokenOf(cluster, { namespace, account, ...wish });
    return files;
  }
  const files =
    volume.secret === undefined
      ? await valuesOf(cluster, { plural: 'configmaps', namespace, name: volume.configMap?.name ?? '' })
      : await valuesOf(cluster, { plural: 'secrets', namespace, name: volume.secret.secretName });
  if (files === undefined && volume.secret?.optional !== true)
    throw new Error(`a pod with volume ${volume.name} would not start: what it mounts does not exist`);
  return files ?? {};
}

async function environmentOf(cluster: Cluster, namespace: string, entries: readonly EnvEntry[]): Promise<Values> {
  const env: Record<string, string> = {};
  for (const { name, value, valueFrom } of entries) {
    const ref = valueFrom?.secretKeyRef;
    if (ref === undefined) {
      env[name] = valueFrom?.fieldRef?.fieldPath === 'metadata.namespace' ? namespace : (value ?? '');
      continue;
    }
    const found = (await valuesOf(cluster, { plural: 'secrets', namespace, name: ref.name }))?.[ref.key];
    if (found !== undefined) env[name] = found;
    else if (ref.optional !== true) throw new Error(`a pod would not start: Secret ${ref.name} has no key ${ref.key}`);
  }
  return env;
}

export function kubeconfigOf(cluster: Cluster, token: string): string {
  const admin = parse(readFileSync(cluster.plane.kubeconfigPath, 'utf8')) as { clusters: unknown };
  const [first] = admin.clusters as readonly { name: string }[];
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: admin.clusters,
    users: [{ name: 'pod', user: { token } }],
    contexts: [{ name: 'pod', context: { cluster: first?.name, user: 'pod' } }],
    'current-context': 'pod',
  });
}

function put(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
