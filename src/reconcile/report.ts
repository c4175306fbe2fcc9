// Makers of `report` actions: every way a pass can end with something to say goes through here, so status has one shape.

import type { JsonObject } from '../values/json.ts';
import type { Again, EventNote, Progress, ReportAction } from './action.ts';
import { afterFailure } from './again.ts';
import { LAST_RECONCILED_VERSION_LABEL } from './annotations.ts';
import { conditionsOf, nextConditions, type Verdict, verdictOf } from './conditions.ts';
import { statusOf, withoutOperation } from './facts.ts';
import type { Failure } from './failure.ts';
import { type Memo, readMemo, UNKNOWN, writeMemo } from './memo.ts';
import type { Observed } from './observed.ts';

export interface Report {
  readonly why: string;
  readonly verdict: Verdict;
  readonly again: Again;
  readonly progress: Progress;
  /** Status without conditions; absent: the stored one stays. */
  readonly status?: JsonObject;
  readonly annotations?: Readonly<Record<string, string | null>>;
  readonly events?: readonly EventNote[];
  /** Generation the verdict is about, when it is not the object's present one. */
  readonly generation?: number;
}

/** The action that stores a verdict. */
export function report(observed: Observed, said: Report): ReportAction {
  const moment = { generation: said.generation ?? observed.object.metadata.generation, now: observed.now };
  const action: ReportAction = {
    do: 'report',
    why: said.why,
    conditions: nextConditions(conditionsOf(statusOf(observed)), said.verdict, moment),
    status: {},
    progress: said.progress,
    again: said.again,
    ...(said.annotations === undefined ? {} : { annotations: said.annotations }),
    ...(said.events === undefined ? {} : { events: said.events }),
    labels: { [LAST_RECONCILED_VERSION_LABEL]: observed.operator.version },
  };
  return withStatus(action, said.status ?? storedStatus(observed));
}

/** The report with another status. kstatus compares observedGeneration first: it is that of the verdict, good or bad. */
export function withStatus(action: ReportAction, status: JsonObject): ReportAction {
  const generation = action.conditions[0]?.observedGeneration;
  return { ...action, status: { ...status, ...(generation === undefined ? {} : { observedGeneration: generation }) } };
}

/** The report of a failure that sent nothing to Azure: what was remembered of the last sync still holds. */
export function reportFailure(observed: Observed, failure: Failure, why: string): ReportAction {
  return report(observed, {
    why,
    verdict: verdictOf(failure),
    again: afterFailure(failure, observed),
    progress: failure.retry === 'never' ? 'made' : 'none',
    // Waiting for something that comes soon is told by the condition alone: an event for each object of a large apply helps nobody.
    ...(failure.severity === 'Info' || failure.retry === 'soon' ? {} : { events: [complaint(observed, failure)] }),
  });
}

/** The report of a request that Azure refused: what was sent may or may not be there, so the last sync is forgotten. */
export function reportRefusal(observed: Observed, failure: Failure, why: string): ReportAction {
  const annotations = withoutOperation(observed);
  return withStatus(
    { ...reportFailure(observed, failure, why), ...(annotations === undefined ? {} : { annotations }) },
    { ...storedStatus(observed), ...writeMemo(forgotten(observed)) },
  );
}

/** That something was sent is remembered, so that the object is not released as one that Azure never heard of. */
function forgotten(observed: Observed): Memo {
  const memo = readMemo(statusOf(observed));
  return memo?.goal === UNKNOWN && memo.pending !== true ? memo : { goal: UNKNOWN, syncedAt: observed.now };
}

/** Looks in vain after which an operation is given up: its address is refused, or its service is out of order (about 10 minutes). */
const LOOKS_REFUSED = 3;
const LOOKS_IN_VAIN = 10;

/**
 * The report of an operation whose state could not be read. That says nothing about the operation, so it is looked at again; but an
 * address that is gone, or that fails time and again, is dropped and the request is sent anew (it is the same PUT or DELETE).
 */
export function reportUnread(observed: Observed, failure: Failure, status: number | undefined): ReportAction {
  const mild = softened(failure);
  const isGone = status === 404 || status === 410;
  const isRefused = status !== undefined && status < 500 && status !== 408;
  return isGone || observed.attempts >= (isRefused ? LOOKS_REFUSED : LOOKS_IN_VAIN)
    ? reportRefusal(observed, mild, 'the operation can no longer be followed')
    : reportFailure(observed, mild, 'the state of the operation could not be read');
}

/** A failure that is tried again, whatever its class: what causes it may go away without the object changing. */
export function softened(failure: Failure): Failure {
  return failure.severity === 'Error' ? { ...failure, severity: 'Warning', retry: 'slow' } : failure;
}

/** The stored status without its conditions. */
export function storedStatus(observed: Observed): JsonObject {
  const { conditions: _conditions, ...status } = statusOf(observed) ?? {};
  return status;
}

function complaint(observed: Observed, failure: Failure): EventNote {
  const reason =
    observed.object.metadata.deletionTimestamp === undefined ? 'CreateOrUpdateActionError' : 'DeleteActionError';
  return { type: 'Warning', reason, message: `${failure.code}: ${failure.message}` };
}
