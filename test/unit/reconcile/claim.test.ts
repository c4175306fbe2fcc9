// Contract 2.3, 2.5, 6.2, 6.3, 8.2 (steps 1 and 2), 8.3, 9.2, 9.6: what is on the object before Azure is touched.

import { describe, expect, it } from 'vitest';
import * as names from '../../../src/reconcile/annotations.ts';
import { warning } from '../../../src/reconcile/failure.ts';
import type { Observed, Owner } from '../../../src/reconcile/observed.ts';
import type { Json, JsonObject } from '../../../src/values/json.ts';
import { shippedKinds } from '../../support/kinds.ts';
import {
  ACCOUNT_ID,
  annotated,
  answer,
  claimed,
  deleting,
  fresh,
  type Given,
  kindNamed,
  OPERATOR,
  OTHER_SUB,
  observed,
  ownerGroup,
  READY_GROUP,
  RG_ID,
  run,
  SUB,
  settled,
} from '../../support/observed.ts';

/** Answers that let any claimed object get as far as it wants. */
const GENEROUS = {
  put: answer(200, {}),
  read: answer(200, { id: ACCOUNT_ID }),
  self: answer(404),
  exists: answer(404),
};

/** Azure's own answer for a kind whose children live in its body: an empty list of them. */
const begunBody = (at: string | undefined): JsonObject =>
  (at ?? '').split('/').reduceRight<Json>((held, member) => ({ [member]: held }), []) as JsonObject;

const unclaimed = (given: Given = {}): Observed => observed({ object: fresh(), ...given });
const patchOf = (begun: Observed): JsonObject => {
  const [claim] = run(begun, GENEROUS).claims;
  if (claim === undefined) throw new Error('nothing was claimed');
  return claim.patch;
};
const metadataOf = (patch: JsonObject): JsonObject => patch.metadata as JsonObject;
const idOf = (begun: Observed): unknown => (metadataOf(patchOf(begun)).annotations as JsonObject)[names.RESOURCE_ID];

describe('the claim', () => {
  it('is stored, whole and guarded by the resource version, before the first request', () => {
    const ran = run(unclaimed(), GENEROUS);
    expect(ran.claims).toHaveLength(1);
    expect(ran.claims[0]?.patch).toEqual({
      metadata: {
        resourceVersion: '10',
        finalizers: [names.FINALIZER],
        annotations: {
          [names.RESOURCE_ID]: ACCOUNT_ID,
          [names.OPERATOR_NAMESPACE]: OPERATOR,
          [names.ORIGINAL_VERSION]: ran.observed.version,
          [names.LATEST_RECONCILED_GENERATION]: '1',
        },
        labels: {
          [names.OWNER_NAME_LABEL]: 'rg',
          [names.OWNER_GROUP_KIND_LABEL]: 'ResourceGroup.resources.azure.com',
          [names.OWNER_UID_LABEL]: 'uid-rg',
          [names.LAST_RECONCILED_VERSION_LABEL]: 'v1',
        },
        ownerReferences: [
          { apiVersion: 'resources.azure.com/v1api20200601storage', kind: 'ResourceGroup', name: 'rg', uid: 'uid-rg' },
        ],
      },
    });
    expect(ran.sent).toEqual([`PUT ${ACCOUNT_ID}`, `GET ${ACCOUNT_ID}`]);
  });

  it('stores the name when the user left it empty, and counts the edit that this is', () => {
    const patch = patchOf(unclaimed({ object: fresh({ spec: { azureName: '' } }) }));
    expect(patch.spec).toEqual({ azureName: 'acc' });
    expect(metadataOf(patch).annotations).toMatchObject({ [names.LATEST_RECONCILED_GENERATION]: '2' });
  });

  it('keeps finalizers and owner references of others, and replaces a stale one of its owner', () => {
    const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'u' };
    const stale = { apiVersion: 'resources.azure.com/v1', kind: 'ResourceGroup', name: 'rg', uid: 'old' };
    const metadata = metadataOf(
      patchOf(unclaimed({ object: fresh({ metadata: { finalizers: ['a/b'], ownerReferences: [other, stale] } }) })),
    );
    expect(metadata.finalizers).toEqual(['a/b', names.FINALIZER]);
    expect(metadata.ownerReferences).toMatchObject([{ uid: 'u' }, { uid: 'uid-rg' }]);
  });

  it('cuts a long owner name to a label that Kubernetes accepts (the original may leave a bad end)', () => {
    const name = `${'a'.repeat(62)}-b`;
    const patch = patchOf(unclaimed({ object: fresh({ spec: { owner: { name } } }) }));
    expect((metadataOf(patch).labels as JsonObject)[names.OWNER_NAME_LABEL]).toBe('a'.repeat(62));
  });

  it('an owner by ARM id gives no owner reference and no owner labels', () => {
    const patch = patchOf(
      unclaimed({ object: fresh({ spec: { owner: { armId: RG_ID } } }), owner: { state: 'arm', id: RG_ID } }),
    );
    expect(metadataOf(patch).ownerReferences).toBeUndefined();
    expect(metadataOf(patch).labels).toEqual({ [names.LAST_RECONCILED_VERSION_LABEL]: 'v1' });
  });

  it('happens in skip as well', () => {
    expect(run(unclaimed({ policy: 'skip' }), GENEROUS).claims).toHaveLength(1);
  });
});

