// From an accepted and finished PUT (or a resource that is only looked at) to a Ready object.

import type { EventNote } from '../action.ts';
import { atSync } from '../again.ts';
import { EXPORT_POLLER_RESUME_TOKEN } from '../annotations.ts';
import { classifyAnswer } from '../classify.ts';
import {
  annotation,
  answered,
  asked,
  bodyOf,
  getSelf,
  hasSent,
  hasVerb,
  isEditedSince,
  isOk,
  resourceId,
  sentGeneration,
  statusOf,
  withoutOperation,
} from '../facts.ts';
import { warning } from '../failure.ts';
import { freshStatus, withFreshStatus } from '../fresh-status.ts';
import { goalHash, isReady, isSyncRequested, memoNow, polledMemo } from '../goal.ts';
import { type Memo, readMemo, UNKNOWN, writeMemo } from '../memo.ts';
import type { Observed } from '../observed.ts';
import { report, reportFailure, reportRefusal, softened } from '../report.ts';
import type { Rule } from '../rule.ts';

/** Status always comes from a GET after the write, never from the write's own answer: the two differ (arm-protocol 14, row 18). */
export const read: Rule = (observed) => {
  const id = resourceId(observed);
  if (id === undefined || !hasVerb(observed, 'GET')) return undefined;
  const seen = asked(observed, 'read');
  if (seen === undefined)
    return { do: 'send', why: 'what does Azure have?', request: getSelf(observed, id), fills: 'read' };
  const answer = answered(observed, 'read');
  if (answer !== undefined && isOk(answer) && bodyOf(answer) !== undefined) return undefined;
  if (answer?.status === 404 && observed.policy === 'skip') {
    const message = `${id} is not there; reconcile-policy is skip, so it is not created`;
    return reportFailure(observed, warning('AzureResourceNotFound', message), 'the resource is not in Azure');
  }
  const failure = classifyAnswer(seen.answer, observed.kind.map);
  // What was just made may take a moment to show; what is not there any more must be sent again.
  if (answer?.status === 404 && (!isUnderWay(observed) || observed.attempts >= FLICKERS))
    return reportRefusal(observed, softened(failure), 'the resource is not in Azure');
  return withFreshStatus(observed, reportFailure(observed, failure, 'the resource could not be read'));
};

/** Looks at a resource that was just made after which a 404 is believed. */
const FLICKERS = 3;

/** A PUT was accepted in this pass, or an operation has just ended. */
function isUnderWay(observed: Observed): boolean {
  return asked(observed, 'put') !== undefined || asked(observed, 'poll') !== undefined;
}

/** The kind's own check; what keeps it from being Ready is shown together with the fresh status. */
export const after: Rule = (observed) => {
  const said = observed.hooks.after?.(observed);
  if (said === undefined || said.say === 'value') return undefined;
  if (said.say === 'look') return { do: 'send', why: said.name, request: said.request, fills: `look:${said.name}` };
  return withFreshStatus(observed, {
    ...reportFailure(observed, said.failure, 'the kind is not satisfied yet'),
    ...(said.annotations === undefined ? {} : { annotations: said.annotations }),
  });
};

/** The goal is reached. */
export const settle: Rule = (observed) => {
  const said = observed.hooks.succeeded?.(observed);
  if (said?.say === 'failure')
    return withFreshStatus(observed, reportFailure(observed, said.failure, 'the last step failed'));
  if (said?.say === 'look') return { do: 'send', why: said.name, request: said.request, fills: `look:${said.name}` };
  const isPolled = asked(observed, 'poll') !== undefined;
  const isEdited = isEditedSince(observed);
  const sent = sentGeneration(observed);
  const memo = isPolled ? polledMemo(observed) : memoOf(observed);
  // Edited, asked for, or not known to be of this object's goal (a token that is not ours): a PUT is due at once.
  const isOwed = isEdited || memo.goal === UNKNOWN || isSyncRequested(observed, memo);
  const annotations = {
    ...withoutOperation(observed),
    ...(annotation(observed, EXPORT_POLLER_RESUME_TOKEN) === undefined ? {} : { [EXPORT_POLLER_RESUME_TOKEN]: null }),
    ...said?.value,
  };
  return report(observed, {
    why: isEdited ? 'reached what was sent; the object was edited meanwhile' : 'the goal is reached',
    verdict: { ready: true },
    again: isOwed ? { kind: 'after', afterMs: 0, lane: 'retry' } : atSync(observed, memo),
    progress: 'made',
    status: {
      ...(hasVerb(observed, 'GET') ? freshStatus(observed) : {}),
      ...writeMemo(memo),
    },
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ...(isEdited && sent !== undefined ? { generation: sent } : {}),
    ...(isReady(observed) || !observed.credential.ok || observed.credential.value.scope === 'global'
      ? {}
      : { events: [credentialFrom(observed.credential.value.from)] }),
  });
};

/** Told when an object becomes Ready by a credential that is not the operator's: each further use would be noise. */
function credentialFrom(secret: string): EventNote {
  return { type: 'Normal', reason: 'CredentialFrom', message: `acts by the credential in Secret '${secret}'` };
}

/** Looking without having sent is no sync: the time of the last PUT stays, so drift is still corrected when it was due. */
function memoOf(observed: Observed): Memo {
  const before = readMemo(statusOf(observed));
  const goal = goalHash(observed);
  const wasSent = hasSent(observed) || observed.policy === 'skip';
  return wasSent || before === undefined ? memoNow(observed, goal) : { ...before, goal };
}
