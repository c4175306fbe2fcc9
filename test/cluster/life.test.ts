// The life of objects on real parts: a kube-apiserver, the emulator as Azure, the operator as a process.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import { account as anAccount, group, network, postgresql, secret, subnet } from '../support/manifests.ts';
import { type Manifest, type World, world } from '../support/world.ts';

let at: World;
beforeAll(async () => {
  at = await world({
    groups: ['resources', 'storage', 'network', 'managedidentity', 'authorization', 'dbforpostgresql', 'keyvault'],
  });
});
afterAll(async () => {
  await at?.stop();
});

const SERVICE = 'serviceoperator.azure.com';

const account = (name: string, spec: JsonObject = {}, annotations: JsonObject = {}): Manifest =>
  anAccount(name, { accessTier: 'Hot', ...spec }, annotations);

/** Members of a JSON object; none when there is no object. */
const membersOf = (value: unknown): JsonObject => (isObject(value) ? value : {});

const idOf = async (manifest: Manifest): Promise<string> => {
  const object = await at.object(manifest);
  const metadata = isObject(object?.metadata) ? object.metadata : {};
  return String((metadata.annotations as JsonObject | undefined)?.[`${SERVICE}/resource-id`] ?? '');
};
const puts = (id: string): number =>
  at.emulator
    .journal()
    .filter((entry) => entry.method === 'PUT' && entry.url.toLowerCase().startsWith(`${id.toLowerCase()}?`)).length;
const inAzure = (id: string, path: readonly string[]): unknown =>
  path.reduce<unknown>((held, member) => (isObject(held) ? held[member] : undefined), at.emulator.resource(id));

