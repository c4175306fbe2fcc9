// The claim: which ARM id the object stands for, and taking possession of it before Azure is touched.

import { lastSegment } from '../../arm/id.ts';
import type { Action } from '../action.ts';
import * as names from '../annotations.ts';
import { azureName } from '../azure-name.ts';
import { claimPatch } from '../claim-patch.ts';
import { isClaimed, isDeleting, resourceId, wasSent } from '../facts.ts';
import { fatal, warning } from '../failure.ts';
import type { Observed, Resolved } from '../observed.ts';
import { knownId, newId, whyUnfit } from '../own-id.ts';
import { reportFailure, softened } from '../report.ts';
import type { Rule } from '../rule.ts';
import { subscriptionMismatch } from './remove.ts';

/**
 * The id noted on the object must be one that it can stand for: annotations are the user's to write, and the original trusts them.
 * A type that is not the kind's would lend this kind's rights to another; a name that is not the object's is a copied manifest.
 */
export const noted: Rule = (observed) => {
  const id = resourceId(observed);
  const why = id === undefined ? undefined : whyUnfit(observed, id);
  if (why === undefined) return undefined;
  if (isDeleting(observed) && !wasSent(observed))
    return {
      do: 'release',
      why: 'the id noted on the object is not its own, and nothing was ever sent to Azure for it',
    };
  const advice = isDeleting(observed)
    ? `Nothing is deleted in Azure. Correct the annotation, or set ${names.RECONCILE_POLICY} to detach-on-delete to let the object go`
    : 'Take the annotation off, and the object is claimed anew for the id that its owner and name make';
  const failure = fatal('Failed', `annotation ${names.RESOURCE_ID} does not fit the object: ${why}. ${advice}`);
  return reportFailure(observed, isDeleting(observed) ? softened(failure) : failure, 'the id noted is not its own');
};

/**
 * What a replace-style tool has stripped is put back at once. The resource is known to be in Azure, so nothing that a first claim waits
 * for is waited for: without the finalizer a deletion would leave an orphan.
 */
export const reclaim: Rule = (observed) => {
  if (isClaimed(observed) || !wasSent(observed)) return undefined;
  const id = knownId(observed);
  if (id.ok)
    return {
      do: 'claim',
      why: `puts back the claim of ${id.value}`,
      takes: id.value,
      patch: claimPatch(observed, id.value, lastSegment(id.value)),
    };
  if (!isDeleting(observed)) return undefined;
  const advice = `put the annotation back, or set ${names.RECONCILE_POLICY} to detach-on-delete to let the object go`;
  const message = `annotation ${names.RESOURCE_ID} was taken off and the id cannot be made again (${id.failure.message}); ${advice}`;
  return reportFailure(observed, warning('ReferenceNotFound', message), 'the id of what to delete is lost');
};

/** One resource has one object that manages it: of two that hold the same id, the one that was there first. */
export const rival: Rule = (observed) => {
  const id = resourceId(observed);
  if (id === undefined || observed.policy === 'skip') return undefined;
  const other = observed.rival(id);
  if (other === undefined) return undefined;
  return isDeleting(observed)
    ? { do: 'release', why: `${other} manages the resource: it stays in Azure` }
    : blockedBy(observed, id, other);
};

/** Tells of the other object, and waits until it lets go of the id. */
export function blockedBy(observed: Observed, id: string, other: string): Action {
  const message = `${id} is already managed by ${other}; two objects cannot manage one resource. Delete this one, give it reconcile-policy 'skip', or delete the other one with reconcile-policy 'detach-on-delete'`;
  return {
    ...reportFailure(observed, warning('ReconciliationBlocked', message), 'another object holds the same ARM id'),
    waitsForId: id,
  };
}

/**
 * Takes possession: finalizer, id, labels, owner reference, azureName.
 * Must be stored before the first PUT: if we crash between the two, the finalizer is what stops an orphan in Azure.
 */
export const claim: Rule = (observed) => {
  if (isClaimed(observed)) return undefined;
  const name = azureName(observed);
  if (!name.ok) return reportFailure(observed, name.failure, 'the resource has no name in Azure');
  if (observed.kind.map.backend !== undefined)
    return { do: 'claim', why: `claims ${name.value}`, patch: claimPatch(observed, undefined, name.value) };
  const claimed = resourceId(observed);
  const id: Resolved<string> = claimed === undefined ? newId(observed, name.value) : { ok: true, value: claimed };
  if (!id.ok) return reportFailure(observed, id.failure, 'the ARM id cannot be built');
  const foreignOwner = ownerElsewhere(observed);
  if (foreignOwner !== undefined) return foreignOwner;
  const other = observed.policy === 'skip' ? undefined : observed.rival(id.value);
  if (other !== undefined) return blockedBy(observed, id.value, other);
  const patch = claimPatch(observed, id.value, name.value);
  return { do: 'claim', why: `claims ${id.value}`, takes: id.value, patch };
};

function ownerElsewhere(observed: Observed): ReturnType<Rule> {
  if (observed.owner.state !== 'object' || !observed.credential.ok) return undefined;
  const id = observed.owner.object.metadata.annotations?.[names.RESOURCE_ID];
  if (id === undefined || observed.kind.map.scope === 'extension') return undefined;
  const mismatch = subscriptionMismatch(id, observed.credential.value.credential.subscriptionId);
  if (mismatch === undefined) return undefined;
  return reportFailure(
    observed,
    fatal('Failed', `the owner is deployed elsewhere: ${mismatch.message}`),
    'the owner is in another subscription',
  );
}