describe('what is waited for, in this order, before anything is written or sent', () => {
  interface Row {
    readonly because: string;
    readonly given: Given;
    readonly reason: string;
    readonly says: RegExp;
    readonly severity?: 'Error';
  }
  const gone: Owner = {
    state: 'unresolved',
    failure: warning('WaitingForOwner', "owner ResourceGroup 'team/rg' does not exist", 'soon'),
  };
  const noCredential = { ok: false as const, failure: warning('Failed', 'no credential') };
  const noInputs = { ok: false as const, failure: warning('SecretNotFound', 'no Secret', 'soon') };
  const rows: readonly Row[] = [
    {
      because: 'the owner comes first',
      given: { owner: gone, credential: noCredential, inputs: noInputs },
      reason: 'WaitingForOwner',
      says: /does not exist/,
    },
    {
      because: 'an owner that is not Ready is named, and what it says',
      given: { owner: ownerGroup({ ready: false }) },
      reason: 'WaitingForOwner',
      says: /ResourceGroup 'team\/rg' is not Ready \(it says Succeeded\)/,
    },
    {
      because: 'an owner on its way out owns nothing new',
      given: { owner: ownerGroup({ metadata: { deletionTimestamp: 'x' } }) },
      reason: 'WaitingForOwner',
      says: /is being deleted/,
    },
    {
      because: 'the credential comes second',
      given: { credential: noCredential, inputs: noInputs },
      reason: 'Failed',
      says: /no credential/,
    },
    { because: 'inputs come third', given: { inputs: noInputs }, reason: 'SecretNotFound', says: /no Secret/ },
    {
      because: 'an owner in another subscription is Error Failed at the claim (contract 9.6)',
      given: { owner: ownerGroup({ id: `/subscriptions/${OTHER_SUB}/resourceGroups/rg` }) },
      reason: 'Failed',
      says: /the owner is deployed elsewhere/,
      severity: 'Error',
    },
    {
      because: 'a Ready owner without an id cannot be built upon',
      given: { owner: ownerGroup({ id: null }) },
      reason: 'WaitingForOwner',
      says: /has no assigned ARM id yet/,
    },
    {
      because: 'a malformed owner is told as it is',
      given: { owner: { state: 'unresolved', failure: warning('Failed', 'spec.owner is incomplete') } },
      reason: 'Failed',
      says: /incomplete/,
    },
    {
      because: 'another object holds the id (the original lets them fight)',
      given: { rival: () => "storageaccounts.storage.azure.com 'other/acc'" },
      reason: 'ReconciliationBlocked',
      says: /already managed by storageaccounts.storage.azure.com 'other\/acc'.*detach-on-delete/,
    },
    {
      because: 'detach-on-delete sends PUTs too, so it may not fight either',
      given: { policy: 'detach-on-delete', rival: () => "storageaccounts.storage.azure.com 'other/acc'" },
      reason: 'ReconciliationBlocked',
      says: /already managed/,
    },
  ];
  it.each(rows)('$because', ({ given, reason, says, severity = 'Warning' }) => {
    const ran = run(unclaimed(given));
    expect(ran.claims).toEqual([]);
    expect(ran.sent).toEqual([]);
    expect(ran.ready).toMatchObject({ reason, severity });
    expect(ran.ready?.message).toMatch(says);
  });

  it('skip looks beside a rival', () => {
    expect(run(unclaimed({ policy: 'skip', rival: () => 'x' }), GENEROUS).claims).toHaveLength(1);
  });

  it('whoever waits for an id says so, to be woken when it is free', () => {
    expect(run(unclaimed({ rival: () => 'x' })).end).toMatchObject({ waitsForId: ACCOUNT_ID });
  });

  it('an owner that is not Ready is not waited for once the object is claimed', () => {
    const ran = run(observed({ owner: ownerGroup({ ready: false }) }), GENEROUS);
    expect(ran.sent).toEqual([`PUT ${ACCOUNT_ID}`, `GET ${ACCOUNT_ID}`]);
  });

  it('an owner that is gone after the claim is ReferenceNotFound', () => {
    expect(run(observed({ owner: gone })).ready).toMatchObject({ reason: 'ReferenceNotFound', severity: 'Warning' });
  });
});

