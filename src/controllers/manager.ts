// The controller manager: starts the watches, keeps the store, feeds the queue, runs the passes, and stops in reverse.
// Start: watches, then the Lease, then passes. A kind's watch starts when its CRD is seen and stops when it goes.

import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { ArmSend } from '../arm/client.ts';
import { hooksNamed } from '../extensions/index.ts';
import type { CredentialSettings } from '../identity/choose.ts';
import { ARM_MAP_ANNOTATION } from '../kinds/arm-map.ts';
import { apiVersionOf, groupVersion, type Kind, kindOf } from '../kinds/kind.ts';
import type { Kube } from '../kube/client.ts';
import { collectionPath } from '../kube/path.ts';
import type { KubeObject } from '../kube/types.ts';
import { watchObjects } from '../kube/watch.ts';
import type { Again } from '../reconcile/action.ts';
import { CREDENTIAL_FROM, RECONCILE_POLICY, RESOURCE_ID } from '../reconcile/annotations.ts';
import { appliedVersion, versionInManagedFields } from '../reconcile/applied-version.ts';
import { readyOf } from '../reconcile/conditions.ts';
import type { ReconcilePolicy } from '../reconcile/policy.ts';
import { isPolicyTurn, isWorthAPass } from '../reconcile/trigger.ts';
import { backoffMs } from '../values/backoff.ts';
import { isObject } from '../values/json.ts';
import { dependenciesOf, kindKey } from './dependencies.ts';
import { createEvents } from './events.ts';
import { gather, type Sources } from './gather.ts';
import { createInputValues } from './inputs.ts';
import { lead } from './leader.ts';
import type { Metrics } from './metrics.ts';
import { pass } from './pass.ts';
import { WriteRefused, withoutManagedFields } from './perform.ts';
import { Queue } from './queue.ts';
import { createSchemas } from './schemas.ts';
import { configMapKey, nameOf, Store, secretKey } from './store.ts';

export interface ManagerOptions {
  readonly kube: Kube;
  readonly arm: ArmSend;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly version: string;
  readonly podNamespace: string;
  readonly host: string;
  readonly syncPeriodMs: number | undefined;
  readonly defaultPolicy: ReconcilePolicy;
  readonly targetNamespaces: readonly string[];
  readonly maxConcurrentReconciles: number | undefined;
  readonly rateLimit: { readonly qps: number; readonly burst: number } | undefined;
  readonly credentials: CredentialSettings;
  readonly leaderElection: boolean;
  readonly now: () => number;
}

export interface Manager {
  /** All watches of what existed at the start have been read once. */
  readonly isReady: () => boolean;
  /** Resolves when the manager has stopped: on the signal, or because the Lease was lost (then `false`). */
  readonly done: Promise<boolean>;
}

const WORKERS = 64;
const CONFLICT_FIRST_MS = 50;
const ERROR_CAP_MS = 60_000;

