// From a claimed object to an accepted PUT.

import { started } from '../../arm/operation.ts';
import { put as putRequest } from '../../arm/request.ts';
import { isObject } from '../../values/json.ts';
import type { Action } from '../action.ts';
import { syncDueAt } from '../again.ts';
import { carryChildren } from '../carry.ts';
import { classifyAnswer } from '../classify.ts';
import { answered, asked, bodyOf, hasAsked, isOk, resourceId, statusOf } from '../facts.ts';
import { goalBody, goalHash, isCurrent, isReady, isSyncRequested } from '../goal.ts';
import { readMemo, UNKNOWN } from '../memo.ts';
import type { Asked, Observed } from '../observed.ts';
import { reportFailure } from '../report.ts';
import type { Rule } from '../rule.ts';
import { isInherited, isPacked } from './inherit.ts';
import { lookAtSelf } from './look.ts';
import { notDone, refused } from './operation.ts';

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
export function owesPut(observed: Observed): boolean {
  if (observed.policy === 'skip' || asked(observed, 'poll') !== undefined) return false;
  if (asked(observed, 'read') !== undefined || isInherited(observed)) return false;
  return !isCurrent(observed, goalHash(observed));
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