describe('ARM ids for every owner form (contract 8.3)', () => {
  interface Row {
    readonly because: string;
    readonly kind: string;
    readonly owner: Owner;
    readonly id: string;
    readonly spec?: JsonObject;
  }
  const child = (kind: string, id: string): Owner => ({
    state: 'object',
    kind: kindNamed(kind),
    object: {
      ...(READY_GROUP.state === 'object' ? READY_GROUP.object : fresh()),
      metadata: { name: 'o', namespace: 'team', uid: 'u', annotations: { [names.RESOURCE_ID]: id } },
    },
  });
  const vnet = `${RG_ID}/providers/Microsoft.Network/virtualNetworks/net`;
  const rows: readonly Row[] = [
    {
      because: 'a group stands in the subscription of the credential',
      kind: 'resources.azure.com/ResourceGroup',
      owner: { state: 'none' },
      id: `/subscriptions/${SUB}/resourceGroups/acc`,
    },
    {
      because: 'a top-level type stands in its group',
      kind: 'storage.azure.com/StorageAccount',
      owner: READY_GROUP,
      id: ACCOUNT_ID,
    },
    {
      because: 'a child stands below its parent, the provider once',
      kind: 'network.azure.com/VirtualNetworksSubnet',
      owner: child('network.azure.com/VirtualNetwork', vnet),
      id: `${vnet}/subnets/acc`,
    },
    {
      because: 'a child with a fixed name has that',
      kind: 'storage.azure.com/StorageAccountsBlobService',
      owner: child('storage.azure.com/StorageAccount', ACCOUNT_ID),
      id: `${ACCOUNT_ID}/blobServices/default`,
    },
    {
      because: 'an ARM id as owner, with its slash at the end cut',
      kind: 'network.azure.com/VirtualNetworksSubnet',
      owner: { state: 'arm', id: `${vnet}/` },
      id: `${vnet}/subnets/acc`,
    },
    {
      because: 'the provider is looked for without regard to case',
      kind: 'network.azure.com/VirtualNetworksSubnet',
      owner: { state: 'arm', id: vnet.replace('Microsoft.Network', 'microsoft.network') },
      id: `${vnet.replace('Microsoft.Network', 'microsoft.network')}/subnets/acc`,
    },
    {
      because: 'an extension puts its provider below any resource',
      kind: 'authorization.azure.com/RoleAssignment',
      owner: { state: 'arm', id: vnet },
      id: `${vnet}/providers/Microsoft.Authorization/roleAssignments/acc`,
    },
    {
      because: 'an extension of a whole subscription',
      kind: 'authorization.azure.com/RoleAssignment',
      owner: { state: 'arm', id: `/subscriptions/${SUB}` },
      id: `/subscriptions/${SUB}/providers/Microsoft.Authorization/roleAssignments/acc`,
    },
    {
      because: 'a tenant-scoped type stands in no subscription',
      kind: 'subscription.azure.com/Alias',
      owner: { state: 'none' },
      id: '/providers/Microsoft.Subscription/aliases/acc',
    },
    {
      because: 'an owner with child-resource-id-override lends that',
      kind: 'authorization.azure.com/RoleAssignment',
      owner: {
        state: 'object',
        kind: kindNamed('subscription.azure.com/Alias'),
        object: {
          ...(READY_GROUP.state === 'object' ? READY_GROUP.object : fresh()),
          metadata: {
            name: 'alias',
            annotations: {
              [names.RESOURCE_ID]: '/providers/Microsoft.Subscription/aliases/a',
              [names.CHILD_RESOURCE_ID_OVERRIDE]: `/subscriptions/${SUB}`,
            },
          },
        },
      },
      id: `/subscriptions/${SUB}/providers/Microsoft.Authorization/roleAssignments/acc`,
    },
  ];
  it.each(rows)('$because', ({ kind, owner, id }) => {
    expect(idOf(unclaimed({ kind, owner, object: fresh({ spec: { owner: {} } }) }))).toBe(id);
  });

  it.each([
    { azureName: '../../../x', because: 'a path' },
    { azureName: '..', because: 'dots alone' },
    { azureName: 'a/b', because: 'a slash' },
    { azureName: 'a?api-version=1', because: 'a query' },
    { azureName: 'a#b', because: 'a fragment' },
    { azureName: 'a%2Fb', because: 'an encoded slash' },
    { azureName: 'a\nb', because: 'a line break' },
    { azureName: '\ud800', because: 'half a character' },
  ])('a name with $because builds no id', ({ azureName }) => {
    const ran = run(unclaimed({ object: fresh({ spec: { azureName } }) }));
    expect(ran.ready).toMatchObject({ reason: 'ReferenceNotFound', severity: 'Warning' });
    expect(ran.ready?.message).toContain('no resource name may have');
    expect(ran.claims).toEqual([]);
  });

  it('names with dots, parentheses and letters of the world are kept as they are', () => {
    expect(idOf(unclaimed({ object: fresh({ spec: { azureName: 'a.b(1)-ö' } }) }))).toBe(
      `${ACCOUNT_ID.slice(0, -3)}a.b(1)-ö`,
    );
  });

  it('every shipped kind is at home in the id that it builds', () => {
    const strange: string[] = [];
    for (const [name, { kind }] of shippedKinds()) {
      if (kind.map.type === undefined) continue;
      const [provider, ...types] = kind.map.type.split('/');
      const parents = types.slice(0, -1).map((type, index) => `${type}/p${index}`);
      const parent = parents.length === 0 ? RG_ID : [RG_ID, 'providers', provider, ...parents].join('/');
      const owner: Owner = kind.map.owner === undefined ? { state: 'none' } : { state: 'arm', id: parent };
      const begun = observed({ kind: name, owner, object: fresh({ spec: { owner: {} } }) });
      const ran = run(begun, { ...GENEROUS, owner: answer(404), self: answer(200, begunBody(kind.map.carry?.at)) });
      if (ran.rule === 'noted' || ran.claims.length !== 1) strange.push(`${name}: ${ran.ready?.message}`);
    }
    expect(strange).toEqual([]);
  });

  it('an owner id that points out of its place builds no id', () => {
    const owner: Owner = { state: 'arm', id: `/subscriptions/${SUB}/../${OTHER_SUB}` };
    const ran = run(unclaimed({ kind: 'authorization.azure.com/RoleAssignment', owner }));
    expect(ran.claims).toEqual([]);
    expect(ran.ready?.message).toContain('the ARM id cannot be built');
  });
});

