// Contract 2.5, 3 and 8.1: whose an object is, which policy holds, and which changes are worth a pass.

import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/types.ts';
import * as names from '../../../src/reconcile/annotations.ts';
import { complaintsOf } from '../../../src/reconcile/complaints.ts';
import { choosePolicy } from '../../../src/reconcile/policy.ts';
import { isWorthAPass } from '../../../src/reconcile/trigger.ts';
import {
  ACCOUNT_ID,
  annotated,
  answer,
  claimed,
  deleting,
  fresh,
  later,
  observed,
  refusal,
  run,
  settled,
} from '../../support/observed.ts';

describe('two operators with different namespaces', () => {
  const theirs = annotated(claimed(), { [names.OPERATOR_NAMESPACE]: 'other' });
  it.each([
    { because: 'alive', object: theirs },
    { because: 'edited', object: { ...theirs, metadata: { ...theirs.metadata, generation: 9 } } },
    { because: 'deleted', object: deleting(theirs) },
    { because: 'not finished with its claim', object: annotated(fresh(), { [names.OPERATOR_NAMESPACE]: 'other' }) },
  ])('hands off what the other has claimed: $because', ({ object }) => {
    const ran = run(observed({ object }));
    expect(ran.sent).toEqual([]);
    expect(ran.claims).toEqual([]);
    expect(ran.end).toMatchObject({
      do: 'leave',
      again: { kind: 'never' },
      events: [{ type: 'Warning', reason: 'Overlap' }],
    });
    expect(ran.after).toEqual(object);
  });

  it('the event names both', () => {
    const { end } = run(observed({ object: theirs }));
    expect(end.do === 'leave' && end.events?.[0]?.message).toMatch(/'other'.*'azureserviceoperator-system'/);
  });
});

describe('which policy holds (contract 3)', () => {
  it.each([
    { object: 'skip', namespace: 'manage', fallback: 'manage', policy: 'skip', because: 'the object comes first' },
    { object: undefined, namespace: 'skip', fallback: 'manage', policy: 'skip', because: 'then the namespace' },
    { object: '', namespace: 'skip', fallback: 'manage', policy: 'skip', because: 'an empty word is none' },
    {
      object: undefined,
      namespace: undefined,
      fallback: 'detach-on-delete',
      policy: 'detach-on-delete',
      because: 'then the default',
    },
    {
      object: 'detach-on-delete',
      namespace: 'skip',
      fallback: 'manage',
      policy: 'detach-on-delete',
      because: 'the third word',
    },
    {
      object: 'Skip',
      namespace: 'skip',
      fallback: 'manage',
      policy: 'manage',
      because: 'a wrong word falls back to the default',
      complains: 'the object',
    },
    {
      object: undefined,
      namespace: 'SKIP',
      fallback: 'skip',
      policy: 'skip',
      because: 'on the namespace too',
      complains: 'its namespace',
    },
    {
      object: '__proto__',
      namespace: undefined,
      fallback: 'manage',
      policy: 'manage',
      because: 'whatever the word',
      complains: 'the object',
    },
  ] as const)('$because', ({ policy, because: _because, ...sources }) => {
    const chosen = choosePolicy(sources);
    expect(chosen.policy).toBe(policy);
    if ('complains' in sources)
      expect(chosen.complaint).toContain(`on ${sources.complains} is not one of manage, skip, detach-on-delete`);
    else expect(chosen.complaint).toBeUndefined();
  });
});

describe('skip (contract 3): the supported way to look before touching, and to pause', () => {
  const shown = answer(200, { id: ACCOUNT_ID });
  it('claims, looks, shows, and is Ready; nothing is sent that changes anything', () => {
    const ran = run(observed({ object: fresh(), policy: 'skip' }), { read: shown });
    expect(ran.claims).toHaveLength(1);
    expect(ran.sent).toEqual([`GET ${ACCOUNT_ID}`]);
    expect(ran.ready).toMatchObject({ status: 'True' });
    expect(ran.end).toMatchObject({ again: { kind: 'after', lane: 'background' } });
  });

  it('what is not there is a Warning, looked for slowly', () => {
    const ran = run(observed({ policy: 'skip' }), { read: refusal(404, 'ResourceNotFound') });
    expect(ran.ready).toMatchObject({ severity: 'Warning', reason: 'AzureResourceNotFound' });
    expect(ran.end).toMatchObject({ again: { kind: 'backoff', capMs: 180_000 } });
  });

  it('looks again at each sync', () => {
    const ran = run(settled({ policy: 'skip' }, 4_600_000), { read: shown });
    expect(ran.sent).toEqual([`GET ${ACCOUNT_ID}`]);
  });

  it('an operation that runs when skip comes is followed to its end, and nothing follows it', () => {
    const begun = run(observed(), { put: answer(202, undefined, { location: 'https://arm.example/op' }) });
    const ran = run(later(begun, 1000, { policy: 'skip' }), { poll: answer(200, {}), read: shown });
    expect(ran.ready?.status).toBe('True');
    expect(ran.sent.some((request) => request.startsWith('PUT'))).toBe(false);
  });
});

