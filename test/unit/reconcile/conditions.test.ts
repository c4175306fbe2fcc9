// Contract 7: who wins, which time a condition has, and what kstatus reads beside it.

import { describe, expect, it } from 'vitest';
import { type Condition, nextConditions, type Verdict } from '../../../src/reconcile/conditions.ts';
import { condition, NOW } from '../../support/observed.ts';

const OLD = '2026-11-24T11:00:00Z';
const AT = '2026-11-24T12:00:00Z';
const verdict = (severity: 'Info' | 'Warning' | 'Error', reason: string, message = 'm'): Verdict => ({
  ready: false,
  severity,
  reason,
  message,
});
const TRUE: Verdict = { ready: true };
const stored = (parts: Partial<Condition>): Condition => condition(parts) as unknown as Condition;
const notReady = (severity: 'Info' | 'Warning' | 'Error', reason: string, message = 'm'): Condition =>
  stored({ status: 'False', severity, reason, message });
const ready = (old: readonly Condition[], said: Verdict, generation = 1): Condition => {
  const [first] = nextConditions(old, said, { generation, now: NOW });
  if (first === undefined) throw new Error('there are always three');
  return first;
};

describe('who wins in one generation (contract 7.3)', () => {
  const of = {
    true: stored({}),
    unknown: stored({ status: 'Unknown', reason: 'X' }),
    info: notReady('Info', 'Reconciling'),
    warning: notReady('Warning', 'Conflict'),
    error: notReady('Error', 'InvalidTemplate'),
  };
  const said = {
    true: TRUE,
    info: verdict('Info', 'Deleting'),
    warning: verdict('Warning', 'Other'),
    error: verdict('Error', 'Fatal'),
  };
  const rows: readonly (readonly [keyof typeof of, keyof typeof said, boolean])[] = [
    ['true', 'true', false],
    ['true', 'info', false],
    ['true', 'warning', true],
    ['true', 'error', true],
    ['info', 'true', true],
    ['info', 'info', true],
    ['info', 'warning', true],
    ['info', 'error', true],
    ['warning', 'true', true],
    ['warning', 'info', false],
    ['warning', 'warning', true],
    ['warning', 'error', true],
    ['error', 'true', true],
    ['error', 'info', false],
    ['error', 'warning', true],
    ['error', 'error', true],
    ['unknown', 'info', true],
    ['unknown', 'true', true],
    ['unknown', 'warning', true],
  ];
  it.each(rows)('%s, then %s: replaced %s', (old, next, isReplaced) => {
    const before = of[old];
    const after = ready([before], said[next]);
    expect(after !== before).toBe(isReplaced);
    expect(after.lastTransitionTime).toBe(isReplaced ? AT : OLD);
  });

  it.each(['ReferenceNotFound', 'SecretNotFound', 'ConfigMapNotFound', 'WaitingForOwner', 'AzureResourceNotFound'])(
    'what was waited for has come: Reconciling replaces %s',
    (reason) => expect(ready([notReady('Warning', reason)], verdict('Info', 'Reconciling')).reason).toBe('Reconciling'),
  );

  it.each(['ReconciliationBlocked', 'Conflict', 'Failed', 'PostReconciliationFailure'])(
    'what Azure said stays until the outcome: Reconciling does not replace %s',
    (reason) => expect(ready([notReady('Warning', reason)], verdict('Info', 'Reconciling')).reason).toBe(reason),
  );

  it('the exception is for Reconciling alone', () => {
    expect(ready([notReady('Warning', 'WaitingForOwner')], verdict('Info', 'Deleting')).reason).toBe('WaitingForOwner');
  });
});

describe('generations and times', () => {
  it('a newer generation always replaces, an older one never', () => {
    expect(ready([stored({ observedGeneration: 1 })], verdict('Info', 'Reconciling'), 2)).toMatchObject({
      reason: 'Reconciling',
      observedGeneration: 2,
    });
    expect(
      ready(
        [notReady('Info', 'X')].map((c) => ({ ...c, observedGeneration: 3 })),
        TRUE,
        2,
      ),
    ).toMatchObject({ reason: 'X' });
  });

  it('the same again keeps the first time, another message takes the new one', () => {
    expect(ready([notReady('Warning', 'X', 'm')], verdict('Warning', 'X', 'm')).lastTransitionTime).toBe(OLD);
    expect(ready([notReady('Warning', 'X', 'm')], verdict('Warning', 'X', 'n')).lastTransitionTime).toBe(AT);
  });

  it('the same in a newer generation is another condition', () => {
    expect(ready([stored({ observedGeneration: 1 })], TRUE, 2)).toMatchObject({
      observedGeneration: 2,
      lastTransitionTime: AT,
    });
  });

  it('times are UTC in whole seconds', () => {
    const [first] = nextConditions([], TRUE, { generation: 1, now: NOW + 999 });
    expect(first?.lastTransitionTime).toBe(AT);
  });

  it('True has no severity and no message; the reason is never empty', () => {
    const made = ready([], TRUE);
    expect(made).toEqual({
      type: 'Ready',
      status: 'True',
      reason: 'Succeeded',
      message: '',
      observedGeneration: 1,
      lastTransitionTime: AT,
    });
  });
});

describe('Reconciling and Stalled follow from Ready', () => {
  it.each([
    { said: TRUE, reconciling: 'False', stalled: 'False' },
    { said: verdict('Info', 'Reconciling'), reconciling: 'True', stalled: 'False' },
    { said: verdict('Info', 'Deleting'), reconciling: 'True', stalled: 'False' },
    { said: verdict('Warning', 'WaitingForOwner'), reconciling: 'True', stalled: 'False' },
    { said: verdict('Error', 'InvalidTemplate'), reconciling: 'False', stalled: 'True' },
  ])('$said.reason: Reconciling $reconciling, Stalled $stalled', ({ said, reconciling, stalled }) => {
    const made = nextConditions([], said, { generation: 4, now: NOW });
    expect(made.map(({ type, status, observedGeneration }) => [type, status, observedGeneration])).toEqual([
      ['Ready', said.ready ? 'True' : 'False', 4],
      ['Reconciling', reconciling, 4],
      ['Stalled', stalled, 4],
    ]);
    for (const one of made) expect(one.reason).not.toBe('');
  });

  it('their times are when their status turned, whatever Ready said meanwhile', () => {
    const first = nextConditions([], verdict('Info', 'Reconciling'), { generation: 1, now: NOW });
    const second = nextConditions(first, verdict('Warning', 'Conflict'), { generation: 1, now: NOW + 60_000 });
    expect(second.map((one) => one.lastTransitionTime)).toEqual(['2026-11-24T12:01:00Z', AT, AT]);
  });
});
