// The Ready condition with the original's rules of precedence, and Reconciling and Stalled beside it for kstatus.

import { isObject, type JsonObject } from '../values/json.ts';
import type { Failure } from './failure.ts';

export interface Condition {
  readonly type: 'Ready' | 'Reconciling' | 'Stalled';
  readonly status: 'True' | 'False' | 'Unknown';
  readonly severity?: 'Info' | 'Warning' | 'Error';
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
  readonly reason: string;
  readonly message: string;
}

/** What a pass has to say, before it is compared with what is stored. */
export type Verdict =
  | { readonly ready: true }
  | {
      readonly ready: false;
      readonly severity: 'Info' | 'Warning' | 'Error';
      readonly reason: string;
      readonly message: string;
    };

export interface Moment {
  readonly generation: number | undefined;
  readonly now: number;
}

/** The verdict that a failure amounts to. */
export function verdictOf(failure: Failure): Verdict {
  return { ready: false, severity: failure.severity, reason: failure.code, message: failure.message };
}

/**
 * All three conditions after this verdict. An equal condition keeps its time; a lower-ranked one of the same generation does not
 * replace Ready (contract 7.3), but Reconciling and Stalled always follow from the Ready that holds.
 */
export function nextConditions(stored: readonly Condition[], verdict: Verdict, moment: Moment): readonly Condition[] {
  const old = stored.find((condition) => condition.type === 'Ready');
  const proposed = readyCondition(verdict, moment);
  const ready = old !== undefined && (sameButTime(old, proposed) || !replaces(old, proposed)) ? old : proposed;
  return [ready, keepTime(stored, reconcilingOf(ready)), keepTime(stored, stalledOf(ready))];
}

function readyCondition(verdict: Verdict, moment: Moment): Condition {
  const common = {
    type: 'Ready' as const,
    lastTransitionTime: wholeSeconds(moment.now),
    ...(moment.generation === undefined ? {} : { observedGeneration: moment.generation }),
  };
  if (verdict.ready) return { ...common, status: 'True', reason: 'Succeeded', message: '' };
  return { ...common, status: 'False', severity: verdict.severity, reason: verdict.reason, message: verdict.message };
}

const WAITING = new Set([
  'ReferenceNotFound',
  'SecretNotFound',
  'ConfigMapNotFound',
  'WaitingForOwner',
  'AzureResourceNotFound',
]);

/** Source: contract 7.3. Ranks of one generation: True, Warning and Error are equal and highest, then Info, then Unknown. */
function replaces(old: Condition, proposed: Condition): boolean {
  const oldGeneration = old.observedGeneration ?? 0;
  const newGeneration = proposed.observedGeneration ?? 0;
  if (newGeneration !== oldGeneration) return newGeneration > oldGeneration;
  if (proposed.reason === 'Reconciling' && WAITING.has(old.reason)) return true;
  return rank(proposed) >= rank(old);
}

function rank(condition: Condition): number {
  if (condition.status === 'Unknown') return 0;
  if (condition.severity === 'Info') return 1;
  return 2;
}

/** kstatus: an object whose Reconciling is True is in progress. */
function reconcilingOf(ready: Condition): Condition {
  const busy = ready.status !== 'True' && ready.severity !== 'Error';
  return companion(ready, 'Reconciling', busy);
}

/** kstatus: an object whose Stalled is True has failed and nobody is trying. */
function stalledOf(ready: Condition): Condition {
  return companion(ready, 'Stalled', ready.severity === 'Error');
}

function companion(ready: Condition, type: 'Reconciling' | 'Stalled', holds: boolean): Condition {
  return {
    type,
    status: holds ? 'True' : 'False',
    lastTransitionTime: ready.lastTransitionTime,
    ...(ready.observedGeneration === undefined ? {} : { observedGeneration: ready.observedGeneration }),
    reason: ready.reason,
    message: holds ? ready.message : '',
  };
}

function keepTime(stored: readonly Condition[], proposed: Condition): Condition {
  const old = stored.find((condition) => condition.type === proposed.type);
  return old !== undefined && old.status === proposed.status
    ? { ...proposed, lastTransitionTime: old.lastTransitionTime }
    : proposed;
}

function sameButTime(a: Condition, b: Condition): boolean {
  return (
    a.status === b.status &&
    a.severity === b.severity &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.observedGeneration === b.observedGeneration
  );
}

function wholeSeconds(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}

/** The conditions an object's status holds; what is not one is left out. */
export function conditionsOf(status: JsonObject | undefined): readonly Condition[] {
  const stored = status?.conditions;
  if (!Array.isArray(stored)) return [];
  // The API server validated type, status, reason and lastTransitionTime through the CRD, and only this operator writes them.
  return stored.filter((item) => isObject(item) && typeof item.type === 'string') as unknown as readonly Condition[];
}

/** The stored Ready condition, if any. */
export function readyOf(status: JsonObject | undefined): Condition | undefined {
  return conditionsOf(status).find((condition) => condition.type === 'Ready');
}
