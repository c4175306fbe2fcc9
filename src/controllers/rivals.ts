// Who else holds an ARM id. Of two managed objects that hold one, the first keeps it: the one that has sent to Azure, else the older.

import type { KubeObject } from '../kube/types.ts';
import { RESOURCE_ID } from '../reconcile/annotations.ts';
import { readyOf } from '../reconcile/conditions.ts';
import { statusOf } from '../reconcile/facts.ts';
import { readMemo, SKIPPED } from '../reconcile/memo.ts';
import type { ReconcilePolicy } from '../reconcile/policy.ts';
import type { Store } from './store.ts';

export interface RivalSources {
  readonly store: Store;
  readonly policyOf: (object: KubeObject) => ReconcilePolicy;
}

/** The object that keeps this one from an id, as words for a person; undefined when the id is free or this one's own. */
export function rivalOf({ store, policyOf }: RivalSources, id: string, self: string): string | undefined {
  const mine = store.get(self)?.object;
  const isHeld = mine?.metadata.annotations?.[RESOURCE_ID]?.toLowerCase() === id.toLowerCase();
  const other = store.claimants(id).find((name) => {
    const object = store.get(name)?.object;
    if (name === self || object === undefined || policyOf(object) === 'skip') return false;
    if (namespaceOf(name) !== namespaceOf(self) && isDenied(object)) return false;
    return !isHeld || mine === undefined || isBefore(object, mine);
  });
  if (other === undefined) return undefined;
  const [crd, object] = other.split('|');
  return `${crd} '${object}'`;
}

/** Names are 'crd|namespace/name'. */
function namespaceOf(name: string): string {
  return name.slice(name.indexOf('|') + 1).split('/')[0] ?? '';
}

/**
 * What is noted on an object is its users' to write. One that was told that the id cannot be its own, or lies in a subscription that is
 * not its credential's, keeps nobody of another namespace from it.
 */
function isDenied(object: KubeObject): boolean {
  const ready = readyOf(statusOf({ object }));
  return ready?.severity === 'Error' && (ready.reason === 'SubscriptionMismatch' || ready.reason === 'Failed');
}

function isBefore(a: KubeObject, b: KubeObject): boolean {
  if (hasSent(a) !== hasSent(b)) return hasSent(a);
  const [bornA, bornB] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  return bornA === bornB ? (a.metadata.uid ?? '') < (b.metadata.uid ?? '') : bornA < bornB;
}

function hasSent(object: KubeObject): boolean {
  const memo = readMemo(statusOf({ object }));
  return memo !== undefined && memo.goal !== SKIPPED;
}
