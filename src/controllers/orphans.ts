// Tells of objects that went without a release of this operator: by an event, a log line and a metric, so that what they leave in Azure
// is found. Only the operator that acts can know what was released; one that waits for the Lease keeps quiet.

import type { Logger } from 'pino';
import type { Kind } from '../kinds/kind.ts';
import type { KubeObject } from '../kube/types.ts';
import { orphanNote } from '../reconcile/orphan.ts';
import type { ReconcilePolicy } from '../reconcile/policy.ts';
import type { EventSink } from './events.ts';
import type { Metrics } from './metrics.ts';

export interface Orphans {
  /** It was decided that the object may go. */
  readonly released: (object: KubeObject) => void;
  /** The object is gone; it was last seen like this. */
  readonly gone: (kind: Kind, object: KubeObject) => void;
}

export interface OrphanOptions {
  readonly events: EventSink;
  readonly metrics: Pick<Metrics, 'orphaned'>;
  readonly log: Logger;
  readonly policyOf: (object: KubeObject) => ReconcilePolicy;
  /** Namespace of this operator. */
  readonly operator: string;
  readonly mayAct: () => boolean;
}

export function createOrphans({ events, metrics, log, policyOf, operator, mayAct }: OrphanOptions): Orphans {
  /** Uids of objects that were let go and are not gone yet. */
  const released = new Set<string>();
  return {
    released: ({ metadata }) => void released.add(metadata.uid ?? ''),
    gone: (kind, object) => {
      if (released.delete(object.metadata.uid ?? '') || !mayAct()) return;
      const note = orphanNote({ object, policy: policyOf(object), operator });
      if (note === undefined) return;
      metrics.orphaned(kind);
      events.emit(kind, object, note);
      const { namespace, name } = object.metadata;
      log.warn({ object: `${kind.crd}|${namespace}/${name}` }, note.message);
    },
  };
}
