// The status that Azure's latest answer amounts to, for every report that is made after the resource was read.

import { isObject, type JsonObject } from '../values/json.ts';
import type { ReportAction } from './action.ts';
import { answered, asked, bodyOf, hasSent, isOk, statusOf, withoutOperation } from './facts.ts';
import { goalHash, memoNow, polledMemo } from './goal.ts';
import { type Memo, readMemo, writeMemo } from './memo.ts';
import type { Observed } from './observed.ts';
import { storedStatus, withStatus } from './report.ts';
import { toStatus } from './to-status.ts';

/** In the version applied; empty when nothing was read in this pass. */
export function freshStatus(observed: Observed): JsonObject {
  const { told } = observed;
  const body = told?.answer.state === 'present' ? told.answer.shows : bodyOf(answered(observed, 'read'));
  return body === undefined ? {} : toStatus(body, observed.statusShape, observed.statusFields);
}

/**
 * A report of what came after the PUT, with what was learnt before the pass failed: what Azure has, and that it took the PUT. Neither the
 * PUT nor the operation that is over comes again because of it.
 */
export function withFreshStatus(observed: Observed, action: ReportAction): ReportAction {
  const put = answered(observed, 'put');
  const wasTaken = hasSent(observed) && (put === undefined || isOk(put)) && observed.inputs.ok;
  const wasRead = observed.told !== undefined || isObject(answered(observed, 'read')?.body);
  if (!wasTaken && !wasRead) return action;
  const memo = wasTaken ? memoNow(observed, goalHash(observed)) : lookedAt(observed);
  const status = wasRead ? freshStatus(observed) : storedStatus(observed);
  const annotations = { ...(wasRead ? withoutOperation(observed) : {}), ...action.annotations };
  return {
    ...withStatus(action, { ...status, ...(memo === undefined ? {} : writeMemo(memo)) }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

/** The last sync of a pass that sent nothing: of the operation that has just ended, else the stored one. */
function lookedAt(observed: Observed): Memo | undefined {
  const stored = asked(observed, 'poll') === undefined ? readMemo(statusOf(observed)) : polledMemo(observed);
  if (stored === undefined) return undefined;
  const { pending: _over, ...memo } = stored;
  return memo;
}