describe('creating', () => {
  it('a child applied before its owner waits, names it, and goes on by itself', async () => {
    const early = account('earlyaccount', { owner: { name: 'late-rg' } });
    await at.applied(early);
    const waiting = await at.eventually(early, 'WaitingForOwner', 'Warning');
    expect(waiting.message).toContain("'team/late-rg' does not exist");
    expect(await idOf(early)).toBe('');
    await at.applied(group('late-rg'));
    await at.eventuallyReady(early);
    expect(puts(await idOf(early))).toBe(1);
  });

  it('an object that is Ready has its claim, its owner, its conditions for kstatus, and a status in the version applied', async () => {
    await at.applied(group('rg'));
    const made = account('plainaccount');
    await at.applied(made);
    await at.eventuallyReady(made);
    const object = (await at.object(made)) ?? {};
    const metadata = object.metadata as JsonObject;
    const status = object.status as JsonObject;
    expect(metadata.finalizers).toEqual([`${SERVICE}/finalizer`]);
    expect(metadata.ownerReferences).toMatchObject([
      { apiVersion: 'resources.azure.com/v1api20200601storage', kind: 'ResourceGroup', name: 'rg' },
    ]);
    expect(metadata.labels).toMatchObject({
      [`${SERVICE}/owner-name`]: 'rg',
      [`${SERVICE}/owner-group-kind`]: 'ResourceGroup.resources.azure.com',
    });
    expect((object.spec as JsonObject).azureName).toBe('plainaccount');
    expect(status.observedGeneration).toBe(metadata.generation);
    expect(
      (status.conditions as readonly JsonObject[]).map((condition) => `${condition.type} ${condition.status}`),
    ).toEqual(['Ready True', 'Reconciling False', 'Stalled False']);
    expect(status.primaryEndpoints).toMatchObject({ blob: 'https://plainaccount.blob.core.windows.net/' });
    expect(status.lastSync).toMatchObject({ goal: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it('an owner given by ARM id is not waited for', async () => {
    const subscription = at.emulator.settings.subscriptionIds[0];
    const byId = account('byidaccount', { owner: { armId: `/subscriptions/${subscription}/resourceGroups/rg` } });
    await at.applied(byId);
    await at.eventuallyReady(byId);
    expect((await idOf(byId)).toLowerCase()).toContain('/resourcegroups/rg/');
  });

  it('keys are exported, owned by the object, and their values are nowhere else', async () => {
    const exporting = account('exportaccount', {
      operatorSpec: {
        secrets: { key1: { name: 'export-keys', key: 'k1' } },
        configMaps: { blobEndpoint: { name: 'export-map', key: 'blob' } },
      },
    });
    await at.applied(exporting);
    await at.eventuallyReady(exporting);
    const keys = await at.core('secrets', 'export-keys');
    const value = Buffer.from(String(membersOf(keys?.data).k1), 'base64').toString('utf8');
    expect(value.length).toBeGreaterThan(40);
    expect(membersOf(keys?.metadata).ownerReferences).toMatchObject([
      { kind: 'StorageAccount', name: 'exportaccount' },
    ]);
    expect((await at.core('configmaps', 'export-map'))?.data).toEqual({
      blob: 'https://exportaccount.blob.core.windows.net/',
    });
    expect(JSON.stringify(await at.object(exporting))).not.toContain(value);
    expect(at.operator().log()).not.toContain(value);
  });
});

describe('changing', () => {
  it('an edit is one PUT, and an edit back is another', async () => {
    const edited = account('editedaccount');
    await at.applied(edited);
    await at.eventuallyReady(edited);
    const id = await idOf(edited);
    await at.applied(account('editedaccount', { accessTier: 'Cool' }));
    await at.until(() => inAzure(id, ['properties', 'accessTier']) === 'Cool', 'the edit');
    await at.applied(edited);
    await at.until(() => inAzure(id, ['properties', 'accessTier']) === 'Hot', 'the edit back');
    expect(puts(id)).toBe(3);
  });

  it('a child of a virtual network made by somebody else survives a PUT of the network', async () => {
    const [vnet, sub] = [network('net'), subnet('sub', 'net')];
    await at.applied(vnet);
    await at.applied(sub);
    await at.eventuallyReady(vnet, sub);
    const subnetId = await idOf(sub);
    await at.applied({ ...vnet, spec: { ...(vnet.spec as JsonObject), tags: { a: 'b' } } });
    await at.until(async () => inAzure(await idOf(vnet), ['tags', 'a']) === 'b', 'the tag');
    expect(at.emulator.resource(subnetId)).toBeDefined();
  });

  it('a changed Secret that the body holds is sent within a second, and its value shows nowhere', async () => {
    const password = 'first-Pa55word-in-the-secret';
    await at.applied(secret('admin', { password }));
    const server = postgresql('pg', 'admin');
    await at.applied(server);
    await at.eventuallyReady(server);
    const id = await idOf(server);
    expect(puts(id)).toBe(1);
    await at.applied(secret('admin', { password: 'second-Pa55word' }));
    await at.until(() => puts(id) === 2, 'a PUT with the new password');
    await at.eventuallyReady(server);
    const seen = JSON.stringify(await at.object(server)) + at.operator().log();
    expect(seen).not.toContain(password);
    expect(seen).not.toContain('second-Pa55word');
  });

  it('a stripped finalizer and claim are put back and nothing is re-created', async () => {
    const stripped = account('strippedaccount');
    await at.applied(stripped);
    await at.eventuallyReady(stripped);
    const id = await idOf(stripped);
    await at.patched(stripped, {
      metadata: {
        finalizers: null,
        annotations: { [`${SERVICE}/resource-id`]: null, [`${SERVICE}/operator-namespace`]: null },
      },
    });
    await at.until(async () => (await idOf(stripped)) === id, 'the claim to be put back');
    expect(puts(id)).toBe(1);
  });

  it('skip sends nothing, shows what Azure has, and its end sends the edit', async () => {
    const skipped = account('skippedaccount');
    await at.applied(skipped);
    await at.eventuallyReady(skipped);
    const id = await idOf(skipped);
    await at.applied(account('skippedaccount', { accessTier: 'Cool' }, { [`${SERVICE}/reconcile-policy`]: 'skip' }));
    await at.until(async () => {
      const object = await at.object(skipped);
      return membersOf(object?.status).observedGeneration === membersOf(object?.metadata).generation;
    }, 'the skipped edit to be looked at');
    expect(puts(id)).toBe(1);
    await at.patched(skipped, { metadata: { annotations: { [`${SERVICE}/reconcile-policy`]: null } } });
    await at.until(() => inAzure(id, ['properties', 'accessTier']) === 'Cool', 'the edit');
  });

  it('drift is corrected at the next sync', async () => {
    const drifting = account('driftaccount', {}, { [`${SERVICE}/sync-period`]: '1s' });
    await at.applied(drifting);
    await at.eventuallyReady(drifting);
    const id = await idOf(drifting);
    at.emulator.edit(id, { properties: { accessTier: 'Cool' } });
    await at.until(() => inAzure(id, ['properties', 'accessTier']) === 'Hot', 'the drift to be corrected');
  });
});

describe('bad input names what is wrong and stops nothing else', () => {
  interface Row {
    readonly because: string;
    readonly manifest: () => Manifest;
    readonly reason: string;
    readonly says: string;
  }
  const rows: readonly Row[] = [
    {
      because: 'a Secret that is not there',
      reason: 'SecretNotFound',
      says: "Secret 'team/nowhere' does not exist",
      manifest: () => ({
        apiVersion: 'dbforpostgresql.azure.com/v20250801',
        kind: 'FlexibleServer',
        metadata: { name: 'nosecret' },
        spec: { location: 'westus2', owner: { name: 'rg' }, administratorLoginPassword: { name: 'nowhere', key: 'k' } },
      }),
    },
    {
      because: 'a key that the Secret lacks',
      reason: 'SecretNotFound',
      says: "has no key 'other'",
      manifest: () => ({
        apiVersion: 'dbforpostgresql.azure.com/v20250801',
        kind: 'FlexibleServer',
        metadata: { name: 'nokey' },
        spec: {
          location: 'westus2',
          owner: { name: 'rg' },
          administratorLoginPassword: { name: 'admin', key: 'other' },
        },
      }),
    },
    {
      because: 'a ConfigMap that is not there',
      reason: 'ConfigMapNotFound',
      says: "ConfigMap 'team/nomap' does not exist",
      manifest: () => ({
        apiVersion: 'authorization.azure.com/v1api20220401',
        kind: 'RoleAssignment',
        metadata: { name: 'nomap' },
        spec: {
          owner: { group: 'resources.azure.com', kind: 'ResourceGroup', name: 'rg' },
          principalIdFromConfig: { name: 'nomap', key: 'p' },
          roleDefinitionReference: { wellKnownName: 'Reader' },
        },
      }),
    },
    {
      because: 'a built-in role of no such name',
      reason: 'Failed',
      says: "'No Such Role'",
      manifest: () => ({
        apiVersion: 'authorization.azure.com/v1api20220401',
        kind: 'RoleAssignment',
        metadata: { name: 'norole' },
        spec: {
          owner: { group: 'resources.azure.com', kind: 'ResourceGroup', name: 'rg' },
          principalId: '11111111-1111-4111-8111-111111111111',
          roleDefinitionReference: { wellKnownName: 'No Such Role' },
        },
      }),
    },
    {
      because: 'a reference to nothing',
      reason: 'ReferenceNotFound',
      says: 'there is no such object',
      manifest: () =>
        account('refnothing', {
          networkAcls: {
            defaultAction: 'Allow',
            virtualNetworkRules: [
              { reference: { group: 'network.azure.com', kind: 'VirtualNetworksSubnet', name: 'nothing' } },
            ],
          },
        }),
    },
    {
      because: 'an owner by an ARM id of the wrong type',
      reason: 'Failed',
      says: 'must be of type Microsoft.Resources/resourceGroups',
      manifest: () =>
        account('wrongowner', {
          owner: {
            armId:
              '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v',
          },
        }),
    },
    {
      because: 'an owner in another subscription',
      reason: 'SubscriptionMismatch',
      says: 'is in subscription',
      manifest: () =>
        account('elsewhere', {
          owner: { armId: '/subscriptions/00000000-0000-0000-0000-0000000000ff/resourceGroups/rg' },
        }),
    },
    {
      because: 'a name that Azure refuses',
      reason: 'InvalidParameter',
      says: '',
      manifest: () => ({
        apiVersion: 'keyvault.azure.com/v1api20230701',
        kind: 'Vault',
        metadata: { name: 'badsku' },
        spec: {
          location: 'westus2',
          owner: { name: 'rg' },
          properties: { sku: { family: 'A', name: 'standard' }, tenantId: '00000000-0000-0000-0000-0000000000aa' },
        },
      }),
    },
    {
      because: 'a credential that does not exist',
      reason: 'Failed',
      says: "credential Secret 'team/no-credential'",
      manifest: () => account('nocredential', {}, { [`${SERVICE}/credential-from`]: 'no-credential' }),
    },
    {
      because: 'an owner of an extension that is incomplete',
      reason: 'Failed',
      says: 'spec.owner is incomplete',
      manifest: () => ({
        apiVersion: 'authorization.azure.com/v1api20220401',
        kind: 'RoleAssignment',
        metadata: { name: 'halfowner' },
        spec: {
          owner: { name: 'rg' },
          principalId: '11111111-1111-4111-8111-111111111111',
          roleDefinitionReference: { wellKnownName: 'Reader' },
        },
      }),
    },
  ];
  for (const row of rows.filter((candidate) => candidate.reason !== 'InvalidParameter')) {
    it(`${row.because}: ${row.reason}`, async () => {
      const manifest = row.manifest();
      await at.applied(manifest);
      const condition = await at.eventually(manifest, row.reason);
      expect(condition.message).toContain(row.says);
      await at.deleted(manifest);
      await at.gone(manifest);
    });
  }

  it('a 400 of Azure with nested details is told whole', async () => {
    at.emulator.fault({
      match: { method: 'PUT', path: '/storageAccounts/refusedaccount\\?' },
      times: 1,
      answer: {
        status: 400,
        body: {
          error: {
            code: 'InvalidTemplate',
            message: 'The request is wrong.',
            details: [{ code: 'Inner', message: 'the sku is not for sale' }],
          },
        },
      },
    });
    const refused = account('refusedaccount');
    await at.applied(refused);
    const condition = await at.eventually(refused, 'InvalidTemplate', 'Error');
    expect(condition.message).toBe('The request is wrong. (Inner: the sku is not for sale)');
    await at.applied(account('refusedaccount', { accessTier: 'Cool' }));
    await at.eventuallyReady(refused);
  });

  it('two objects for one ARM id: the second is told about the first', async () => {
    const first = account('twinone', { azureName: 'twins' });
    const second = account('twintwo', { azureName: 'twins' });
    await at.applied(first);
    await at.eventuallyReady(first);
    await at.applied(second);
    const condition = await at.eventually(second, 'ReconciliationBlocked');
    expect(condition.message).toContain('twinone');
  });

  it('a wrong word as policy is as good as none', async () => {
    const wrong = account('wrongpolicy', {}, { [`${SERVICE}/reconcile-policy`]: 'Skip' });
    await at.applied(wrong);
    await at.eventuallyReady(wrong);
    expect(at.operator().log()).toContain("reconcile-policy 'Skip' on the object is not one of");
  });

  it('admission refuses both a value and its twin, half a reference, and a second owner', async () => {
    const both: Manifest = {
      apiVersion: 'authorization.azure.com/v1api20220401',
      kind: 'RoleAssignment',
      metadata: { name: 'both' },
      spec: {
        owner: { group: 'resources.azure.com', kind: 'ResourceGroup', name: 'rg' },
        principalId: '11111111-1111-4111-8111-111111111111',
        principalIdFromConfig: { name: 'a', key: 'b' },
        roleDefinitionReference: { wellKnownName: 'Reader' },
      },
    };
    expect(await at.refused(both)).toContain('give at most one of principalId and principalIdFromConfig');
    expect(
      await at.refused(account('twoowners', { owner: { name: 'rg', armId: '/subscriptions/x/resourceGroups/y' } })),
    ).toContain('give exactly one of name and armId');
    expect(await at.refused(account('badid', { owner: { armId: 'rg' } }))).toContain('spec.owner.armId');
  });
});

describe('restarting', () => {
  it('sends nothing when everything is as it should be', async () => {
    const still = account('stillaccount');
    await at.applied(still);
    await at.eventuallyReady(still);
    const id = await idOf(still);
    const before = puts(id);
    await at.restart();
    await at.applied(group('after-restart'));
    await at.eventuallyReady(group('after-restart'));
    expect(puts(id)).toBe(before);
    expect(
      at.emulator
        .journal()
        .filter((entry) => entry.method === 'GET' && entry.url.toLowerCase().startsWith(id.toLowerCase())).length,
    ).toBe(1);
  });

  it('resumes a running operation and makes nothing twice', async () => {
    // Runs until it has been seen to run on both sides of the restart.
    const polls = { method: 'GET', path: '/asyncoperations/' };
    const end = at.emulator.misbehave({ match: polls, answer: { status: 202, headers: { 'Retry-After': '1' } } });
    const running = account('runningaccount');
    await at.applied(running);
    await at.eventually(running, 'Reconciling', 'Info');
    await at.restart({}, 'SIGKILL');
    const before = at.emulator.journal().length;
    await at.until(
      () =>
        at.emulator
          .journal()
          .slice(before)
          .some((entry) => /\/asyncoperations\//i.test(entry.url)),
      'the operation to be looked at again',
    );
    end();
    await at.eventuallyReady(running);
    expect(puts(await idOf(running))).toBe(1);
  });
});

describe('deleting', () => {
  it('waits for Azure, and what is gone there already is released', async () => {
    const kept = account('deletedaccount');
    await at.applied(kept);
    await at.eventuallyReady(kept);
    const id = await idOf(kept);
    await at.deleted(kept);
    await at.gone(kept);
    expect(at.emulator.resource(id)).toBeUndefined();
  });

  it('detach-on-delete leaves the resource, and an object for it adopts it again', async () => {
    const detached = account('detachedaccount', {}, { [`${SERVICE}/reconcile-policy`]: 'detach-on-delete' });
    await at.applied(detached);
    await at.eventuallyReady(detached);
    const id = await idOf(detached);
    await at.deleted(detached);
    await at.gone(detached);
    expect(at.emulator.resource(id)).toBeDefined();
    await at.applied(account('detachedaccount'));
    await at.eventuallyReady(account('detachedaccount'));
  });

  it('a lock is named in the condition and the deletion ends once it is off', async () => {
    const locked = account('lockedaccount');
    await at.applied(locked);
    await at.eventuallyReady(locked);
    const id = await idOf(locked);
    const unlock = at.emulator.misbehave({
      match: { method: 'DELETE', path: '/storageAccounts/lockedaccount' },
      answer: {
        status: 409,
        body: { error: { code: 'ScopeLocked', message: 'Please remove the lock and try again.' } },
      },
    });
    await at.patched(locked, { metadata: { annotations: { [`${SERVICE}/sync-period`]: '500ms' } } });
    await at.deleted(locked);
    await at.eventually(locked, 'ScopeLocked', 'Warning');
    unlock();
    await at.gone(locked);
    expect(at.emulator.resource(id)).toBeUndefined();
  });
});
