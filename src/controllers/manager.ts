// The controller manager: wires store, queue, watches and worker; starts them and stops them in reverse.
// Start: watches, then the Lease, then passes. Stop: no new pass; what runs may end, so that what Azure answers is noted; then all
// requests are cut, and the Lease is released last, so that the next one finds the notes. A lost Lease cuts at once.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ArmSend } from '../arm/client.ts';
import type { CrdWish } from '../crds/wish.ts';
import { hooksNamed } from '../extensions/index.ts';
import type { CredentialSettings } from '../identity/credential.ts';
import type { Kube } from '../kube/client.ts';
import type { ReconcilePolicy } from '../reconcile/policy.ts';
import { createAttempts } from './attempts.ts';
import { createBrokenKinds } from './broken-kinds.ts';
import { manageCrds } from './crd-management.ts';
import { createEvents } from './events.ts';
import { policyOf, type Sources } from './gather.ts';
import { guarded } from './guard.ts';
import { watchInputs } from './input-watches.ts';
import { createInputValues } from './inputs.ts';
import { createIntake } from './intake.ts';
import { watchKinds } from './kind-watches.ts';
import { type Leadership, lead } from './leader.ts';
import type { Metrics } from './metrics.ts';
import { createNamespaces } from './namespaces.ts';
import { createOrphans } from './orphans.ts';
import type { Doors } from './perform.ts';
import { Queue } from './queue.ts';
import { createSchemas } from './schemas.ts';
import { createShippedKinds, type ShippedKinds } from './shipped-kinds.ts';
import { Store } from './store.ts';
import { tokenBucket } from './token-bucket.ts';
import { createWatches } from './watches.ts';
import { crdOf, createWorker } from './worker.ts';

export interface ManagerOptions {
  readonly kube: Kube;
  readonly arm: ArmSend;
  readonly tokens: Doors['tokens'];
  readonly backends: Doors['backends'];
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
  /** Folder of the CRDs that come with the program; undefined: there is none. */
  readonly shippedCrds: string | undefined;
  /** False: objects are somebody else's; this operator only keeps the CRDs. */
  readonly reconciles: boolean;
  /** CRDs to keep in the cluster; undefined: they are somebody else's. */
  readonly crds: CrdWish | undefined;
  readonly now: () => number;
}

export interface Manager {
  /** All watches of what existed at the start have been read once. */
  readonly isReady: () => boolean;
  /** Resolves when the manager has stopped: on the signal, or (then `false`) because the Lease was lost or there is nothing to run for. */
  readonly done: Promise<boolean>;
}

const WORKERS = 64;
/** How long running passes may take to end; the whole stop, the Lease's release included, stays within 10 s. */
const GRACE_MS = 7_000;

