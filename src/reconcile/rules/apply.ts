// From a claimed object to an accepted PUT.

import { POLLER_CREATE, type Progress, polled, pollRequest, started, toToken } from '../../arm/operation.ts';
import { type ArmRequest, get, put as putRequest } from '../../arm/request.ts';
import { apiVersionOf } from '../../kinds/kind.ts';
import { isObject, type Json } from '../../values/json.ts';
import type { Action, EventNote } from '../action.ts';
import { afterPoll, syncDueAt } from '../again.ts';
import * as names from '../annotations.ts';
import { carryChildren } from '../carry.ts';
import { classify, classifyAnswer } from '../classify.ts';
import {
  annotation,
  answered,
  asked,
  bodyOf,
  getSelf,
  hasAsked,
  isEditedSince,
  isOk,
  resourceId,
  runningOperation,
  statusOf,
  withoutOperation,
} from '../facts.ts';
import { type Failure, warning } from '../failure.ts';
import { goalBody, goalHash, isCurrent, isReady, isSyncRequested, memoNow } from '../goal.ts';
import { readMemo, UNKNOWN, writeMemo } from '../memo.ts';
import type { Asked, Observed } from '../observed.ts';
import { report, reportFailure, reportRefusal, reportUnread, softened, storedStatus } from '../report.ts';
import type { Rule } from '../rule.ts';
import { isInherited, isPacked } from './inherit.ts';

/** A PUT is running: one look per pass, never a second PUT. */
export const operation: Rule = (observed) => {
  const running = runningOperation(observed, 'PUT');
  if (running === undefined || !observed.credential.ok) return undefined;
  const poll = asked(observed, 'poll');
  if (poll === undefined)
    return { do: 'send', why: 'a create or update is running in Azure', request: pollRequest(running), fills: 'poll' };
  if ('lost' in poll.answer) {
    const failure = classifyAnswer(poll.answer, observed.kind.map);
    // An address that nothing may be sent to was not Azure's: the annotation was tampered with, and what it stood for is sent anew.
    return poll.answer.isOutOfBounds === true
      ? reportRefusal(observed, { ...failure, retry: 'soon' }, 'the noted operation is out of bounds')
      : reportFailure(observed, failure, 'the state of the operation could not be read');
  }
  return notDone(observed, poll, polled(running, poll.answer, observed.now));
};

/** Nothing to do: Azure has the goal, the object says so, and the next sync is not due. This is all that a restart does. */
export const current: Rule = (observed) => {
  if (hasAsked(observed) || !isReady(observed) || isPacked(observed) || observed.hasLostExport) return undefined;
  if (!isCurrent(observed, goalHash(observed))) return undefined;
  const memo = readMemo(statusOf(observed));
  const due = memo === undefined ? undefined : syncDueAt(observed, memo);
  return {
    do: 'leave',
    why: 'Azure has what the object wants',
    again: due === undefined ? { kind: 'never' } : { kind: 'after', afterMs: due - observed.now, lane: 'background' },
  };
};

/** Whether a PUT is still owed in this pass: what was read was read after all that had to be sent. */
function owesPut(observed: Observed): boolean {
  if (observed.policy === 'skip' || asked(observed, 'poll') !== undefined) return false;
  if (asked(observed, 'read') !== undefined || isInherited(observed)) return false;
  return !isCurrent(observed, goalHash(observed));
}

/** Some kinds refuse or break when they, or their owner, are busy. */
export const blocked: Rule = (observed) => {
  if (!owesPut(observed) || asked(observed, 'put') !== undefined) return undefined;
  for (const row of observed.kind.map.blockedBy ?? []) {
    const look = row.of === 'owner' ? lookAtOwner(observed) : lookAtSelf(observed, 'is the resource busy?');
    if (look === undefined) continue;
    if (look.do !== 'answer') return look;
    const unread = unreadable(observed, look.asked);
    if (unread !== undefined) return unread;
    const state = stateAt(look.asked, row.at);
    if (state === undefined) continue;
    const lower = state.toLowerCase();
    const isBusy =
      row.when === undefined
        ? !(row.unless ?? []).some((word) => word.toLowerCase() === lower)
        : row.when.some((word) => word.toLowerCase() === lower);
    if (!isBusy) continue;
    const whose = row.of === 'owner' ? 'its owner' : 'the resource';
    return reportFailure(
      observed,
      warning(
        'ReconciliationBlocked',
        `${whose} has ${row.at} '${state}' in Azure; the update waits until that is over`,
      ),
      `${whose} is busy`,
    );
  }
  return undefined;
};

