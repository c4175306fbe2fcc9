// The status that Azure's latest answer amounts to, for every report that is made after the resource was read.

import { isObject, type JsonObject } from '../values/json.ts';
import type { ReportAction } from './action.ts';
import { answered, bodyOf, hasSent, isOk, statusOf } from './facts.ts';
import { goalHash, memoNow } from './goal.ts';
import { readMemo, writeMemo } from './memo.ts';
import type { Observed } from './observed.ts';
import { storedStatus } from './report.ts';
import { toStatus } from './to-status.ts';

/** In the version applied; empty when nothing was read in this pass. */
export function freshStatus(observed: Observed): JsonObject {
  const { told } = observed;
  const body = told?.answer.state === 'present' ? told.answer.shows : bodyOf(answered(observed, 'read'));
  return body === undefined ? {} : toStatus(body, observed.statusShape, observed.statusFields);
}

/**
 * A report of what came after the PUT, with what was learnt before the pass failed: what Azure has, and that it took the PUT, which is
 * not sent again for this.
 */
export function withFreshStatus(observed: Observed, action: ReportAction): ReportAction {
  const put = answered(observed, 'put');
  const wasTaken = hasSent(observed) && (put === undefined || isOk(put)) && observed.inputs.ok;
  const wasRead = observed.told !== undefined || isObject(answered(observed, 'read')?.body);
  if (!wasTaken && !wasRead) return action;
  const sent = wasTaken ? memoNow(observed, goalHash(observed)) : readMemo(statusOf(observed));
  const status = wasRead ? freshStatus(observed) : storedStatus(observed);
  if (sent === undefined) return { ...action, status };
  // The resource is read only when no operation runs on it any more.
  const { pending: _over, ...memo } = sent;
  return { ...action, status: { ...status, ...writeMemo(memo) } };
}
