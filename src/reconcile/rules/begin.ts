// What must hold before Azure is touched: owner, credential, inputs, name and subscription.

import * as names from '../annotations.ts';
import { azureName } from '../azure-name.ts';
import { readyOf } from '../conditions.ts';
import { annotation, asked, isClaimed, resourceId, statusOf } from '../facts.ts';
import { fatal, warning } from '../failure.ts';
import type { Observed } from '../observed.ts';
import { reportFailure } from '../report.ts';
import type { Rule } from '../rule.ts';
import { subscriptionMismatch } from './remove.ts';

/** The owner must exist; before the claim it must be Ready too, and not on its way out. */
export const owner: Rule = (observed) => {
  const found = observed.owner;
  if (hasJustEnded(observed)) return undefined;
  if (found.state === 'unresolved') {
    const waits = !isClaimed(observed) && found.failure.code === 'WaitingForOwner';
    const failure =
      isClaimed(observed) && found.failure.code === 'WaitingForOwner'
        ? { ...found.failure, code: 'ReferenceNotFound' }
        : found.failure;
    return reportFailure(observed, failure, waits ? 'the owner is not there yet' : 'the owner cannot be resolved');
  }
  if (found.state !== 'object' || isClaimed(observed)) return undefined;
  const name = `${found.kind.kind} '${found.object.metadata.namespace}/${found.object.metadata.name}'`;
  if (found.object.metadata.deletionTimestamp !== undefined) {
    return reportFailure(
      observed,
      warning('WaitingForOwner', `owner ${name} is being deleted; progress is blocked until it exists again`, 'soon'),
      'the owner is being deleted',
    );
  }
  const ready = readyOf(statusOf(found));
  if (ready?.status === 'True') return undefined;
  const state = ready === undefined ? '' : ` (it says ${ready.reason})`;
  return reportFailure(
    observed,
    warning('WaitingForOwner', `owner ${name} is not Ready${state}; progress is blocked until it is`, 'soon'),
    'the owner is not Ready yet',
  );
};

/** An operation ended in this pass: what follows needs nothing that went into the body. */
function hasJustEnded(observed: Observed): boolean {
  return asked(observed, 'poll') !== undefined;
}

export const credential: Rule = (observed) =>
  observed.credential.ok
    ? undefined
    : reportFailure(observed, observed.credential.failure, 'the credential cannot be used');

export const inputs: Rule = (observed) =>
  observed.inputs.ok || hasJustEnded(observed)
    ? undefined
    : reportFailure(observed, observed.inputs.failure, 'an input cannot be resolved');

/** The id's subscription must be the credential's. */
export const subscription: Rule = (observed) => {
  const id = resourceId(observed);
  if (id === undefined || !observed.credential.ok) return undefined;
  const mismatch = subscriptionMismatch(id, observed.credential.value.credential.subscriptionId);
  return mismatch === undefined
    ? undefined
    : reportFailure(observed, mismatch, 'the resource is in another subscription than the credential');
};

/** A claimed object whose azureName was emptied afterwards cannot be sent. */
export const name: Rule = (observed) => {
  const given = azureName(observed);
  if (!given.ok) return reportFailure(observed, given.failure, 'the resource has no name in Azure');
  const stored = annotation(observed, names.AZURE_NAME_FROM_CONFIG);
  if (observed.nameFromConfig === undefined || stored === undefined || stored === given.value) return undefined;
  const message = `spec.azureNameFromConfig now gives '${given.value}', but the resource was claimed as '${stored}'; the name of a resource cannot change`;
  return reportFailure(observed, fatal('Failed', message), 'the name in Azure has changed');
};