type Look = { readonly do: 'answer'; readonly asked: Asked };

function lookAtSelf(observed: Observed, why: string): Action | Look | undefined {
  const id = resourceId(observed);
  if (id === undefined) return undefined;
  const seen = asked(observed, 'self');
  return seen === undefined
    ? { do: 'send', why, request: getSelf(observed, id), fills: 'self' }
    : { do: 'answer', asked: seen };
}

function lookAtOwner(observed: Observed): Action | Look | undefined {
  const seen = asked(observed, 'owner');
  if (seen !== undefined) return { do: 'answer', asked: seen };
  const request = ownerRequest(observed);
  return request === undefined ? undefined : { do: 'send', why: 'is the owner busy?', request, fills: 'owner' };
}

/** An owner object is read in the version it was applied in, one given by ARM id in its kind's newest. */
function ownerRequest({ owner }: Observed): ArmRequest | undefined {
  if (owner.state === 'arm') {
    const apiVersion = owner.kind === undefined ? undefined : apiVersionOf(owner.kind, owner.kind.storage);
    return apiVersion === undefined ? undefined : get(owner.id, apiVersion);
  }
  if (owner.state !== 'object') return undefined;
  const annotations = owner.object.metadata.annotations ?? {};
  const id = annotations[names.RESOURCE_ID];
  const apiVersion = apiVersionOf(owner.kind, annotations[names.ORIGINAL_VERSION] ?? '');
  return id === undefined || apiVersion === undefined ? undefined : get(id, apiVersion);
}

/** What cannot be looked at may be busy; what is not there is not. */
function unreadable(observed: Observed, { answer }: Asked): Action | undefined {
  if (!('lost' in answer) && (isOk(answer) || answer.status === 404)) return undefined;
  const failure = softened(classifyAnswer(answer, observed.kind.map));
  return reportFailure(observed, failure, 'whether Azure is busy with it could not be read');
}

/** A status path is found below `properties` where the kind flattens it, else as it stands. */
function stateAt(seen: Asked, path: string): string | undefined {
  if ('lost' in seen.answer || !isOk(seen.answer)) return undefined;
  const body = bodyOf(seen.answer);
  const direct = at(body, path);
  const state = direct ?? at(isObject(body?.properties) ? body.properties : undefined, path);
  return typeof state === 'string' ? state : undefined;
}

function at(value: Json | undefined, path: string): Json | undefined {
  return path.split('/').reduce<Json | undefined>((held, member) => (isObject(held) ? held[member] : undefined), value);
}

/** Sends the whole body, as the original does: there is no PATCH. */
export const put: Rule = (observed) => {
  const id = resourceId(observed);
  if (id === undefined || !owesPut(observed) || asked(observed, 'put') !== undefined) return undefined;
  let body = goalBody(observed);
  const { carry } = observed.kind.map;
  if (carry !== undefined) {
    const seen = lookAtSelf(observed, `which children are there that the object does not name (${carry.at})?`);
    if (seen?.do !== 'answer') return seen;
    const carried = carryChildren(body, seen.asked, { carry, apiVersion: observed.apiVersion, map: observed.kind.map });
    if (!carried.ok) return reportFailure(observed, carried.failure, 'the children in Azure could not be read');
    body = carried.value;
  }
  const said = observed.hooks.body?.(observed, body);
  if (said?.say === 'look') return { do: 'send', why: said.name, request: said.request, fills: `look:${said.name}` };
  if (said?.say === 'failure') return reportFailure(observed, said.failure, 'the body cannot be made');
  return {
    do: 'send',
    why: whyPut(observed),
    request: putRequest(id, observed.apiVersion, said?.value ?? body),
    fills: 'put',
  };
};

function whyPut(observed: Observed): string {
  const memo = readMemo(statusOf(observed));
  if (memo === undefined || memo.goal === UNKNOWN) return 'Azure is not known to have what the object wants';
  if (memo.goal !== goalHash(observed)) return 'the object wants something else than what was sent last';
  return isSyncRequested(observed, memo) ? 'a sync was asked for' : 'the sync period is over';
}