export function startManager(options: ManagerOptions, signal: AbortSignal): Manager {
  const { kube, log, metrics, now } = options;
  const ending = new AbortController();
  const until = AbortSignal.any([signal, ending.signal]);
  const store = new Store();
  const inputs = createInputValues(kube.send);
  const schemas = createSchemas(kube.send);
  const events = createEvents({ send: kube.send, now, host: options.host, signal: until });
  const attempts = new Map<string, number>();
  /** Looks at one operation in a row, for the delay between them when Azure names none. */
  const polls = new Map<string, number>();
  const kindWatches = new Map<string, { readonly kind: Kind; readonly text: string; readonly stop: AbortController }>();
  const unsynced = new Set<string>(['crds', 'namespaces', 'Secret', 'ConfigMap']);
  const complaints = new Set<string>();
  const busyByKind = new Map<string, number>();
  const bucket = options.rateLimit === undefined ? undefined : tokenBucket(options.rateLimit, now);

  const queue = new Queue({
    clock: { now, after: (ms, call) => cancelOf(setTimeout(call, Math.min(ms, 2 ** 31 - 1))) },
    workers: WORKERS,
    mayBegin: (name) =>
      (options.maxConcurrentReconciles === undefined ||
        (busyByKind.get(crdOf(name)) ?? 0) < options.maxConcurrentReconciles) &&
      (bucket === undefined || bucket()),
    work: (name) => work(name),
  });

  const sources: Sources = {
    store,
    inputs,
    schemas,
    operator: { namespace: options.podNamespace, version: options.version, syncPeriodMs: options.syncPeriodMs },
    defaultPolicy: options.defaultPolicy,
    credentials: options.credentials,
    hooksOf: (kind) => hooksNamed(kind.map.quirk),
    complain: (message, name) => {
      if (complaints.has(`${name}${message}`)) return;
      complaints.add(`${name}${message}`);
      log.error({ object: name }, message);
    },
  };

  const isWatchedNamespace = (namespace: string | undefined): boolean =>
    options.targetNamespaces.length === 0 || options.targetNamespaces.includes(namespace ?? '');

  /** Puts a state of an object into the store and wakes whoever it concerns. */
  const keep = (kind: Kind, object: KubeObject, applied: string | undefined): void => {
    const name = nameOf(kind, object);
    const held = store.get(name);
    const version = appliedVersion(
      object,
      kind,
      applied ?? (held?.object.metadata.uid === object.metadata.uid ? held?.applied : undefined),
    );
    const isSame =
      held !== undefined &&
      held.applied === version &&
      held.object.metadata.generation === object.metadata.generation &&
      held.object.metadata.annotations?.[CREDENTIAL_FROM] === object.metadata.annotations?.[CREDENTIAL_FROM];
    const dependsOn = isSame
      ? held.dependsOn
      : dependenciesOf(object, kind, schemas.rules(kind, apiVersionOf(kind, version) ?? '').spec, (group, target) =>
          store.kind(group, target),
        );
    const { before, isNew } = store.put(kind, { object, applied: version, dependsOn });
    if (!isNew) return;
    if (isWorthAPass(before?.object, object) || (before !== undefined && before.applied !== version)) {
      attempts.delete(name);
      queue.add(name, 'edit');
    }
    if (hasBecomeUsable(before?.object, object)) wake(store.dependants(name));
  };

  const wake = (names: readonly string[]): void => {
    for (const name of names) {
      attempts.delete(name);
      queue.add(name, 'edit');
    }
  };

  const startKind = (kind: Kind, text: string): void => {
    const stop = new AbortController();
    kindWatches.set(kind.crd, { kind, text, stop });
    store.addKind(kind);
    unsynced.add(kind.crd);
    log.info({ crd: kind.crd }, 'kind started');
    void watchObjects({
      kube,
      path: collectionPath(groupVersion(kind, kind.storage), kind.plural),
      signal: AbortSignal.any([until, stop.signal]),
      onPut: (object) => {
        if (isWatchedNamespace(object.metadata.namespace))
          keep(kind, withoutManagedFields(object), versionInManagedFields(object, kind));
      },
      onGone: (object) => forget(nameOf(kind, object)),
      onSynced: () => {
        unsynced.delete(kind.crd);
        // Whoever waits for an object of this kind could not be told before.
        wake(store.dependants(kindKey(kind.group, kind.kind)));
      },
      onSetback: (setback) => log.debug({ crd: kind.crd, ...setback }, 'watch begins anew'),
    });
  };

  const stopKind = (crd: string): void => {
    const watch = kindWatches.get(crd);
    if (watch === undefined) return;
    watch.stop.abort();
    kindWatches.delete(crd);
    unsynced.delete(crd);
    schemas.forget(watch.kind);
    for (const name of store.removeKind(watch.kind)) {
      queue.drop(name);
      attempts.delete(name);
      polls.delete(name);
    }
    log.info({ crd }, 'kind stopped');
  };

  const sawCrd = (crd: KubeObject): void => {
    const text = crd.metadata.annotations?.[ARM_MAP_ANNOTATION];
    const name = crd.metadata.name ?? '';
    const running = kindWatches.get(name);
    if (text === undefined || crd.metadata.deletionTimestamp !== undefined) {
      stopKind(name);
      return;
    }
    if (running !== undefined) schemas.forget(running.kind);
    if (running?.text === text) return;
    const read = kindOf(name, text);
    if (!read.ok) {
      metrics.brokenKind(name);
      log.error({ crd: name, why: read.why }, 'the arm-map of a CRD cannot be read; other kinds go on');
      return;
    }
    stopKind(name);
    startKind(read.kind, text);
  };

  const forget = (name: string): void => {
    store.remove(name);
    queue.drop(name);
    attempts.delete(name);
    polls.delete(name);
  };

  const watchInputs = (kind: 'Secret' | 'ConfigMap'): void => {
    const keyOf = kind === 'Secret' ? secretKey : configMapKey;
    const dependants = (object: KubeObject): readonly string[] =>
      store.dependants(keyOf(object.metadata.namespace ?? '', object.metadata.name ?? ''));
    void watchObjects({
      kube,
      path: collectionPath('v1', kind === 'Secret' ? 'secrets' : 'configmaps'),
      metadataOnly: true,
      signal: until,
      onPut: (object) => {
        if (inputs.saw(kind, object)) wake(dependants(object));
      },
      onGone: (object) => {
        inputs.sawGone(kind, object);
        wake(dependants(object));
      },
      onSynced: () => {
        inputs.synced(kind);
        unsynced.delete(kind);
      },
      onSetback: (setback) => log.debug({ kind, ...setback }, 'watch begins anew'),
    });
  };

  const sawNamespace = (namespace: KubeObject): void => {
    const name = namespace.metadata.name ?? '';
    const annotations = namespace.metadata.annotations ?? {};
    const before = store.putNamespace(name, annotations);
    if (before === undefined || !isPolicyTurn(before[RECONCILE_POLICY], annotations[RECONCILE_POLICY])) return;
    wake(
      [...store.names()].filter(
        (object) =>
          object.includes(`|${name}/`) &&
          store.get(object)?.object.metadata.annotations?.[RECONCILE_POLICY] === undefined,
      ),
    );
  };

  const watchPlain = (
    label: string,
    path: string,
    onPut: (object: KubeObject) => void,
    onGone: (object: KubeObject) => void,
  ): void => {
    void watchObjects({
      kube,
      path,
      metadataOnly: true,
      signal: until,
      onPut,
      onGone,
      onSynced: () => unsynced.delete(label),
      onSetback: (setback) => log.debug({ watch: label, ...setback }, 'watch begins anew'),
    });
  };

  const work = async (name: string): Promise<void> => {
    const entry = store.get(name);
    const kind = kindWatches.get(crdOf(name))?.kind;
    if (entry === undefined || kind === undefined) return;
    const begun = performance.now();
    busyByKind.set(kind.crd, (busyByKind.get(kind.crd) ?? 0) + 1);
    const passLog = log.child({ object: name, pass: randomUUID().slice(0, 8) });
    try {
      const observed = await gather(
        sources,
        { name, kind, entry, attempts: attempts.get(name) ?? 0, now: now(), freshUuid: randomUUID() },
        until,
      );
      const end = await pass(
        {
          doors: { kube: kube.send, arm: options.arm },
          log: passLog,
          onWritten: (object) => keep(kind, object, undefined),
        },
        observed,
        until,
      );
      for (const note of end.events) events.emit(kind, end.object, note);
      if (end.progress === 'none') attempts.set(name, (attempts.get(name) ?? 0) + 1);
      else attempts.delete(name);
      if (end.progress === 'polled') polls.set(name, (polls.get(name) ?? 0) + 1);
      else polls.delete(name);
      lookAgain(name, end.again);
      metrics.pass(
        kind.crd,
        end.again.kind === 'backoff' ? 'requeue_after' : 'success',
        (performance.now() - begun) / 1000,
      );
      passLog.debug({ why: end.why, again: end.again }, 'pass ended');
    } catch (error) {
      metrics.pass(kind.crd, 'error', (performance.now() - begun) / 1000);
      escaped(name, error, passLog);
    } finally {
      busyByKind.set(kind.crd, (busyByKind.get(kind.crd) ?? 1) - 1);
    }
  };

  /** Whatever escapes a pass ends up here: the object is looked at again, others go on. */
  const escaped = (name: string, error: unknown, passLog: Logger): void => {
    if (until.aborted || (error instanceof WriteRefused && error.code === 'gone')) return;
    const failed = (attempts.get(name) ?? 0) + 1;
    attempts.set(name, failed);
    if (!(error instanceof WriteRefused && error.code === 'conflict'))
      passLog.error({ err: error }, 'a pass was cut short');
    queue.add(name, 'retry', jittered(backoffMs(failed - 1, CONFLICT_FIRST_MS, ERROR_CAP_MS)));
  };

  const lookAgain = (name: string, again: Again): void => {
    if (again.kind === 'never' || !store.get(name)) return;
    if (again.kind === 'after') queue.add(name, again.lane, again.afterMs);
    else
      queue.add(
        name,
        'retry',
        jittered(backoffMs((polls.get(name) ?? attempts.get(name) ?? 1) - 1, again.firstMs, again.capMs)),
      );
  };

  watchPlain('crds', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', sawCrd, (crd) =>
    stopKind(crd.metadata.name ?? ''),
  );
  watchPlain('namespaces', '/api/v1/namespaces', sawNamespace, (namespace) =>
    store.removeNamespace(namespace.metadata.name ?? ''),
  );
  watchInputs('Secret');
  watchInputs('ConfigMap');

  let hasLost = false;
  const act = (): void => {
    log.info('passes begin');
    void whenSynced(() => unsynced.size === 0, until).then(() => {
      if (!until.aborted) queue.open();
    });
  };
  const led = options.leaderElection
    ? lead({
        send: kube.send,
        namespace: options.podNamespace,
        identity: `${options.host}_${randomUUID()}`,
        now,
        signal: until,
        onElected: act,
        onLost: () => {
          hasLost = true;
          log.error('the Lease was lost; the operator stops');
          ending.abort();
        },
      })
    : Promise.resolve(act());

  const depth = setInterval(() => metrics.queue(queue.ready), 1000);
  depth.unref();

  const done = new Promise<boolean>((resolve) => {
    until.addEventListener(
      'abort',
      () => {
        clearInterval(depth);
        void Promise.allSettled([queue.close(), led]).then(() => resolve(!hasLost));
      },
      { once: true },
    );
  });
  return { isReady: () => unsynced.size === 0, done };
}

