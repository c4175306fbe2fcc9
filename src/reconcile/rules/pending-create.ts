// A deletion that comes while Azure works on a create.

import { polled, pollRequest } from '../../arm/operation.ts';
import type { Action } from '../action.ts';
import { afterPoll } from '../again.ts';
import { RECONCILE_POLICY } from '../annotations.ts';
import { classifyAnswer } from '../classify.ts';
import { answered, asked, getSelf, runningOperation } from '../facts.ts';
import type { Observed } from '../observed.ts';
import { report, reportFailure, reportUnread } from '../report.ts';

export const RELEASED: Action = { do: 'release', why: 'the resource is gone from Azure' };

const ONCE_MADE = 'look:is it there now?';

/**
 * What Azure does not show may be on its way: a create that answered 202 shows its resource only when it is done (arm-protocol 5.3). To let
 * the object go before that would leave an orphan, so the operation is followed to its end first; then it is looked at again.
 * undefined: it is there now, and is to be deleted.
 */
export function mayStillCome(observed: Observed, id: string): Action | undefined {
  const operation = runningOperation(observed, 'PUT');
  if (operation === undefined) return RELEASED;
  const poll = asked(observed, 'poll');
  if (poll === undefined)
    return {
      do: 'send',
      why: 'a create may still be running in Azure',
      request: pollRequest(operation),
      fills: 'poll',
    };
  const isAstray = 'lost' in poll.answer && poll.answer.isOutOfBounds === true;
  if ('lost' in poll.answer && !isAstray)
    return reportFailure(
      observed,
      classifyAnswer(poll.answer, observed.kind.map),
      'the state of the operation could not be read',
    );
  const progress = 'lost' in poll.answer ? undefined : polled(operation, poll.answer, observed.now);
  if (progress?.state === 'running') {
    const message = `Azure still works on creating ${id}; it is deleted when that has ended. To let the object go at once, and keep what comes, set annotation ${RECONCILE_POLICY} to detach-on-delete`;
    return report(observed, {
      why: 'the create is still running in Azure',
      verdict: { ready: false, severity: 'Info', reason: 'Deleting', message },
      again: afterPoll(progress.afterMs),
      progress: 'polled',
    });
  }
  if (progress?.state === 'unread' && progress.error.status !== 404 && progress.error.status !== 410)
    return reportUnread(observed, classifyAnswer(poll.answer, observed.kind.map), progress.error.status);
  if (asked(observed, ONCE_MADE) === undefined)
    return { do: 'send', why: 'is it there now?', request: getSelf(observed, id), fills: ONCE_MADE };
  return answered(observed, ONCE_MADE)?.status === 404 ? RELEASED : undefined;
}
