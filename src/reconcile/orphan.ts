// What is left in Azure when an object goes that this operator has not released: somebody took the finalizer off. Nothing is deleted
// then: taking the finalizer off is also how people let go of an object and keep what it stands for.

import type { KubeObject } from '../kube/types.ts';
import type { EventNote } from './action.ts';
import { OPERATOR_NAMESPACE } from './annotations.ts';
import { annotation, hasFinalizer, resourceId, runningOperation, statusOf, wasSent } from './facts.ts';
import type { ReconcilePolicy } from './policy.ts';

export interface Leaving {
  /** The object as it was last seen. */
  readonly object: KubeObject;
  readonly policy: ReconcilePolicy;
  /** Namespace of this operator. */
  readonly operator: string;
}

/** A Warning that names what may be left; undefined: nothing was made, it was to stay, it is being deleted, or it is another operator's. */
export function orphanNote({ object, policy, operator }: Leaving): EventNote | undefined {
  const holder = { object };
  const owner = annotation(holder, OPERATOR_NAMESPACE) ?? operator;
  if (policy !== 'manage' || owner !== operator || runningOperation(holder, 'DELETE') !== undefined) return undefined;
  if (!hasFinalizer(holder) && !wasSent(holder)) return undefined;
  const shown = statusOf(holder)?.id;
  const id = resourceId(holder) ?? (typeof shown === 'string' ? shown : `what '${object.metadata.name}' stands for`);
  return {
    type: 'Warning',
    reason: 'Orphaned',
    message: `the object is gone, but this operator did not release it: somebody took its finalizer off. May be left in Azure: ${id}. Delete it there, or apply the manifest again to take it back`,
  };
}
