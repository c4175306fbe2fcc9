// The end of a resource's life, from the deletion timestamp to the finalizer's release. Order: contract section 11.

import { subscriptionOf } from '../../arm/id.ts';
import { POLLER_DELETE, type Progress, polled, pollRequest, started, toToken } from '../../arm/operation.ts';
import { remove as removeRequest } from '../../arm/request.ts';
import type { Action } from '../action.ts';
import { afterPoll } from '../again.ts';
import { POLLER_RESUME_ID, POLLER_RESUME_TOKEN, PROTECT, RECONCILE_POLICY } from '../annotations.ts';
import { classify, classifyAnswer } from '../classify.ts';
import {
  annotation,
  answered,
  asked,
  getSelf,
  hasVerb,
  isDeleting,
  resourceId,
  runningOperation,
  wasSent,
} from '../facts.ts';
import { type Failure, fatal, warning } from '../failure.ts';
import type { Asked, Observed } from '../observed.ts';
import { report, reportFailure, reportRefusal, reportUnread, softened } from '../report.ts';
import type { Rule } from '../rule.ts';
import { mayStillCome, RELEASED } from './pending-create.ts';

/** Policy says that the resource outlives its object. */
export const detach: Rule = (observed) =>
  isDeleting(observed) && observed.policy !== 'manage'
    ? { do: 'release', why: `reconcile-policy is ${observed.policy}: the resource stays in Azure` }
    : undefined;

/** It never got as far as an id, so nothing can exist in Azure. An id that was stripped afterwards is put back instead. */
export const unborn: Rule = (observed) =>
  isDeleting(observed) && resourceId(observed) === undefined && !wasSent(observed)
    ? { do: 'release', why: 'the object was never claimed: nothing was created' }
    : undefined;

/**
 * The annotation `protect` keeps the resource. The admission policy refuses the deletion of such an object; where it is not installed,
 * or the annotation came after the deletion, the resource is kept all the same. A delete that Azure works on cannot be called back.
 */
export const protect: Rule = (observed) => {
  if (!isDeleting(observed) || annotation(observed, PROTECT) !== 'true') return undefined;
  if (runningOperation(observed, 'DELETE') !== undefined) return undefined;
  const message = `the object is deleted and annotation ${PROTECT} protects its resource: nothing is deleted in Azure. Take the annotation off to delete the resource, or set ${RECONCILE_POLICY} to detach-on-delete to keep it and let the object go`;
  return reportFailure(observed, warning('Protected', message, 'verySlow'), 'the resource is protected');
};

/** Deletes in Azure and waits for the end of it. */
export const remove: Rule = (observed) => {
  const id = resourceId(observed);
  if (!isDeleting(observed) || id === undefined) return undefined;
  if (!observed.credential.ok)
    return reportFailure(observed, orDetach(observed.credential.failure), 'the credential cannot be used');
  const { credential } = observed.credential.value;
  const mismatch = subscriptionMismatch(id, credential.subscriptionId);
  // Nothing is ever sent for an id in another subscription: without a sync there is nothing to delete, and the object may go.
  if (mismatch !== undefined && !wasSent(observed))
    return { do: 'release', why: 'nothing was ever sent to Azure for this object' };
  if (mismatch !== undefined)
    return reportFailure(observed, orDetach(mismatch), 'the resource is in another subscription than the credential');

  const operation = runningOperation(observed, 'DELETE');
  if (operation !== undefined) {
    const poll = asked(observed, 'deletePoll');
    if (poll === undefined)
      return { do: 'send', why: 'a delete is running in Azure', request: pollRequest(operation), fills: 'deletePoll' };
    if ('lost' in poll.answer)
      return reportFailure(
        observed,
        classifyAnswer(poll.answer, observed.kind.map),
        'the state of the delete could not be read',
      );
    return ended(observed, poll, polled(operation, poll.answer, observed.now));
  }
  return isThere(observed, id) ?? beforeRemove(observed) ?? sendDelete(observed, id);
};

