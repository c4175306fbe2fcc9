// The status that Azure's latest answer amounts to, for every report that is made after the resource was read.

import { isObject, type JsonObject } from '../values/json.ts';
import type { ReportAction } from './action.ts';
import { answered, bodyOf, hasSent, statusOf } from './facts.ts';
import { goalHash, memoNow } from './goal.ts';
import { readMemo, writeMemo } from './memo.ts';
import type { Observed } from './observed.ts';
import { toStatus } from './to-status.ts';

/** In the version applied; empty when nothing was read in this pass. */
export function freshStatus(observed: Observed): JsonObject {
  const { told } = observed;
  const body = told?.answer.state === 'present' ? told.answer.shows : bodyOf(answered(observed, 'read'));
  return body === undefined ? {} : toStatus(body, observed.statusShape, observed.statusFields);
}

/** A report of what came after the read, with the fresh status and the memory of what was sent in this pass. */
export function withFreshStatus(observed: Observed, action: ReportAction): ReportAction {
  const before = readMemo(statusOf(observed));
  const sent = hasSent(observed) && observed.inputs.ok ? memoNow(observed, goalHash(observed)) : before;
  if (observed.told === undefined && !isObject(answered(observed, 'read')?.body)) return action;
  if (sent === undefined) return { ...action, status: freshStatus(observed) };
  // The resource is read only when no operation runs on it any more.
  const { pending: _over, ...memo } = sent;
  return { ...action, status: { ...freshStatus(observed), ...writeMemo(memo) } };
}
