// The life of an object whose kind does not live behind ARM, decision by decision. No backend runs: its answers are values.

import { describe, expect, it } from 'vitest';
import { compileFields } from '../../../src/kinds/fields.ts';
import type { Kind } from '../../../src/kinds/kind.ts';
import type { Action } from '../../../src/reconcile/action.ts';
import type { BackendAnswer, Told } from '../../../src/reconcile/backend.ts';
import { decide } from '../../../src/reconcile/decide.ts';
import { warning } from '../../../src/reconcile/failure.ts';
import { goalHash } from '../../../src/reconcile/goal.ts';
import type { Observed, Owner } from '../../../src/reconcile/observed.ts';
import { Secret } from '../../../src/values/secret.ts';

const NOW = Date.UTC(2026, 10, 24);
const RULES = [{ at: 'localUser/password', secret: true as const }];

function kindNamed(name: string, map: Partial<Kind['map']>): Kind {
  return {
    group: 'db.azure.com',
    kind: name,
    plural: `${name.toLowerCase()}s`,
    storage: 'v1',
    crd: `${name.toLowerCase()}s.db.azure.com`,
    map: {
      kind: name,
      storage: 'v1',
      versions: { v1: 'v1' },
      spec: RULES,
      status: [],
      ...map,
    },
  };
}

const SERVER_KIND = kindNamed('Server', { type: 'Microsoft.Db/servers' });
const USER_KIND = kindNamed('User', {
  owner: { group: 'db.azure.com', kind: 'Server' },
  backend: { name: 'somewhere', server: { group: 'db.azure.com', kind: 'Server' } },
});

function owned(status: object): Owner {
  return {
    state: 'object',
    kind: SERVER_KIND,
    object: {
      apiVersion: 'db.azure.com/v1',
      kind: 'Server',
      metadata: {
        name: 'srv',
        uid: 'u2',
        annotations: { 'serviceoperator.azure.com/resource-id': '/subscriptions/s/x/servers/azure-srv' },
      },
      status: { conditions: [{ type: 'Ready', status: 'True', reason: 'Succeeded' }], ...status },
    } as Extract<Owner, { state: 'object' }>['object'],
  };
}

const ADDRESS = { fullyQualifiedDomainName: 'srv.example' };
const CLAIMED = {
  finalizers: ['serviceoperator.azure.com/finalizer'],
  annotations: { 'serviceoperator.azure.com/operator-namespace': 'op' },
};

interface Scene {
  readonly metadata?: object;
  readonly status?: object;
  readonly spec?: object;
  readonly more?: Partial<Observed>;
  readonly answer?: BackendAnswer;
  readonly password?: string;
}

function observed(scene: Scene): Observed {
  const secret = new Secret(scene.password ?? 'p');
  const base = {
    kind: USER_KIND,
    version: 'v1',
    apiVersion: 'v1',
    fields: compileFields(RULES, 'v1'),
    statusFields: compileFields([{ at: 'entraID', to: 'id' }], 'v1'),
    statusShape: { members: new Map([['entraID', 'leaf']]) },
    object: {
      metadata: { name: 'app', namespace: 'team', generation: 1, uid: 'u1', ...CLAIMED, ...scene.metadata },
      spec: { owner: { name: 'srv' }, localUser: { password: { name: 's', key: 'k' } }, ...scene.spec },
      status: scene.status ?? {},
    },
    operator: { namespace: 'op', version: 'v0', syncPeriodMs: 3_600_000, since: 0 },
    policy: 'manage',
    owner: owned(ADDRESS),
    server: owned(ADDRESS),
    credential: { ok: false, failure: warning('Failed', 'no credential') },
    inputs: {
      ok: true,
      value: {
        reference: () => '',
        wellKnown: () => '',
        secret: () => secret,
        secretMap: () => ({}),
        configMap: () => '',
      },
    },
    hooks: {},
    rival: () => undefined,
    attempts: 0,
    now: NOW,
    freshUuid: '',
    answers: {},
    exports: 'pending',
    ...scene.more,
    // A scene says only what it is about; the rest stands above.
  } as unknown as Observed;
  if (scene.answer === undefined) return base;
  const first = decide(base).action;
  if (first.do !== 'send' || first.fills !== 'backend') throw new Error(`nothing was asked: ${first.do} ${first.why}`);
  const told: Told = { request: first.request, answer: scene.answer };
  return { ...base, told };
}

const ready = (goal: string) => ({
  conditions: [
    { type: 'Ready', status: 'True', reason: 'Succeeded', message: '', observedGeneration: 1, lastTransitionTime: 't' },
  ],
  lastSync: { goal, time: new Date(NOW - 1000).toISOString() },
});

const DELETED = { deletionTimestamp: '2026-11-24T00:00:00Z' };
const MISSING: Owner = { state: 'unresolved', failure: warning('WaitingForOwner', 'gone', 'soon'), isMissing: true };
const UNSEEN: Owner = { state: 'unresolved', failure: warning('WaitingForOwner', 'not seen yet', 'soon') };

interface Row {
  readonly because: string;
  readonly scene: Scene;
  readonly action: object;
}