describe('subscription mismatch (contract 9.6)', () => {
  it.each([
    { because: 'before a PUT', policy: 'manage' as const },
    { because: 'before a look', policy: 'skip' as const },
  ])('is an Error that sends nothing $because', ({ policy }) => {
    const object = claimed();
    const ran = run(observed({ object, policy, subscriptionId: OTHER_SUB, owner: { state: 'arm', id: RG_ID } }));
    expect(ran.sent).toEqual([]);
    expect(ran.ready).toMatchObject({ reason: 'SubscriptionMismatch', severity: 'Error' });
    expect(ran.end).toMatchObject({ again: { kind: 'never' } });
  });

  it('compares without regard to case', () => {
    const ran = run(observed({ subscriptionId: SUB.toUpperCase() }), GENEROUS);
    expect(ran.ready?.status).toBe('True');
  });

  it('an id without a subscription passes', () => {
    const id = '/providers/Microsoft.Subscription/aliases/acc';
    const object = annotated(claimed(), { [names.RESOURCE_ID]: id });
    const ran = run(observed({ kind: 'subscription.azure.com/Alias', object, owner: { state: 'none' } }), GENEROUS);
    expect(ran.sent[0]).toBe(`PUT ${id}`);
  });
});

describe('an id noted on the object that is not its own (the original trusts it)', () => {
  const rg2 = `/subscriptions/${SUB}/resourceGroups/other`;
  const rows = [
    {
      id: RG_ID,
      says: 'is of type Microsoft.Resources/resourceGroups',
      because: 'a kind lends its rights to no other',
    },
    { id: ACCOUNT_ID.replace(/acc$/, 'victim'), says: "is named 'victim'", because: 'a manifest was copied' },
    {
      id: `${rg2}/providers/Microsoft.Storage/storageAccounts/acc`,
      says: 'is not below its owner',
      because: 'the owner was changed in a copy',
    },
    {
      id: `${RG_ID}/../other/providers/Microsoft.Storage/storageAccounts/acc`,
      says: 'is not an ARM id',
      because: 'it points elsewhere',
    },
    { id: `${ACCOUNT_ID}?x=y`, says: 'is not an ARM id', because: 'it holds a query' },
    { id: 'acc', says: 'is not an ARM id', because: 'it is no path' },
  ];
  it.each(rows)('stops everything: $because', ({ id, says }) => {
    const ran = run(observed({ object: annotated(claimed(), { [names.RESOURCE_ID]: id }) }));
    expect(ran.sent).toEqual([]);
    expect(ran.ready).toMatchObject({ reason: 'Failed', severity: 'Error' });
    expect(ran.ready?.message).toContain(says);
    expect(ran.ready?.message).toContain('Take the annotation off');
  });

  it.each(rows)('deletes nothing of somebody else: $because', ({ id }) => {
    const ran = run(observed({ object: deleting(annotated(claimed(), { [names.RESOURCE_ID]: id })) }));
    expect(ran.sent).toEqual([]);
    expect(ran.end.do).toBe('release');
  });

  it('an object that was sent is held until a person decides', () => {
    const object = deleting(annotated(settled().object, { [names.RESOURCE_ID]: RG_ID }));
    const ran = run(observed({ object }));
    expect(ran.sent).toEqual([]);
    expect(ran.ready).toMatchObject({ reason: 'Failed', severity: 'Warning' });
    expect(ran.ready?.message).toContain('Nothing is deleted in Azure');
  });

  it('letter case makes no other id', () => {
    const object = annotated(claimed(), {
      [names.RESOURCE_ID]: ACCOUNT_ID.toUpperCase().replace(/^\/SUBSCRIPTIONS/, '/subscriptions'),
    });
    expect(run(observed({ object }), GENEROUS).ready?.status).toBe('True');
  });
});