describe('which changes of an object are worth a pass (contract 8.1, and what may have been lost)', () => {
  const before = claimed();
  const withMeta = (metadata: object): KubeObject => ({ ...before, metadata: { ...before.metadata, ...metadata } });
  const note = (name: string, value: string | null): KubeObject => annotated(before, { [name]: value });
  const rows: readonly {
    readonly because: string;
    readonly from?: KubeObject;
    readonly to: KubeObject;
    readonly isWorth: boolean;
  }[] = [
    { because: 'the spec changed', to: withMeta({ generation: 2 }), isWorth: true },
    { because: 'it is deleted', to: deleting(before), isWorth: true },
    { because: 'it is another object of that name', to: withMeta({ uid: 'uid-2' }), isWorth: true },
    { because: 'only its status changed', to: { ...before, status: { a: 1 } } as KubeObject, isWorth: false },
    { because: 'a label changed', to: withMeta({ labels: { a: 'b' } }), isWorth: false },
    { because: 'an annotation of somebody else changed', to: note('a/b', 'c'), isWorth: false },
    { because: 'the policy turned to skip', to: note(names.RECONCILE_POLICY, 'skip'), isWorth: true },
    { because: 'the policy turned from skip', from: note(names.RECONCILE_POLICY, 'skip'), to: before, isWorth: true },
    {
      because: 'detach-on-delete came (the original: not worth one)',
      to: note(names.RECONCILE_POLICY, 'detach-on-delete'),
      isWorth: true,
    },
    { because: 'the credential changed', to: note(names.CREDENTIAL_FROM, 'x'), isWorth: true },
    { because: 'a sync is asked for', to: note(names.RECONCILE_REQUESTED_AT, 'x'), isWorth: true },
    { because: 'the sync period changed', to: note(names.SYNC_PERIOD, '1h'), isWorth: true },
    { because: 'the protection came off', from: note(names.PROTECT, 'true'), to: before, isWorth: true },
    { because: 'the finalizer was stripped', to: withMeta({ finalizers: [] }), isWorth: true },
    { because: 'the id was stripped', to: note(names.RESOURCE_ID, null), isWorth: true },
    { because: 'the id was tampered with', to: note(names.RESOURCE_ID, '/x'), isWorth: true },
    { because: 'the claim was stripped', to: note(names.OPERATOR_NAMESPACE, null), isWorth: true },
    {
      because: 'another operator let go of it',
      from: note(names.OPERATOR_NAMESPACE, 'other'),
      to: before,
      isWorth: true,
    },
    { because: 'our own claim was written', from: fresh(), to: before, isWorth: false },
    {
      because: 'our own claim stored the name that was left out',
      from: fresh({ spec: { azureName: undefined } } as never),
      to: { ...before, metadata: { ...before.metadata, generation: 2 } },
      isWorth: false,
    },
    {
      because: 'the user edited in the moment of our claim',
      from: fresh({ spec: { azureName: undefined } } as never),
      to: { ...before, metadata: { ...before.metadata, generation: 3 }, spec: { location: 'eastus' } } as KubeObject,
      isWorth: true,
    },
    { because: 'our own token was written', to: note(names.POLLER_RESUME_TOKEN, '{}'), isWorth: false },
  ];
  it.each(rows)('$because: $isWorth', ({ from = before, to, isWorth }) => expect(isWorthAPass(from, to)).toBe(isWorth));

  it('one that is seen for the first time is', () => expect(isWorthAPass(undefined, before)).toBe(true));
});

describe('bad annotations are named in an event, with what is allowed', () => {
  it.each([
    {
      name: names.SYNC_PERIOD,
      value: 'often',
      says: "sync-period is 'often'; write a duration such as 15m or 1h30m, or never",
    },
    { name: names.SYNC_PERIOD, value: '0s', says: "sync-period is '0s'" },
    { name: names.SYNC_PERIOD, value: '10ms', says: 'the shortest period is 1s' },
    { name: names.PROTECT, value: 'yes', says: "protect is 'yes'; write true or false" },
    { name: names.SYNC_PERIOD, value: 'x'.repeat(500), says: `${'x'.repeat(80)}…` },
  ])('$name: $value', ({ name, value, says }) => {
    const [event, ...more] = complaintsOf(observed({ object: annotated(claimed(), { [name]: value }) }));
    expect(event).toMatchObject({ type: 'Warning', reason: 'InvalidAnnotation' });
    expect(event?.message).toContain(says);
    expect(more).toEqual([]);
  });

  it('a bad policy', () => {
    expect(complaintsOf(observed({ policyComplaint: 'no such word' }))).toMatchObject([{ message: 'no such word' }]);
  });

  it.each([['15m'], ['never'], ['1s'], ['']])('a good sync period is not: %s', (value) => {
    expect(complaintsOf(observed({ object: annotated(claimed(), { [names.SYNC_PERIOD]: value }) }))).toEqual([]);
  });
});
