// Which changes of an object are worth a pass. Pure. Source: contract 8.1, and what was lost (a stripped finalizer, a lost annotation).

import type { KubeObject } from '../kube/types.ts';
import {
  CREDENTIAL_FROM,
  FINALIZER,
  RECONCILE_POLICY,
  RECONCILE_REQUESTED_AT,
  RESOURCE_ID,
  SYNC_PERIOD,
} from './annotations.ts';

/** True when the object must be looked at because it came to be like this. */
export function isWorthAPass(before: KubeObject | undefined, after: KubeObject): boolean {
  if (before === undefined || before.metadata.uid !== after.metadata.uid) return true;
  if (before.metadata.generation !== after.metadata.generation) return true;
  if (before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp) return true;
  if (isPolicyTurn(annotation(before, RECONCILE_POLICY), annotation(after, RECONCILE_POLICY))) return true;
  if (
    [CREDENTIAL_FROM, RECONCILE_REQUESTED_AT, SYNC_PERIOD].some(
      (name) => annotation(before, name) !== annotation(after, name),
    )
  )
    return true;
  return lost(before, after);
}

/** A policy matters at once when it turns to or from skip, or when the object is on its way out. */
export function isPolicyTurn(before: string | undefined, after: string | undefined): boolean {
  return before !== after && (before === 'skip' || after === 'skip');
}

/** Replace-style tools strip what the operator wrote: it is put back at the next pass. */
function lost(before: KubeObject, after: KubeObject): boolean {
  const hadFinalizer = before.metadata.finalizers?.includes(FINALIZER) ?? false;
  const hasFinalizer = after.metadata.finalizers?.includes(FINALIZER) ?? false;
  return (
    (hadFinalizer && !hasFinalizer) ||
    (annotation(before, RESOURCE_ID) !== undefined && annotation(after, RESOURCE_ID) === undefined)
  );
}

function annotation(object: KubeObject, name: string): string | undefined {
  return object.metadata.annotations?.[name];
}