/** What the PUT came to; when it is done the pass goes on to read the resource. */
export const accepted: Rule = (observed) => {
  const sent = asked(observed, 'put');
  if (sent === undefined) return undefined;
  if ('lost' in sent.answer) return refused(observed, classifyAnswer(sent.answer, observed.kind.map), sent);
  const registration = register(observed, sent);
  if (registration !== undefined) return registration;
  return notDone(observed, sent, started(sent.request, sent.answer, observed.now));
};

/** A subscription that never used the provider must be registered first; Azure is asked to, and the PUT comes again. */
function register(observed: Observed, sent: Asked): Action | undefined {
  const answer = answered(observed, 'put');
  if (answer === undefined || isOk(answer) || asked(observed, 'look:register') !== undefined) return undefined;
  const error = isObject(bodyOf(answer)?.error) ? bodyOf(answer)?.error : undefined;
  if (!isObject(error) || error.code !== 'MissingSubscriptionRegistration' || !observed.credential.ok) return undefined;
  const details = Array.isArray(error.details) ? error.details[0] : undefined;
  const provider =
    isObject(details) && typeof details.target === 'string'
      ? details.target
      : (observed.kind.map.type ?? '').split('/')[0];
  const { subscriptionId } = observed.credential.value.credential;
  const url = `/subscriptions/${subscriptionId}/providers/${provider}/register?api-version=2019-05-01`;
  return {
    do: 'send',
    why: `registers ${provider} in the subscription, as ${sent.request.verb} was refused for want of it`,
    request: { verb: 'POST', url },
    fills: 'look:register',
  };
}

function notDone(observed: Observed, sent: Asked, progress: Progress): Action | undefined {
  switch (progress.state) {
    case 'done':
      return undefined;
    case 'running':
      return runs(observed, sent, progress);
    case 'unread':
      return reportUnread(observed, classifyAnswer(sent.answer, observed.kind.map), progress.error.status);
    case 'failed':
      return refused(observed, classify(progress.error, observed.kind.map), sent);
  }
}

/** Azure works on it: what to poll is kept on the object, so that a restart loses nothing. */
function runs(observed: Observed, sent: Asked, progress: Extract<Progress, { state: 'running' }>): Action {
  const isNew = sent.request.verb === 'PUT';
  const token = toToken(isNew ? { ...progress.operation, goal: goalHash(observed) } : progress.operation);
  const begun: EventNote = {
    type: 'Normal',
    reason: 'BeginCreateOrUpdate',
    message: `Azure has accepted ${resourceId(observed)}`,
  };
  return report(observed, {
    why: 'Azure works on it',
    verdict: {
      ready: false,
      severity: 'Info',
      reason: 'Reconciling',
      message: 'the resource is being created or updated in Azure',
    },
    again: afterPoll(progress.afterMs),
    progress: 'polled',
    // An operation that is over at the first look is not worth an event: the condition has told it.
    ...(isNew ? {} : { events: [begun] }),
    ...(annotation(observed, names.POLLER_RESUME_TOKEN) === token
      ? {}
      : {
          annotations: {
            [names.POLLER_RESUME_TOKEN]: token,
            [names.POLLER_RESUME_ID]: POLLER_CREATE,
            // Of the PUT, not of a poll: an edit made meanwhile must be seen when the operation ends.
            ...(isNew
              ? { [names.LATEST_RECONCILED_GENERATION]: String(observed.object.metadata.generation ?? 0) }
              : {}),
          },
        }),
    ...(isNew
      ? {
          status: {
            ...storedStatus(observed),
            ...writeMemo({ ...memoNow(observed, goalHash(observed)), pending: true }),
          },
        }
      : {}),
  });
}

function refused(observed: Observed, failure: Failure, sent: Asked): Action {
  const refusal = reportRefusal(
    observed,
    observed.hooks.classify?.(failure, sent) ?? failure,
    'Azure refused the create or update',
  );
  if (!isEditedSince(observed)) return refusal;
  // The failure is that of an older edit: the newer one is sent at once, and may be what mends it.
  return { ...refusal, progress: 'made', again: { kind: 'after', afterMs: 0, lane: 'retry' } };
}

/** A token of a delete, or one that cannot be read, on an object that is not being deleted: it is taken off and the pass starts anew. */
export const strayToken: Rule = (observed) => {
  const annotations = withoutOperation(observed);
  if (annotations === undefined || runningOperation(observed, 'PUT') !== undefined) return undefined;
  return {
    do: 'claim',
    why: 'the noted operation cannot be followed',
    patch: { metadata: { annotations } },
  };
};
