// Annotations of the user whose values mean nothing: told in an event that names the annotation, what was found and what is allowed.
// The object is reconciled as if they were absent, as the original does; a condition would keep it from being Ready.

import { parseDuration } from '../values/duration.ts';
import type { EventNote } from './action.ts';
import { LEAST_SYNC_MS } from './again.ts';
import { PROTECT, SYNC_PERIOD } from './annotations.ts';
import { annotation } from './facts.ts';
import type { Observed } from './observed.ts';

/** One Warning event for each bad annotation. */
export function complaintsOf(observed: Observed): readonly EventNote[] {
  return [observed.policyComplaint, syncPeriodComplaint(observed), protectComplaint(observed)]
    .filter((message) => message !== undefined)
    .map((message) => ({ type: 'Warning', reason: 'InvalidAnnotation', message }));
}

function syncPeriodComplaint(observed: Observed): string | undefined {
  const text = annotation(observed, SYNC_PERIOD);
  if (text === undefined || text === 'never') return undefined;
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0)
    return `annotation ${SYNC_PERIOD} is '${shown(text)}'; write a duration such as 15m or 1h30m, or never. The operator's own period is used`;
  return ms < LEAST_SYNC_MS
    ? `annotation ${SYNC_PERIOD} is '${shown(text)}'; the shortest period is 1s, and that is used`
    : undefined;
}

function protectComplaint(observed: Observed): string | undefined {
  const text = annotation(observed, PROTECT);
  return text === undefined || text === 'true' || text === 'false'
    ? undefined
    : `annotation ${PROTECT} is '${shown(text)}'; write true or false. The object is not protected`;
}

function shown(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
