// What a hook's own request to Azure came to.

import type { ArmMap } from '../kinds/arm-map.ts';
import { classifyAnswer } from '../reconcile/classify.ts';
import { isOk } from '../reconcile/facts.ts';
import type { Said } from '../reconcile/hooks.ts';
import type { Asked } from '../reconcile/observed.ts';
import { softened } from '../reconcile/report.ts';

/** The refusal of a request whose success or 404 is all the same; undefined: it was none. */
export function lookFailure(sent: Asked, map: ArmMap): Extract<Said<never>, { say: 'failure' }> | undefined {
  if (!('lost' in sent.answer) && (isOk(sent.answer) || sent.answer.status === 404)) return undefined;
  return { say: 'failure', failure: softened(classifyAnswer(sent.answer, map)) };
}