describe('a claim that was stripped (kubectl replace, Argo CD Replace)', () => {
  const strip = (begun: Observed): Observed => ({
    ...begun,
    object: { ...begun.object, metadata: { ...fresh().metadata } },
  });

  it('is put back though the owner is not Ready and inputs are missing, and sends nothing', () => {
    const begun = strip(settled());
    const ran = run({ ...begun, owner: ownerGroup({ ready: false }) });
    expect(ran.claims).toHaveLength(1);
    expect(ran.sent).toEqual([]);
    expect(ran.end.do).toBe('leave');
  });

  it('comes back before missing inputs are told', () => {
    const begun = strip(settled());
    const ran = run({ ...begun, inputs: { ok: false, failure: warning('SecretNotFound', 'no Secret', 'soon') } });
    expect(ran.claims).toHaveLength(1);
    expect(ran.ready).toMatchObject({ reason: 'SecretNotFound' });
  });

  it('keeps the name that Azure showed when the manifest has none and the default is random', () => {
    const id = `${RG_ID}/providers/Microsoft.Authorization/roleAssignments/11111111-1111-4111-8111-111111111111`;
    const begun = observed({
      kind: 'authorization.azure.com/RoleAssignment',
      owner: { state: 'arm', id: RG_ID },
      object: fresh({
        spec: { azureName: undefined, operatorSpec: { namingConvention: 'random' } },
        status: { id },
      } as never),
    });
    expect(idOf(begun)).toBe(id);
  });

  it('the annotation alone, on a deleted object: the resource is deleted all the same', () => {
    const { object } = settled();
    const annotations = { ...object.metadata.annotations, [names.RESOURCE_ID]: null, [names.OPERATOR_NAMESPACE]: null };
    const ran = run(observed({ object: deleting(annotated(object, annotations)) }), {
      exists: answer(200, {}),
      delete: answer(204),
    });
    expect(ran.sent).toEqual([`GET ${ACCOUNT_ID}`, `DELETE ${ACCOUNT_ID}`]);
  });

  it('an id that cannot be made again is told, and nothing is lost', () => {
    const { object } = settled();
    const bare = deleting(annotated(object, { [names.RESOURCE_ID]: null }));
    const { id: _id, ...status } = bare.status as JsonObject;
    const ran = run(
      observed({
        object: { ...bare, status } as never,
        owner: { state: 'unresolved', failure: warning('WaitingForOwner', 'no such owner', 'soon') },
      }),
    );
    expect(ran.ready).toMatchObject({ reason: 'ReferenceNotFound', severity: 'Warning' });
    expect(ran.ready?.message).toContain('detach-on-delete');
  });
});

