// The ground that histories share: a real control plane with a few kinds, the emulator as Azure, and a view of all objects by watch.
// Many histories run on it at once, each in a namespace and a resource group of its own.

import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../../src/emulator/server.ts';
import { collectionPath } from '../../../src/kube/path.ts';
import { refusalOf } from '../../../src/kube/refusal.ts';
import type { KubeObject } from '../../../src/kube/types.ts';
import { watchObjects } from '../../../src/kube/watch.ts';
import { isObject, type JsonObject } from '../../../src/values/json.ts';
import { apply, type Cluster, startCluster } from '../../../tools/platform.ts';
import { installCrds, installPolicy } from '../../../tools/prepare.ts';
import { changesNoted } from '../../../tools/test-record.ts';

export const NEVER = new AbortController().signal;
/** Of what takes a second or so on a quiet machine. */
const DEADLINE_MS = 120_000;

/** CRD files that histories use. */
const CRDS = [
  'resources/resourcegroup',
  'storage/storageaccount',
  'network/virtualnetwork',
  'network/privatednszone',
  'managedidentity/userassignedidentity',
];

export interface Ground {
  readonly cluster: Cluster;
  readonly emulator: Emulator;
  /** An object as the watch saw it last; `key` is '<plural>/<namespace>/<name>'. */
  readonly object: (key: string) => KubeObject | undefined;
  readonly keys: () => Iterable<string>;
  /** Waits until the condition holds, looked at after every change and every 100 ms; the error says what was waited for. */
  readonly when: (isSo: () => boolean, what: () => string, deadlineMs?: number) => Promise<void>;
  readonly namespace: (name: string) => Promise<void>;
  /** Gives the resource version it left. */
  readonly applied: (path: string, manifest: JsonObject) => Promise<number>;
  readonly deleted: (path: string) => Promise<void>;
  /** Is called when all is over. */
  readonly keep: (end: () => void) => void;
  readonly stop: () => Promise<void>;
}

export async function ground(options: EmulatorOptions = {}): Promise<Ground> {
  const cluster = await startCluster(() => undefined);
  const emulator = await startEmulator({ operationMs: 60, limits: 'off', ...options });
  setDefaultCACertificates([...getCACertificates('default'), emulator.caPem]);
  const crds = CRDS.map((file) => JSON.parse(readFileSync(`crds/${file}.yaml`, 'utf8')) as JsonObject);
  await installCrds(cluster.kube, crds, () => undefined);
  await installPolicy(cluster.kube);
  const ending = new AbortController();
  const ends: (() => void)[] = [];
  const objects = new Map<string, KubeObject>();
  const noteStatus = changesNoted('statuses');
  const waiting = new Set<() => void>();
  const look = (): void => {
    for (const check of waiting) check();
  };
  const collections = [...crds.map(storageCollection), '/api/v1/secrets', '/api/v1/configmaps'];
  for (const path of collections) {
    const plural = path.slice(path.lastIndexOf('/') + 1);
    const key = (object: KubeObject): string => `${plural}/${object.metadata.namespace}/${object.metadata.name}`;
    void watchObjects({
      kube: cluster.kube,
      path,
      onPut: (object) => {
        objects.set(key(object), object);
        noteStatus(key(object), JSON.stringify(object.status));
        look();
      },
      onGone: (object) => {
        objects.delete(key(object));
        look();
      },
      onSynced: () => undefined,
      onSetback: () => undefined,
      signal: ending.signal,
    });
  }
  const tick = setInterval(look, 100);
  return {
    cluster,
    emulator,
    object: (key) => objects.get(key),
    keys: () => objects.keys(),
    when: (isSo, what, deadlineMs = DEADLINE_MS) =>
      new Promise((resolve, reject) => {
        const end = (how: () => void): void => {
          waiting.delete(check);
          clearTimeout(deadline);
          how();
        };
        const check = (): void => {
          if (isSo()) end(resolve);
        };
        const deadline = setTimeout(
          () => end(() => reject(new Error(`waited ${deadlineMs / 1000} s for ${what()}`))),
          deadlineMs,
        );
        waiting.add(check);
        check();
      }),
    namespace: async (name) => {
      const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      const answer = await apply(cluster.kube, `/api/v1/namespaces/${name}`, body);
      if (answer.status >= 300) throw new Error(`namespace ${name} was refused: ${refusalOf(answer)}`);
    },
    applied: async (path, manifest) => {
      const answer = await apply(cluster.kube, path, manifest);
      if (answer.status >= 300) throw new Error(`${path} was refused: ${refusalOf(answer)}`);
      return Number(membersOf(membersOf(answer.body).metadata).resourceVersion);
    },
    deleted: async (path) => {
      const answer = await cluster.kube.send({ verb: 'DELETE', path }, NEVER);
      if (answer.status >= 300 && answer.status !== 404) throw new Error(`${path}: ${refusalOf(answer)}`);
    },
    keep: (end) => void ends.push(end),
    stop: async () => {
      ending.abort();
      for (const end of ends) end();
      clearInterval(tick);
      await emulator.stop();
      await cluster.stop();
    },
  };
}

/** Collection of a CRD's storage version across all namespaces. */
function storageCollection(crd: JsonObject): string {
  // A CRD of the project: its shape is known.
  const spec = crd.spec as { group: string; names: { plural: string }; versions: { name: string; storage: boolean }[] };
  const storage = spec.versions.find((version) => version.storage)?.name ?? '';
  return collectionPath(`${spec.group}/${storage}`, spec.names.plural);
}

/** Members of a JSON object; none when there is no object. */
export const membersOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
