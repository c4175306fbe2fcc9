// What Azure works on: it is noted on the object, looked at once a pass, and told when it is over. Never a second PUT meanwhile.

import { POLLER_CREATE, type Progress, polled, pollRequest, toToken } from '../../arm/operation.ts';
import type { Action, EventNote } from '../action.ts';
import { afterPoll } from '../again.ts';
import * as names from '../annotations.ts';
import { classify, classifyAnswer } from '../classify.ts';
import { annotation, asked, isEditedSince, resourceId, runningOperation, withoutOperation } from '../facts.ts';
import type { Failure } from '../failure.ts';
import { goalHash, memoNow } from '../goal.ts';
import { writeMemo } from '../memo.ts';
import type { Asked, Observed } from '../observed.ts';
import { report, reportFailure, reportRefusal, reportUnread, storedStatus } from '../report.ts';
import type { Rule } from '../rule.ts';

/** A PUT is running: one look per pass. */
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

/** What the answer to a PUT or a poll came to; undefined: it is done, and the pass goes on. */
export function notDone(observed: Observed, sent: Asked, progress: Progress): Action | undefined {
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

/** Azure refused the create or update, at once or late. */
export function refused(observed: Observed, failure: Failure, sent: Asked): Action {
  const refusal = reportRefusal(
    observed,
    observed.hooks.classify?.(failure, sent) ?? failure,
    'Azure refused the create or update',
  );
  if (!isEditedSince(observed)) return refusal;
  // The failure is that of an older edit: the newer one is sent at once, and may be what mends it.
  return { ...refusal, progress: 'made', again: { kind: 'after', afterMs: 0, lane: 'retry' } };
}
