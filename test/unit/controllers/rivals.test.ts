// Of two objects that hold one ARM id, one keeps it; but nobody can keep another namespace from an id that is not his.

import { describe, expect, it } from 'vitest';
import { rivalOf } from '../../../src/controllers/rivals.ts';
import { Store } from '../../../src/controllers/store.ts';
import type { JsonObject } from '../../../src/values/json.ts';
import { shippedKinds } from '../../support/kinds.ts';

const ID = '/subscriptions/s/resourceGroups/rg';
const group = shippedKinds().get('resources.azure.com/ResourceGroup')?.kind;
if (group === undefined) throw new Error('resource groups are shipped');

interface Held {
  readonly at: string;
  readonly born: string;
  readonly status?: JsonObject;
}

const SENT = { goal: 'g', time: '2026-01-01T00:00:00.000Z' };
const ready = (severity: string, reason: string, more: JsonObject = {}): JsonObject => ({
  conditions: [{ type: 'Ready', status: 'False', severity, reason, message: '', lastTransitionTime: '' }],
  ...more,
});

function rivals(...objects: readonly Held[]): string | undefined {
  const store = new Store();
  store.addKind(group as never);
  for (const { at, born, status } of objects) {
    const [namespace, name] = at.split('/');
    const metadata = {
      namespace,
      name,
      uid: at,
      creationTimestamp: born,
      annotations: { 'serviceoperator.azure.com/resource-id': ID },
    };
    store.put(group as never, {
      object: { apiVersion: '', kind: '', metadata, ...(status === undefined ? {} : { status }) } as never,
      applied: '',
      seenAt: 0,
      dependsOn: [],
    });
  }
  const self = `resourcegroups.resources.azure.com|${objects[0]?.at}`;
  return rivalOf({ store, policyOf: () => 'manage' }, ID, self);
}

const MINE = { at: 'team/mine', born: '2' };
const rows: readonly (readonly [because: string, other: Held, isKept: boolean])[] = [
  ['who was there first keeps it', { at: 'team/other', born: '1' }, true],
  ['who came later does not', { at: 'team/other', born: '3' }, false],
  ['who has sent keeps it, though it came later', { at: 'team/other', born: '3', status: { lastSync: SENT } }, true],
  ['in another namespace too', { at: 'other/theirs', born: '1' }, true],
  [
    'a failure that may pass leaves it with the first',
    { at: 'other/theirs', born: '1', status: ready('Warning', 'Failed') },
    true,
  ],
  [
    'another namespace keeps nobody from an id in a subscription that is not its own',
    { at: 'other/theirs', born: '1', status: ready('Error', 'SubscriptionMismatch') },
    false,
  ],
  [
    'nor from one that was written onto an object that had an id of its own',
    { at: 'other/theirs', born: '1', status: ready('Error', 'Failed', { lastSync: SENT }) },
    false,
  ],
  [
    'within a namespace the first is waited for',
    { at: 'team/other', born: '1', status: ready('Error', 'Failed') },
    true,
  ],
];
describe('one id, one manager', () => {
  it('of two that claim it at one moment the second hears of the first', () => {
    const store = new Store();
    store.addKind(group);
    for (const name of ['first', 'second'])
      store.put(group, {
        object: { apiVersion: '', kind: '', metadata: { namespace: 'team', name } },
        applied: '',
        seenAt: 0,
        dependsOn: [],
      });
    const [first, second] = ['first', 'second'].map((name) => `resourcegroups.resources.azure.com|team/${name}`);
    const of = (self = ''): string | undefined => rivalOf({ store, policyOf: () => 'manage' }, ID, self);
    const written = store.reserve(ID.toUpperCase(), first ?? '');
    expect([of(first), of(second)]).toEqual([undefined, "resourcegroups.resources.azure.com 'team/first'"]);
    written();
    expect(of(second)).toBeUndefined();
  });

  it.each(rows)('%s', (_because, other, isKept) => {
    expect(rivals(MINE, other)).toBe(isKept ? `resourcegroups.resources.azure.com '${other.at}'` : undefined);
  });
});