describe('two objects that hold one id', () => {
  it('the later one stops, whatever it was', () => {
    const ran = run({ ...settled(), rival: () => 'the first' });
    expect(ran.sent).toEqual([]);
    expect(ran.ready).toMatchObject({ reason: 'ReconciliationBlocked' });
  });

  it('and its deletion leaves the resource to the first', () => {
    const begun = settled();
    const ran = run({ ...begun, object: deleting(begun.object), rival: () => 'the first' });
    expect(ran.sent).toEqual([]);
    expect(ran.end).toMatchObject({ do: 'release', why: expect.stringContaining('the first') });
  });
});

describe('azureNameFromConfig (contract 6.2)', () => {
  const kind = 'dbforpostgresql.azure.com/FlexibleServersAdministrator';
  const server = `${RG_ID}/providers/Microsoft.DBforPostgreSQL/flexibleServers/s`;
  const given = (
    nameFromConfig: Observed['nameFromConfig'],
    object = fresh({ spec: { azureName: '', owner: {} } }),
  ): Observed => observed({ kind, object, owner: { state: 'arm', id: server }, nameFromConfig });

  it('is stored in its annotation and not in the spec', () => {
    const patch = patchOf(given({ ok: true, value: 'admin-oid' }));
    expect(metadataOf(patch).annotations).toMatchObject({
      [names.AZURE_NAME_FROM_CONFIG]: 'admin-oid',
      [names.RESOURCE_ID]: `${server}/administrators/admin-oid`,
    });
    expect(patch.spec).toBeUndefined();
  });

  it('a missing value is told', () => {
    const ran = run(given({ ok: false, failure: warning('ConfigMapNotFound', 'no key', 'soon') }));
    expect(ran.ready).toMatchObject({ reason: 'ConfigMapNotFound' });
  });

  it('another value than the one it was claimed for is an Error', () => {
    const object = annotated(claimed({ spec: { azureName: '', owner: {} } }), {
      [names.RESOURCE_ID]: `${server}/administrators/admin-oid`,
      [names.AZURE_NAME_FROM_CONFIG]: 'admin-oid',
    });
    const ran = run(given({ ok: true, value: 'another' }, object));
    expect(ran.ready).toMatchObject({ reason: 'Failed', severity: 'Error' });
    expect(ran.ready?.message).toContain("claimed as 'admin-oid'");
  });
});
