// The kinds of the cluster: a kind's watch starts when its CRD is seen and stops when it goes.

import type { Logger } from 'pino';
import { ARM_MAP_ANNOTATION } from '../kinds/arm-map.ts';
import { groupVersion, type Kind, kindOf } from '../kinds/kind.ts';
import type { KubeObject } from '../kube/types.ts';
import { versionInManagedFields } from '../reconcile/applied-version.ts';
import type { BrokenKinds } from './broken-kinds.ts';
import { kindKey, objectKey } from './dependencies.ts';
import type { Intake } from './intake.ts';
import type { Metrics } from './metrics.ts';
import { withoutManagedFields } from './perform.ts';
import type { Schemas } from './schemas.ts';
import type { ShippedKinds } from './shipped-kinds.ts';
import { nameOf, type Store } from './store.ts';
import { pathsOf, type Watches } from './watches.ts';

export interface KindWatches {
  /** The kind of a CRD that is watched now. */
  readonly kind: (crd: string) => Kind | undefined;
}

export interface KindWatchOptions {
  readonly watches: Watches;
  readonly store: Store;
  readonly intake: Intake;
  /** Told of each object that is gone, as it was last seen. */
  readonly onGone: (kind: Kind, object: KubeObject) => void;
  readonly schemas: Schemas;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly brokenKinds: () => BrokenKinds;
  /** Passes at a time over objects of one kind. */
  readonly maxOfKind: number;
  /** Empty: all. */
  readonly targetNamespaces: readonly string[];
  /** Told of when the cluster's CRDs may not be read. */
  readonly shipped: ShippedKinds;
  readonly until: AbortSignal;
}

interface Running {
  readonly kind: Kind;
  /** The arm-map it was started with. */
  readonly text: string;
  readonly stop: AbortController;
}

/** Watches CRDs, and the objects of each that carries an arm-map. */
export function watchKinds(options: KindWatchOptions): KindWatches {
  const { watches, store, intake, schemas, log, metrics, targetNamespaces } = options;
  const running = new Map<string, Running>();
  const start = (kind: Kind, text: string): void => {
    const stop = new AbortController();
    running.set(kind.crd, { kind, text, stop });
    store.addKind(kind);
    metrics.kindStarted(kind, options.maxOfKind);
    log.info({ crd: kind.crd }, 'kind started');
    watches.begin(kind.crd, {
      paths: pathsOf(groupVersion(kind, kind.storage), kind.plural, targetNamespaces),
      signal: stop.signal,
      onPut: (object) => intake.keep(kind, withoutManagedFields(object), versionInManagedFields(object, kind)),
      onGone: (object) => {
        const held = store.get(nameOf(kind, object))?.object;
        if (held !== undefined) options.onGone(kind, held);
        intake.forget(nameOf(kind, object));
        // Who is on its way out may wait for nothing but the end of its owner.
        const at = `${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`;
        intake.wake(store.dependants(objectKey(kind, at)).filter((name) => store.isLeaving(name)));
      },
      // Whoever waits for an object of this kind could not be told before.
      onSynced: () => {
        store.markWhole(kind);
        intake.wake(store.dependants(kindKey(kind.group, kind.kind)));
      },
    });
  };

  const stop = (crd: string): void => {
    const held = running.get(crd);
    if (held === undefined) return;
    held.stop.abort();
    running.delete(crd);
    watches.forget(crd);
    schemas.forget(held.kind);
    for (const name of store.removeKind(held.kind)) intake.forget(name);
    log.info({ crd }, 'kind stopped');
  };

  const gone = (crd: string): void => {
    options.brokenKinds().mended(crd);
    stop(crd);
  };

  const saw = (crd: KubeObject): void => {
    const text = crd.metadata.annotations?.[ARM_MAP_ANNOTATION];
    const name = crd.metadata.name ?? '';
    const held = running.get(name);
    // A CRD that is being deleted goes once its objects have: their deletions are carried out until then.
    if (text === undefined) {
      gone(name);
      return;
    }
    if (held !== undefined) schemas.forget(held.kind);
    if (held?.text === text) return;
    const read = kindOf(name, text);
    if (!read.ok) {
      if (!options.brokenKinds().saw(crd.metadata, read.why)) return;
      metrics.brokenKind(name);
      log.error({ crd: name, why: read.why }, 'the arm-map of a CRD cannot be read; other kinds go on');
      return;
    }
    gone(name);
    start(read.kind, text);
  };

  const instead = new AbortController();
  watches.begin('crds', {
    signal: instead.signal,
    paths: ['/apis/apiextensions.k8s.io/v1/customresourcedefinitions'],
    metadataOnly: true,
    onPut: saw,
    onGone: (crd) => gone(crd.metadata.name ?? ''),
    onSynced: () => undefined,
    onForbidden: () => {
      if (instead.signal.aborted) return;
      instead.abort();
      log.info('the kinds of this release that the API server serves are taken for those of the cluster');
      void options.shipped.lookAtServed(saw, () => watches.forget('crds'), options.until);
    },
  });
  return { kind: (crd) => running.get(crd)?.kind };
}
