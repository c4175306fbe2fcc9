// Azure, or the gate in front of it, said 429: nothing was done, nothing failed, and the object comes again when it is its turn.

import { readError } from '../../arm/error.ts';
import { refusalOf } from '../../arm/gate.ts';
import type { Fill } from '../action.ts';
import { granted } from '../again.ts';
import { isDeleting } from '../facts.ts';
import { withFreshStatus } from '../fresh-status.ts';
import { isReady } from '../goal.ts';
import type { Asked, Observed } from '../observed.ts';
import { report } from '../report.ts';
import type { Rule } from '../rule.ts';

/** When neither Azure nor the gate says how long. */
const UNSAID_MS = 5_000;

/**
 * Ends the pass. A Ready object stays Ready, a running operation stays noted; what a PUT of this pass reached is kept. The words do not
 * change while it lasts, so that 500 objects that wait write their condition once.
 */
export const throttled: Rule = (observed) => {
  const found = refusedAs(observed);
  if (found === undefined || 'lost' in found.asked.answer) return undefined;
  const refusal = readError(found.asked.answer);
  const why = 'Azure throttles requests of this kind';
  const again = { kind: 'after', afterMs: granted(refusal.afterMs ?? UNSAID_MS), lane: 'retry' } as const;
  const isPoll = found.fill === 'poll' || found.fill === 'deletePoll';
  const isUntouched = isReady(observed) && !isDeleting(observed) && observed.answers.put === undefined;
  if (isPoll || isUntouched || (isReady(observed) && found.fill === 'put')) return { do: 'leave', why, again };
  return withFreshStatus(
    observed,
    report(observed, {
      why,
      verdict: {
        ready: false,
        severity: 'Warning',
        reason: refusal.code ?? 'TooManyRequests',
        message: 'Azure throttles this credential; the request is sent again when its turn comes',
      },
      again,
      progress: 'made',
    }),
  );
};

function refusedAs(observed: Observed): { readonly fill: Fill; readonly asked: Asked } | undefined {
  // Keys of `answers` are fills.
  for (const [fill, asked] of Object.entries(observed.answers) as [Fill, Asked][])
    if (!('lost' in asked.answer) && refusalOf(asked.answer) !== undefined) return { fill, asked };
  return undefined;
}
