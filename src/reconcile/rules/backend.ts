// The rules of kinds that do not live behind ARM: one question to the kind's backend does the work of a life's middle or of its end.
// What comes before and after (owner, inputs, claim, exports, settling) is shared with the kinds behind ARM.

import { isObject, type JsonObject } from '../../values/json.ts';
import type { Action } from '../action.ts';
import { RESOURCE_ID } from '../annotations.ts';
import type { BackendRequest } from '../backend.ts';
import { isDeleting, resourceId, specOf, statusOf } from '../facts.ts';
import { type Failure, warning } from '../failure.ts';
import { backendPlace, goalBody } from '../goal.ts';
import { readMemo } from '../memo.ts';
import type { Observed, Owner } from '../observed.ts';
import { reportFailure, reportRefusal, softened } from '../report.ts';
import type { Rule } from '../rule.ts';
import { blockedBy } from './claim.ts';

/** How long to leave a server alone that has its hands full. Nothing is written meanwhile. */
const BUSY_MS = 500;

/** The server must be there and say under which name it is reached. */
export const server: Rule = (observed) => {
  const failure = serverFailure(observed);
  return failure === undefined ? undefined : reportFailure(observed, failure, 'the server cannot be reached yet');
};

function serverFailure(observed: Observed): Failure | undefined {
  const { server: found } = observed;
  if (found === undefined) return undefined;
  if (found.state === 'unresolved') return found.failure;
  const { kind, name } = nameOf(found);
  if (found.state !== 'object')
    return warning('Failed', 'spec.owner must name an object of this namespace; an ARM id does not tell the server');
  if (backendPlace(observed).server !== undefined) return undefined;
  return warning(
    'WaitingForOwner',
    `${kind} '${name}' has no status.fullyQualifiedDomainName yet; progress is blocked until it has`,
    'soon',
  );
}

function nameOf(owner: Owner): { readonly kind: string; readonly name: string } {
  return owner.state === 'object'
    ? { kind: owner.kind.kind, name: owner.object.metadata.name ?? '' }
    : { kind: '', name: '' };
}

/** Asks the backend to make it so, or only to look where the policy is skip. */
export const ask: Rule = (observed) => {
  const { told } = observed;
  if (told === undefined)
    return observed.policy === 'skip'
      ? send(observed, 'observe', 'is it there?')
      : send(observed, 'apply', 'it is not known to be as the object wants it');
  switch (told.answer.state) {
    case 'found':
      return takeOver(observed, told.answer.id);
    case 'busy':
      return waitForTurn();
    case 'refused':
      return reportRefusal(observed, told.answer.failure, 'the backend refused');
    case 'absent': {
      const message = `${String(told.request.goal.name)} is not there; reconcile-policy is skip, so it is not created`;
      return reportFailure(observed, warning('AzureResourceNotFound', message), 'it is not there');
    }
    case 'present':
      return keepId(observed, told.answer.id);
  }
};

/** What another object manages is left alone; else the id becomes the object's, and the backend is asked to go on. */
function takeOver(observed: Observed, id: string): Action | undefined {
  const other = observed.rival(id);
  if (other !== undefined) return blockedBy(observed, id, other);
  return keepId(observed, id) ?? send(observed, 'apply', "it is the object's now");
}

/** A new id is stored before anything else is done: a crash must not lose it. */
function keepId(observed: Observed, id: string | undefined): Action | undefined {
  if (id === undefined || id === resourceId(observed)) return undefined;
  const patch = { metadata: { annotations: { [RESOURCE_ID]: id } } };
  return { do: 'claim', why: `keeps the id ${id}`, takes: id, patch };
}

/** Deleted: what the object made is taken away, unless what held it is gone itself. */
export const withdraw: Rule = (observed) => {
  if (!isDeleting(observed)) return undefined;
  if ([observed.owner, observed.server].some((above) => above?.state === 'unresolved' && above.isMissing === true))
    return { do: 'release', why: 'its owner is gone, and what it held with it' };
  if (!observed.inputs.ok) return reportFailure(observed, observed.inputs.failure, 'an input cannot be resolved');
  const failure = serverFailure(observed);
  if (failure !== undefined) return reportFailure(observed, softened(failure), 'the server cannot be reached');
  const { told } = observed;
  if (told === undefined) return send(observed, 'remove', 'the object is deleted');
  switch (told.answer.state) {
    case 'busy':
      return waitForTurn();
    case 'refused':
      return reportRefusal(observed, softened(told.answer.failure), 'the backend refused the removal');
    case 'absent':
    case 'found':
    case 'present':
      return { do: 'release', why: 'it is gone' };
  }
};

function send(observed: Observed, what: BackendRequest['ask'], why: string): Action {
  const id = resourceId(observed);
  const memo = readMemo(statusOf(observed));
  return {
    do: 'send',
    why,
    fills: 'backend',
    request: {
      ask: what,
      goal: goalBody(observed),
      operatorSpec: memberObject(specOf(observed), 'operatorSpec'),
      status: statusOf(observed) ?? {},
      ...backendPlace(observed),
      ...(id === undefined ? {} : { id }),
      ...(memo === undefined ? {} : { appliedAgoMs: observed.now - memo.syncedAt }),
    },
  };
}

function waitForTurn(): Action {
  return {
    do: 'leave',
    why: 'the server is busy with other objects',
    again: { kind: 'after', afterMs: BUSY_MS, lane: 'retry' },
  };
}

function memberObject(holder: JsonObject, member: string): JsonObject {
  const held = holder[member];
  return isObject(held) ? held : {};
}
