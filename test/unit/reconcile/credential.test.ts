// What the life of an object says of the credential in effect.

import { describe, expect, it } from 'vitest';
import { azureWith, GROUP_ID, type Living, ok, pass, SUBSCRIPTION_ID, verdictOf } from '../../support/life.ts';

const living = (scope: 'global' | 'namespace', status: Living['status'] = {}): Living => ({
  apiVersion: 'resources.azure.com/v1api20200601',
  kind: 'ResourceGroup',
  id: GROUP_ID,
  spec: { location: 'westus2' },
  status,
  with: {
    credential: {
      ok: true,
      // Of a credential the core reads the subscription alone.
      value: { credential: { subscriptionId: SUBSCRIPTION_ID }, from: 'team/aso-credential', scope } as never,
    },
  },
});
const azure = azureWith({ [`GET ${GROUP_ID}`]: ok({ id: GROUP_ID }) });
const READY = {
  conditions: [{ type: 'Ready', status: 'True', reason: 'Succeeded', lastTransitionTime: '', observedGeneration: 1 }],
};

describe('the event CredentialFrom', () => {
  it.each([
    ['is told when an object becomes Ready by a credential of its namespace', living('namespace'), true],
    ['is not told for the operator itself', living('global'), false],
    ['is not told again at each sync', living('namespace', READY), false],
  ] as const)('%s', (_because, object, isTold) => {
    const { end } = pass(object, azure);
    const events = end.do === 'report' ? (end.events ?? []) : [];
    expect(
      events.some(({ reason, message }) => reason === 'CredentialFrom' && message.includes("'team/aso-credential'")),
    ).toBe(isTold);
  });
});

describe('no token', () => {
  it.each([
    ['the login host is out of order', 'soon', 0, { kind: 'backoff', capMs: 30_000 }],
    ['Azure may not know it yet', 'slow', 0, { kind: 'backoff', capMs: 180_000 }],
    ['a wrong secret is tried slowly at first', 'settled', 0, { kind: 'backoff', capMs: 180_000 }],
    ['and then once per sync period', 'settled', 8, { kind: 'after', lane: 'background' }],
  ] as const)('%s', (_because, token, attempts, again) => {
    const object = living('namespace');
    const { end } = pass(
      { ...object, with: { ...object.with, attempts } },
      () => ({ lost: 'refused', token }) as never,
    );
    expect(verdictOf(end)).toBe('Warning Failed: refused');
    expect(end).toMatchObject({ again });
  });
});