/** A deletion that cannot be sent says how the object can go without it: its credential may be gone with its namespace. */
function orDetach(failure: Failure): Failure {
  const advice = `to let the object go and keep the resource, set annotation ${RECONCILE_POLICY} to detach-on-delete`;
  return { ...failure, message: `${failure.message}; ${advice}` };
}

/** Looks before it deletes: what is already gone needs no DELETE, and some kinds cannot be deleted by themselves. */
function isThere(observed: Observed, id: string): Action | undefined {
  if (!hasVerb(observed, 'GET')) return undefined;
  const found = asked(observed, 'exists');
  if (found === undefined)
    return { do: 'send', why: 'is it still in Azure?', request: getSelf(observed, id), fills: 'exists' };
  if (answered(observed, 'exists')?.status === 404) return mayStillCome(observed, id);
  if (hasVerb(observed, 'DELETE')) return undefined;
  const message = `Azure has no way to delete ${id} by itself; it goes with its parent. To remove only this object, set annotation ${RECONCILE_POLICY} to detach-on-delete`;
  return reportFailure(
    observed,
    warning('DeletionNotSupportedInAzure', message, 'verySlow'),
    'the type cannot be deleted',
  );
}

function beforeRemove(observed: Observed): Action | undefined {
  const said = observed.hooks.remove?.(observed);
  if (said === undefined || said.say === 'value') return undefined;
  if (said.say === 'failure')
    return reportFailure(observed, said.failure, 'the kind has something to do before its deletion');
  return { do: 'send', why: `before deletion: ${said.name}`, request: said.request, fills: `look:${said.name}` };
}

function sendDelete(observed: Observed, id: string): Action {
  const sent = asked(observed, 'delete');
  if (sent === undefined)
    return {
      do: 'send',
      why: 'the object is deleted',
      request: removeRequest(id, observed.apiVersion),
      fills: 'delete',
    };
  return ended(observed, sent, 'lost' in sent.answer ? undefined : started(sent.request, sent.answer, observed.now));
}

/** What a DELETE or its poll came to. A 404 of any kind, the parent's included, is success. */
function ended(observed: Observed, sent: Asked, progress: Progress | undefined): Action {
  if (!('lost' in sent.answer) && sent.answer.status === 404) return RELEASED;
  if (progress === undefined) return refused(observed, classifyAnswer(sent.answer, observed.kind.map), sent);
  switch (progress.state) {
    case 'done':
      return RELEASED;
    case 'running': {
      const token = toToken(progress.operation);
      return report(observed, {
        why: 'the delete is running in Azure',
        verdict: { ready: false, severity: 'Info', reason: 'Deleting', message: 'the resource is being deleted' },
        again: afterPoll(progress.afterMs),
        progress: 'polled',
        ...(annotation(observed, POLLER_RESUME_TOKEN) === token
          ? {}
          : { annotations: { [POLLER_RESUME_TOKEN]: token, [POLLER_RESUME_ID]: POLLER_DELETE } }),
      });
    }
    case 'unread':
      return reportUnread(observed, classifyAnswer(sent.answer, observed.kind.map), progress.error.status);
    case 'failed':
      return progress.error.status === 404
        ? RELEASED
        : refused(observed, classify(progress.error, observed.kind.map), sent);
  }
}

function refused(observed: Observed, failure: Failure, sent: Asked): Action {
  return reportRefusal(
    observed,
    softened(observed.hooks.classify?.(failure, sent) ?? failure),
    'Azure refused the delete',
  );
}

/** Why this credential may not touch this id: its subscription is another one. Ids without a subscription pass. */
export function subscriptionMismatch(id: string, subscriptionId: string): Failure | undefined {
  const subscription = subscriptionOf(id);
  if (subscription === undefined || subscription.toLowerCase() === subscriptionId.toLowerCase()) return undefined;
  return fatal(
    'SubscriptionMismatch',
    `resource ${id} is in subscription '${subscription}' but the credential in effect is for subscription '${subscriptionId}'; to move a resource, re-create it`,
  );
}
