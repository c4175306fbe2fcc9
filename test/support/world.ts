// The real parts together for a story: a control plane with the CRDs of some groups, the emulator, the operator as a process, and verbs.

import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/server.ts';
import { pluralOf } from '../../src/generate/naming.ts';
import { refusalOf } from '../../src/kube/refusal.ts';
import type { Condition } from '../../src/reconcile/conditions.ts';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import {
  apply,
  applyOf,
  type Cluster,
  OPERATOR_NAMESPACE,
  type OperatorOptions,
  type OperatorProcess,
  sendOnceServed,
  startCluster,
  startOperator,
  until,
} from '../../tools/platform.ts';
import { installCrds, installPolicy, projectCrds } from '../../tools/prepare.ts';
import { changesNoted } from '../../tools/test-record.ts';

export interface Manifest extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject & { readonly name: string };
}

export interface World {
  readonly cluster: Cluster;
  readonly emulator: Emulator;
  readonly namespace: string;
  readonly operator: () => OperatorProcess;
  /** Ends the operator and starts it again with other settings. */
  readonly restart: (env?: Readonly<Record<string, string>>, how?: NodeJS.Signals) => Promise<void>;
  readonly applied: (manifest: Manifest) => Promise<JsonObject>;
  /** What the API server says when it refuses a manifest. A policy takes effect a while after it was made: asked until it does. */
  readonly refused: (manifest: Manifest) => Promise<string>;
  readonly patched: (manifest: Manifest, patch: JsonObject) => Promise<void>;
  readonly deleted: (manifest: Manifest) => Promise<void>;
  readonly eventuallyReady: (...manifests: readonly Manifest[]) => Promise<void>;
  /** Waits for a condition Ready with this reason and gives it. */
  readonly eventually: (manifest: Manifest, reason: string, severity?: string) => Promise<Condition>;
  readonly gone: (...manifests: readonly Manifest[]) => Promise<void>;
  readonly object: (manifest: Manifest) => Promise<JsonObject | undefined>;
  readonly core: (plural: 'secrets' | 'configmaps', name: string) => Promise<JsonObject | undefined>;
  readonly until: (isSo: () => Promise<boolean> | boolean, what: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Of what takes a second or so on a quiet machine. */
const DEADLINE_MS = 60_000;

export interface WorldOptions {
  readonly groups: readonly string[];
  readonly emulator?: EmulatorOptions;
  readonly env?: OperatorOptions['env'];
  /** PEM of one more CA that the operator trusts. */
  readonly alsoTrusts?: string;
}

export async function world(options: WorldOptions): Promise<World> {
  const namespace = 'team';
  const cluster = await startCluster(() => undefined);
  const emulator = await startEmulator({ operationMs: 100, limits: 'off', ...options.emulator });
  await installCrds(cluster.kube, projectCrds(new Set(options.groups)), () => undefined);
  await installPolicy(cluster.kube);
  for (const name of [namespace, OPERATOR_NAMESPACE])
    await apply(cluster.kube, `/api/v1/namespaces/${name}`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
  const start = (env: OperatorOptions['env'] = {}): Promise<OperatorProcess> =>
    startOperator({
      kubeconfigPath: cluster.plane.kubeconfigPath,
      endpoint: emulator.endpoint,
      caPem: `${emulator.caPem}\n${options.alsoTrusts ?? ''}`,
      subscriptionId: emulator.settings.subscriptionIds[0] ?? '',
      env: { ...options.env, ...env },
    });
  let operator = await start();

  const pathOf = (manifest: Manifest): string =>
    `${manifest.apiVersion.includes('/') ? '/apis/' : '/api/'}${manifest.apiVersion}/namespaces/${namespace}/${pluralOf(manifest.kind)}/${manifest.metadata.name}`;
  /** undefined: it is not there. Any other answer says nothing of that. */
  const got = async (path: string): Promise<JsonObject | undefined> => {
    const answer = await sendOnceServed(cluster.kube, { verb: 'GET', path });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200 || !isObject(answer.body)) throw new Error(`GET ${path}: ${refusalOf(answer)}`);
    return answer.body;
  };
  const noteStatus = changesNoted('statuses');
  const object = async (manifest: Manifest): Promise<JsonObject | undefined> => {
    const path = pathOf(manifest);
    const held = await got(path);
    noteStatus(path, JSON.stringify(held?.status));
    return held;
  };
  const ready = async (manifest: Manifest): Promise<Condition | undefined> => {
    const held = await object(manifest);
    const status = isObject(held?.status) ? held.status : {};
    // Written by the operator through the CRD's schema.
    return (Array.isArray(status.conditions) ? (status.conditions as unknown as readonly Condition[]) : []).find(
      (condition) => condition.type === 'Ready',
    );
  };
  const wait = (isSo: () => Promise<boolean> | boolean, what: () => string): Promise<void> =>
    until(isSo, { timeoutMs: DEADLINE_MS, everyMs: 50, what }).catch((error: unknown) => {
      throw new Error(
        `${error instanceof Error ? error.message : error}\n${operator.log().split('\n').slice(-10).join('\n')}`,
      );
    });

  return {
    cluster,
    emulator,
    namespace,
    operator: () => operator,
    restart: async (env, how) => {
      await operator.stop(how);
      operator = await start(env);
    },
    applied: async (manifest) => {
      const answer = await apply(cluster.kube, pathOf(manifest), {
        ...manifest,
        metadata: { ...manifest.metadata, namespace },
      });
      if (answer.status >= 300 || !isObject(answer.body))
        throw new Error(`${manifest.kind} ${manifest.metadata.name} was refused: ${refusalOf(answer)}`);
      return answer.body;
    },
    refused: async (manifest) => {
      let said: string | undefined;
      const request = applyOf(pathOf(manifest), { ...manifest, metadata: { ...manifest.metadata, namespace } });
      await wait(
        async () => {
          const query = { ...request.query, dryRun: 'All' };
          const answer = await sendOnceServed(cluster.kube, { ...request, query });
          if (answer.status >= 300) said = refusalOf(answer);
          return said !== undefined;
        },
        () => `${manifest.kind} ${manifest.metadata.name} to be refused`,
      );
      return said ?? '';
    },
    patched: async (manifest, patch) => {
      const answer = await sendOnceServed(cluster.kube, {
        verb: 'PATCH',
        path: pathOf(manifest),
        contentType: 'application/merge-patch+json',
        query: { fieldManager: 'test' },
        body: patch,
      });
      if (answer.status >= 300) throw new Error(refusalOf(answer));
    },
    deleted: async (manifest) => {
      await sendOnceServed(cluster.kube, { verb: 'DELETE', path: pathOf(manifest) });
    },
    eventuallyReady: async (...manifests) => {
      const late = new Map<string, string>();
      await wait(
        async () => {
          late.clear();
          for (const manifest of manifests) {
            const condition = await ready(manifest);
            if (condition?.status !== 'True')
              late.set(`${manifest.kind} ${manifest.metadata.name}`, `${condition?.reason}: ${condition?.message}`);
          }
          return late.size === 0;
        },
        () => `these to be Ready: ${JSON.stringify(Object.fromEntries(late))}`,
      );
    },
    eventually: async (manifest, reason, severity) => {
      let seen: Condition | undefined;
      await wait(
        async () => {
          seen = await ready(manifest);
          return seen?.reason === reason && (severity === undefined || seen.severity === severity);
        },
        () =>
          `${manifest.kind} ${manifest.metadata.name} to have ${severity ?? ''} ${reason}; it has ${JSON.stringify(seen)}`,
      );
      if (seen === undefined) throw new Error('the condition is there once it was waited for');
      return seen;
    },
    gone: async (...manifests) => {
      for (const manifest of manifests)
        await wait(
          async () => (await object(manifest)) === undefined,
          () => `${manifest.kind} ${manifest.metadata.name} to be gone`,
        );
    },
    object,
    core: (plural, name) => got(`/api/v1/namespaces/${namespace}/${plural}/${name}`),
    until: (isSo, what) => wait(isSo, () => what),
    stop: async () => {
      await operator.stop();
      await emulator.stop();
      await cluster.stop();
    },
  };
}
