// Secrets and ConfigMaps that objects name: their metadata is watched, their values are fetched when a pass needs them and kept while
// the resource version is the same. A cluster's other Secrets are never read.

import { isUtf8 } from 'node:buffer';
import { objectPath } from '../kube/path.ts';
import type { KubeObject, KubeSend } from '../kube/types.ts';
import { isObject } from '../values/json.ts';
import { Secret } from '../values/secret.ts';

export type Values = Readonly<Record<string, Secret>>;

export interface InputValues {
  /**
   * `since` (milliseconds since the epoch): an absence must be of after that moment. A Secret that was made just before an object may be
   * told after it, the two being watched apart.
   */
  readonly secret: (
    namespace: string,
    name: string,
    signal: AbortSignal,
    since?: number,
  ) => Promise<Values | undefined>;
  /**
   * The values of a Secret that is gone, as last read, for an object that was deleted at `deletedAt` (milliseconds since the epoch): before
   * the Secret went or a few minutes after. What is deleted together with its Secret, as with a namespace, still needs it.
   */
  readonly lastSecret: (namespace: string, name: string, deletedAt: number) => Values | undefined;
  readonly configMap: (namespace: string, name: string, signal: AbortSignal) => Promise<Values | undefined>;
  /** Whether there is one of this name; undefined while the watch has not seen all. */
  readonly isThere: (kind: 'Secret' | 'ConfigMap', namespace: string, name: string) => boolean | undefined;
  /** The watch saw it; true when it is new or another. */
  readonly saw: (kind: 'Secret' | 'ConfigMap', object: KubeObject) => boolean;
  readonly sawGone: (kind: 'Secret' | 'ConfigMap', object: KubeObject) => void;
  /** What was seen is all there is: from now on an unseen one does not exist and is not asked for. */
  readonly synced: (kind: 'Secret' | 'ConfigMap') => void;
}

/** Values kept at once; each is small, and a pass asks again for what fell out. */
const MAX_KEPT = 2000;
/** Objects that are deleted so soon after their Secret are deleted together with it. */
const TOGETHER_MS = 5 * 60_000;

export function createInputValues(send: KubeSend, now: () => number): InputValues {
  const versions = { Secret: new Map<string, string>(), ConfigMap: new Map<string, string>() };
  const isSynced = { Secret: false, ConfigMap: false };
  const kept = new Map<string, { readonly version: string; readonly values: Values }>();
  /** When a Secret was last asked for in vain. */
  const absent = new Map<string, number>();
  const gone = new Map<string, { readonly at: number; readonly values: Values }>();

  const fetch = async (
    kind: 'Secret' | 'ConfigMap',
    namespace: string,
    name: string,
    signal: AbortSignal,
    since = Number.NEGATIVE_INFINITY,
  ): Promise<Values | undefined> => {
    // Anything else would be another path.
    if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name)) return undefined;
    const at = `${namespace}/${name}`;
    const version = versions[kind].get(at);
    const isAbsent = since <= (absent.get(at) ?? Number.NEGATIVE_INFINITY);
    if (version === undefined && isSynced[kind] && isAbsent) return undefined;
    const asked = now();
    const held = kept.get(`${kind}|${at}`);
    if (held !== undefined && held.version === version) return held.values;
    const answer = await send(
      { verb: 'GET', path: objectPath('v1', kind === 'Secret' ? 'secrets' : 'configmaps', { namespace, name }) },
      signal,
    );
    if (answer.status === 404) {
      keep(absent, at, asked);
      return undefined;
    }
    if (answer.status !== 200 || !isObject(answer.body))
      throw new Error(`${kind} '${at}' could not be read: the API server answered ${answer.status}`);
    const values = valuesOf(kind, answer.body);
    const metadata = isObject(answer.body.metadata) ? answer.body.metadata : {};
    if (version === undefined) versions[kind].set(at, String(metadata.resourceVersion));
    keep(kept, `${kind}|${at}`, { version: String(metadata.resourceVersion), values });
    return values;
  };

  return {
    secret: (namespace, name, signal, since) => fetch('Secret', namespace, name, signal, since),
    lastSecret: (namespace, name, deletedAt) => {
      const held = gone.get(`${namespace}/${name}`);
      return held !== undefined && deletedAt <= held.at + TOGETHER_MS ? held.values : undefined;
    },
    configMap: (namespace, name, signal) => fetch('ConfigMap', namespace, name, signal),
    isThere: (kind, namespace, name) =>
      versions[kind].has(`${namespace}/${name}`) ? true : isSynced[kind] ? false : undefined,
    saw: (kind, object) => {
      const at = `${object.metadata.namespace}/${object.metadata.name}`;
      const version = object.metadata.resourceVersion ?? '';
      const isNew = versions[kind].get(at) !== version;
      versions[kind].set(at, version);
      if (kind === 'Secret') gone.delete(at);
      return isNew;
    },
    sawGone: (kind, object) => {
      const at = `${object.metadata.namespace}/${object.metadata.name}`;
      versions[kind].delete(at);
      const last = kept.get(`${kind}|${at}`);
      kept.delete(`${kind}|${at}`);
      if (kind === 'Secret' && last !== undefined) keep(gone, at, { at: now(), values: last.values });
    },
    synced: (kind) => {
      isSynced[kind] = true;
    },
  };
}

/** The newest goes to the end, the oldest falls out. */
function keep<T>(into: Map<string, T>, key: string, value: T): void {
  into.delete(key);
  into.set(key, value);
  const [oldest] = into.keys();
  if (into.size > MAX_KEPT && oldest !== undefined) into.delete(oldest);
}

function valuesOf(kind: 'Secret' | 'ConfigMap', body: { readonly data?: unknown }): Values {
  const data = isObject(body.data) ? body.data : {};
  const entries = Object.entries(data).map(([key, value]): [string, Secret] => [
    key,
    kind === 'Secret' ? decoded(String(value)) : new Secret(String(value)),
  ]);
  // Without a prototype: a key may be called `constructor`, and one that is not there must be undefined.
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/** Text where it is text, which is kept smaller; bytes where it is not, such as PKCS12. */
function decoded(base64: string): Secret {
  const bytes = Buffer.from(base64, 'base64');
  return new Secret(isUtf8(bytes) ? bytes.toString('utf8') : bytes);
}