const ROWS: readonly Row[] = [
  {
    because: 'the finalizer is stored before anything is asked, and there is no id to store',
    scene: { metadata: { finalizers: [], annotations: {} } },
    action: { do: 'claim', patch: { spec: { azureName: 'app' } } },
  },
  {
    because: 'a server without an address is waited for, before the claim',
    scene: { metadata: { finalizers: [], annotations: {} }, more: { server: owned({}) } },
    action: { do: 'report', conditions: [{ reason: 'WaitingForOwner', severity: 'Warning' }, {}, {}] },
  },
  {
    because: 'no Azure credential is needed to ask: the backend says whether it needs one',
    scene: {},
    action: {
      do: 'send',
      fills: 'backend',
      request: { ask: 'apply', server: 'srv.example', owner: 'azure-srv', goal: { name: 'app' } },
    },
  },
  {
    because: 'policy skip only looks',
    scene: { more: { policy: 'skip' } },
    action: { do: 'send', request: { ask: 'observe' } },
  },
  {
    because: 'what is not there in policy skip is told',
    scene: { more: { policy: 'skip' }, answer: { state: 'absent' } },
    action: { do: 'report', conditions: [{ reason: 'AzureResourceNotFound', severity: 'Warning' }, {}, {}] },
  },
  {
    because: 'a busy server costs no write and no failed attempt',
    scene: { answer: { state: 'busy' } },
    action: { do: 'leave', again: { kind: 'after', lane: 'retry' } },
  },
  {
    because: 'a refusal is told, and what was remembered of the last sync is forgotten',
    scene: {
      status: { lastSync: { goal: 'old', time: new Date(NOW).toISOString() } },
      answer: { state: 'refused', failure: warning('Failed', 'no') },
    },
    action: { do: 'report', status: {}, progress: 'none' },
  },
  {
    because: 'an id is stored before anything else is done',
    scene: { answer: { state: 'present', shows: { id: 'g1' }, id: 'g1' } },
    action: { do: 'claim', patch: { metadata: { annotations: { 'serviceoperator.azure.com/resource-id': 'g1' } } } },
  },
  {
    because: 'what is found is taken over by its id first',
    scene: { answer: { state: 'found', id: 'g1' } },
    action: { do: 'claim', patch: { metadata: { annotations: { 'serviceoperator.azure.com/resource-id': 'g1' } } } },
  },
  {
    because: 'and then made as wanted',
    scene: {
      metadata: { annotations: { ...CLAIMED.annotations, 'serviceoperator.azure.com/resource-id': 'g1' } },
      answer: { state: 'found', id: 'g1' },
    },
    action: { do: 'send', request: { ask: 'apply', id: 'g1' } },
  },
  {
    because: 'what another object manages is not taken over',
    scene: { more: { rival: () => "groups 'team/other'" }, answer: { state: 'found', id: 'g1' } },
    action: { do: 'report', conditions: [{ reason: 'ReconciliationBlocked', severity: 'Warning' }, {}, {}] },
  },
  {
    because: 'the status shows what the backend showed',
    scene: {
      metadata: { annotations: { ...CLAIMED.annotations, 'serviceoperator.azure.com/resource-id': 'g1' } },
      answer: { state: 'present', shows: { id: 'g1' }, id: 'g1' },
    },
    action: { do: 'report', status: { entraID: 'g1', observedGeneration: 1 }, progress: 'made' },
  },
  {
    because: 'a deleted object asks for the removal',
    scene: { metadata: DELETED },
    action: { do: 'send', request: { ask: 'remove' } },
  },
  {
    because: 'what is removed is released',
    scene: { metadata: DELETED, answer: { state: 'absent' } },
    action: { do: 'release' },
  },
  {
    because:
      'a removal that fails keeps the finalizer and is tried again, even after a failure that is final elsewhere',
    scene: {
      metadata: DELETED,
      answer: { state: 'refused', failure: { code: 'Failed', severity: 'Error', retry: 'never', message: 'no' } },
    },
    action: { do: 'report', again: { kind: 'backoff' }, progress: 'none' },
  },
  {
    because: 'a user goes with its server',
    scene: { metadata: DELETED, more: { owner: MISSING, server: MISSING } },
    action: { do: 'release' },
  },
  {
    because: 'an owner that may only not have been seen yet does not release the user',
    scene: { metadata: DELETED, more: { owner: UNSEEN, server: UNSEEN } },
    action: { do: 'report', again: { kind: 'backoff' } },
  },
  {
    because: 'a policy that keeps the resource releases without asking',
    scene: { metadata: DELETED, more: { policy: 'detach-on-delete' } },
    action: { do: 'release' },
  },
];

describe('a kind behind a backend', () => {
  it.each(ROWS)('$because', ({ scene, action }) => {
    expect(decide(observed(scene)).action).toMatchObject(action);
  });

  const afterReady = (change: Scene): Action => {
    const goal = goalHash(observed({}));
    return decide(observed({ status: ready(goal), ...change })).action;
  };

  it('is left alone when it is as wanted: a restart opens no connection', () => {
    expect(afterReady({})).toMatchObject({ do: 'leave', again: { kind: 'after', lane: 'background' } });
  });

  it.each<[string, Scene]>([
    ['its password changes', { password: 'other' }],
    ['its server has another address', { more: { server: owned({ fullyQualifiedDomainName: 'new.example' }) } }],
    ['its spec changes', { spec: { roles: ['reader'] } }],
    ['its sync period is over', { more: { now: NOW + 2 * 3_600_000 } }],
  ])('is applied again when %s', (_because, change) => {
    expect(afterReady(change)).toMatchObject({ do: 'send', request: { ask: 'apply' } });
  });
});
