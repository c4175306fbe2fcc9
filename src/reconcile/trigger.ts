// Which changes of an object are worth a pass. Pure. Source: contract 8.1, and what was lost (a stripped finalizer, a lost annotation).

import type { KubeObject } from '../kube/types.ts';
import { isObject } from '../values/json.ts';
import {
  CREDENTIAL_FROM,
  FINALIZER,
  OPERATOR_NAMESPACE,
  PROTECT,
  RECONCILE_POLICY,
  RECONCILE_REQUESTED_AT,
  RESOURCE_ID,
  SYNC_PERIOD,
} from './annotations.ts';

/** True when the object must be looked at because it came to be like this. */
export function isWorthAPass(before: KubeObject | undefined, after: KubeObject): boolean {
  if (before === undefined || before.metadata.uid !== after.metadata.uid) return true;
  if (before.metadata.generation !== after.metadata.generation && !isOwnEdit(before, after)) return true;
  if (before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp) return true;
  if (CAUSES.some((name) => annotation(before, name) !== annotation(after, name))) return true;
  if (hasChanged(before, after, RESOURCE_ID) || hasChanged(before, after, OPERATOR_NAMESPACE)) return true;
  return hadFinalizer(before) && !hadFinalizer(after);
}

/** The claim stores the name that the user left out: an edit that its pass knows already. A second pass would send a refused PUT again. */
function isOwnEdit(before: KubeObject, after: KubeObject): boolean {
  const nameOf = ({ spec }: KubeObject): unknown => (isObject(spec) ? spec.azureName : undefined);
  return (
    annotation(before, RESOURCE_ID) === undefined &&
    annotation(after, RESOURCE_ID) !== undefined &&
    !nameOf(before) &&
    Boolean(nameOf(after)) &&
    after.metadata.generation === (before.metadata.generation ?? 0) + 1
  );
}

/**
 * Annotations of the user: any change of one is a cause. The original looks at a policy only when it turns to or from `skip`; then an
 * object that cannot be deleted would not hear of `detach-on-delete`. A pass over an object that is as it should be sends nothing.
 */
const CAUSES = [RECONCILE_POLICY, CREDENTIAL_FROM, RECONCILE_REQUESTED_AT, SYNC_PERIOD, PROTECT];

/** What the operator wrote is gone or another: replace-style tools strip it, and it is put back at the next pass. */
function hasChanged(before: KubeObject, after: KubeObject, name: string): boolean {
  return annotation(before, name) !== undefined && annotation(before, name) !== annotation(after, name);
}

function hadFinalizer(object: KubeObject): boolean {
  return object.metadata.finalizers?.includes(FINALIZER) ?? false;
}

function annotation(object: KubeObject, name: string): string | undefined {
  return object.metadata.annotations?.[name];
}
