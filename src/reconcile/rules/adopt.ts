// Azure has what the object wants under another id: the object takes that one over instead of complaining for ever.

import { RESOURCE_ID } from '../annotations.ts';
import { classifyAnswer } from '../classify.ts';
import { asked, isOk, resourceId } from '../facts.ts';
import { report, reportRefusal } from '../report.ts';
import type { Rule } from '../rule.ts';

/** spec.azureName stays as it is, since nobody may change it: the annotation is what every later request goes by. */
export const adopt: Rule = (observed) => {
  const sent = asked(observed, 'put');
  if (sent === undefined || 'lost' in sent.answer || isOk(sent.answer)) return undefined;
  const said = observed.hooks.adopt?.(observed, classifyAnswer(sent.answer, observed.kind.map));
  if (said === undefined) return undefined;
  if (said.say === 'look') return { do: 'send', why: said.name, request: said.request, fills: `look:${said.name}` };
  if (said.say === 'failure')
    return reportRefusal(observed, said.failure, 'Azure has it already, and it cannot be taken over');
  const message = `takes over ${said.value}, which is in Azure already and is the same as ${resourceId(observed)} but for its name`;
  return report(observed, {
    why: 'Azure has it already under another name',
    verdict: { ready: false, severity: 'Info', reason: 'Reconciling', message },
    again: { kind: 'after', afterMs: 0, lane: 'retry' },
    progress: 'none',
    annotations: { [RESOURCE_ID]: said.value },
    events: [{ type: 'Normal', reason: 'Adopted', message }],
  });
};
