// What the object wants Azure to have, and whether Azure is known to have it. This is what makes a restart silent.

import { lastSegment } from '../arm/id.ts';
import { digestOf } from '../values/hash.ts';
import { isObject } from '../values/json.ts';
import type { SealedObject } from '../values/secret.ts';
import { syncDueAt } from './again.ts';
import { RECONCILE_REQUESTED_AT, RESOURCE_ID } from './annotations.ts';
import { readyOf } from './conditions.ts';
import { annotation, type Holder, resourceId, runningOperation, specOf, statusOf } from './facts.ts';
import { type Memo, readMemo, SKIPPED, UNKNOWN } from './memo.ts';
import type { Observed } from './observed.ts';
import { toBody } from './to-body.ts';

/** The body to PUT, before children are carried over and quirks have their say. Inputs must be resolved. */
export function goalBody(observed: Observed): SealedObject {
  if (!observed.inputs.ok) throw new Error('goalBody was asked for before the inputs were resolved');
  const spec = specOf(observed);
  const name =
    observed.kind.map.backend === undefined
      ? lastSegment(resourceId(observed) ?? '')
      : String(spec.azureName || observed.object.metadata.name);
  return toBody(spec, observed.fields, observed.inputs.value, name);
}

/** Hash of everything that decides the PUT; `skip` has a goal of its own, so that a change of policy is a change of goal. */
export function goalHash(observed: Observed): string {
  if (observed.policy === 'skip') return SKIPPED;
  const known = HASHES.get(observed.inputs);
  if (known !== undefined && known.object === observed.object && known.apiVersion === observed.apiVersion)
    return known.hash;
  const hash = digestOf({
    id: resourceId(observed) ?? '',
    apiVersion: observed.apiVersion,
    body: goalBody(observed),
    ...backendPlace(observed),
  });
  HASHES.set(observed.inputs, { object: observed.object, apiVersion: observed.apiVersion, hash });
  return hash;
}

/** Rules ask for the hash of one goal many times in a pass, and a large body takes 60 ms each time. By the pass's own inputs, which live as long as it. */
const HASHES = new WeakMap<
  Observed['inputs'],
  { readonly object: Observed['object']; readonly apiVersion: string; readonly hash: string }
>();

/** Where a kind with a server has its thing: the server's address, and the owner's name in Azure. Another place is another goal. */
export function backendPlace(observed: Observed): { readonly server?: string; readonly owner?: string } {
  if (observed.server?.state !== 'object') return {};
  const { status } = observed.server.object;
  const address = isObject(status) ? status.fullyQualifiedDomainName : undefined;
  const id = observed.owner.state === 'object' ? observed.owner.object.metadata.annotations?.[RESOURCE_ID] : undefined;
  return {
    ...(typeof address === 'string' && address !== '' ? { server: address } : {}),
    ...(id === undefined ? {} : { owner: lastSegment(id) }),
  };
}

/** Azure has this goal, nobody asked for a sync, and none is due. */
export function isCurrent(observed: Observed, goal: string): boolean {
  const memo = readMemo(statusOf(observed));
  if (memo === undefined || memo.pending === true || memo.goal !== goal) return false;
  if (isSyncRequested(observed, memo)) return false;
  const due = syncDueAt(observed, memo);
  return due === undefined || observed.now < due;
}

/** A sync was asked for that has not been done. Taking the annotation off asks for nothing. */
export function isSyncRequested(observed: Observed, memo: Memo): boolean {
  const requested = annotation(observed, RECONCILE_REQUESTED_AT);
  return requested !== undefined && requested !== memo.requestedAt;
}

/** Ready is True for the generation that is stored. */
export function isReady(observed: Holder): boolean {
  const ready = readyOf(statusOf(observed));
  return ready?.status === 'True' && ready.observedGeneration === observed.object.metadata.generation;
}

/** The memo of a sync that begins or ends now. */
export function memoNow(observed: Observed, goal: string): Memo {
  const requestedAt = annotation(observed, RECONCILE_REQUESTED_AT);
  return { goal, syncedAt: observed.now, ...(requestedAt === undefined ? {} : { requestedAt }) };
}

/** The memo of an operation that has ended: its goal and the sync that was asked for are those of its PUT. */
export function polledMemo(observed: Observed): Memo {
  const before = readMemo(statusOf(observed));
  const goal = runningOperation(observed, 'PUT')?.goal ?? before?.goal ?? UNKNOWN;
  const requestedAt = before?.requestedAt;
  return { goal, syncedAt: observed.now, ...(requestedAt === undefined ? {} : { requestedAt }) };
}