export function startManager(options: ManagerOptions, signal: AbortSignal): Manager {
  const { kube, log, metrics, now } = options;
  const elapsed = (): number => performance.now();
  /** The Lease is lost, or nothing is left to do: all ends at once. */
  const broken = new AbortController();
  const cut = new AbortController();
  const until = cut.signal;
  const shipped = createShippedKinds(kube.send, options.shippedCrds);
  let since = now();
  const sources = createSources(options, shipped, () => since);
  const { store, inputs, schemas } = sources;
  const attempts = createAttempts(Math.random);

  const maxOfKind = options.maxConcurrentReconciles ?? WORKERS;
  const mayTake = options.rateLimit === undefined ? () => true : tokenBucket(options.rateLimit, elapsed);
  const queue: Queue = new Queue({
    clock: { now: elapsed, after: (ms, call) => cancelOf(setTimeout(call, Math.min(ms, 2 ** 31 - 1))) },
    workers: WORKERS,
    mayBegin: (name) => worker.busy(crdOf(name)) < maxOfKind && mayTake(),
    work: (name) => worker.work(name),
    onAdded: (name, lane) => {
      const kind = kinds.kind(crdOf(name));
      if (kind !== undefined) metrics.queued(kind, lane === 'retry' ? 'retry' : 'other');
    },
    onBegun: (name, waitedMs) => {
      const kind = kinds.kind(crdOf(name));
      if (kind !== undefined) metrics.dequeued(kind, waitedMs);
    },
  });
  const intake = createIntake({ store, queue, attempts, schemas, now });
  const watches = createWatches({ kube, log, onBack: () => worker.resume(), until });
  const { targetNamespaces } = options;
  const kinds = options.reconciles
    ? watchKinds({
        watches,
        store,
        intake,
        onGone: (kind, object) => orphans.gone(kind, object),
        schemas,
        log,
        metrics,
        brokenKinds: () => brokenKinds,
        maxOfKind,
        targetNamespaces,
        shipped,
        until,
      })
    : { kind: () => undefined };
  if (options.reconciles)
    watchInputs({
      watches,
      store,
      intake,
      inputs,
      targetNamespaces,
      isStrict: options.credentials.workloadIdentityMode === 'strict',
      send: kube.send,
      until,
    });
  const mayAct = (): boolean => leadership?.isHeld() ?? true;
  const doors = guarded(
    { kube: kube.send, arm: options.arm, tokens: options.tokens, backends: options.backends },
    mayAct,
  );
  const events = createEvents({ send: doors.kube, now, host: options.host, signal: until });
  const brokenKinds = createBrokenKinds(events);
  const orphans = createOrphans({
    events,
    metrics,
    log,
    policyOf: (object) => policyOf(sources, object).policy,
    operator: options.podNamespace,
    mayAct,
  });
  const worker = createWorker({
    sources,
    doors,
    kind: kinds.kind,
    queue,
    attempts,
    intake,
    events,
    orphans,
    metrics,
    log,
    now,
    until,
  });

  const act = (): void => {
    if (options.crds !== undefined)
      void manageCrds({ wish: options.crds, send: doors.kube, log, metrics, events, signal: until }).then((hasWork) => {
        if (!hasWork) broken.abort();
      });
    brokenKinds.begin();
    since = now();
    log.info('passes begin');
    void whenSynced(watches.areSynced, until).then(() => {
      if (!signal.aborted && !until.aborted) queue.open();
    });
  };
  const resigning = new AbortController();
  const leadership: Leadership | undefined = options.leaderElection
    ? lead({
        send: kube.send,
        namespace: options.podNamespace,
        identity: `${options.host}_${randomUUID()}`,
        clock: { now, elapsed, sleep: (ms, until) => sleep(ms, undefined, { signal: until }).catch(() => undefined) },
        signal: resigning.signal,
        onElected: act,
        onLost: () => {
          log.error('the Lease was lost; the operator stops');
          broken.abort();
        },
      })
    : undefined;
  if (leadership === undefined) act();

  metrics.depthBy(() => countBy(queue.readyNames(), crdOf));

  const stop = async (): Promise<boolean> => {
    await aborted(AbortSignal.any([signal, broken.signal]));
    const closed = queue.close();
    await Promise.race([closed, aborted(AbortSignal.any([broken.signal, AbortSignal.timeout(GRACE_MS)]))]);
    cut.abort();
    await closed;
    resigning.abort();
    await leadership?.done;
    return !broken.signal.aborted;
  };
  return { isReady: watches.areSynced, done: stop() };
}

function countBy(names: Iterable<string>, keyOf: (name: string) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(keyOf(name), (counts.get(keyOf(name)) ?? 0) + 1);
  return counts;
}

/** What passes look things up in. */
function createSources(options: ManagerOptions, shipped: ShippedKinds, since: () => number): Sources {
  const store = new Store();
  return {
    store,
    inputs: createInputValues(options.kube.send, options.now),
    namespaces: createNamespaces(store, options.kube.send),
    schemas: createSchemas(options.kube.send, shipped.crd),
    operator: () => ({
      namespace: options.podNamespace,
      version: options.version,
      syncPeriodMs: options.syncPeriodMs,
      since: since(),
    }),
    defaultPolicy: options.defaultPolicy,
    credentials: options.credentials,
    hooksOf: (kind) => hooksNamed(kind.map.quirk),
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function whenSynced(isSynced: () => boolean, signal: AbortSignal): Promise<void> {
  while (!isSynced() && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
}

function cancelOf(timer: NodeJS.Timeout): () => void {
  return () => clearTimeout(timer);
}