/** An object that others wait for: it got its ARM id, or became Ready. */
function hasBecomeUsable(before: KubeObject | undefined, after: KubeObject): boolean {
  const id = (object: KubeObject | undefined): string | undefined => object?.metadata.annotations?.[RESOURCE_ID];
  const isReady = (object: KubeObject | undefined): boolean =>
    readyOf(isObject(object?.status) ? object.status : undefined)?.status === 'True';
  return (id(after) !== undefined && id(before) !== id(after)) || (isReady(after) && !isReady(before));
}

async function whenSynced(isSynced: () => boolean, signal: AbortSignal): Promise<void> {
  while (!isSynced() && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Full jitter upwards: between half of a delay and all of it. */
function jittered(ms: number): number {
  return Math.round(ms * (0.5 + 0.5 * Math.random()));
}

function cancelOf(timer: NodeJS.Timeout): () => void {
  return () => clearTimeout(timer);
}

function crdOf(name: string): string {
  return name.slice(0, name.indexOf('|'));
}

/** RATE_LIMIT_MODE bucket: so many passes a second, with a burst. */
function tokenBucket(limit: { readonly qps: number; readonly burst: number }, now: () => number): () => boolean {
  let tokens = limit.burst;
  let at = now();
  return () => {
    const then = now();
    tokens = Math.min(limit.burst, tokens + ((then - at) / 1000) * limit.qps);
    at = then;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
