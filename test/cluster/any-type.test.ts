// Any ARM type the same day: asoctl writes a CRD, kubectl applies it under a running operator, and objects of the kind live.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/main.ts';
import { OWN_CRDS } from '../../src/emulator/server.ts';
import { pluralOf } from '../../src/generate/naming.ts';
import { openTypeData } from '../../src/generate/type-data.ts';
import { isObject, type Json, type JsonObject } from '../../src/values/json.ts';
import { refusedByServer, sweepOne, writableTypes } from '../../tools/sweep.ts';
import { madeInAzure } from '../support/made-in-azure.ts';
import { PUBLISHED_TYPE_DATA, TYPE_DATA } from '../support/type-data.ts';
import { type Manifest, type World, world } from '../support/world.ts';

const RG = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/farm';
const SUBSCRIPTION = RG.split('/resourceGroups')[0];
const ORCHARD = `${RG}/providers/Contoso.Orchard/orchards/elstar`;
const MANAGEMENT_GROUP = '/providers/Microsoft.Management/managementGroups/north';

interface Row {
  readonly shape: string;
  readonly type: string;
  readonly kind: string;
  readonly group: string;
  readonly name: string;
  readonly spec: JsonObject;
  /** What Azure must hear. */
  readonly id: string;
  readonly body: JsonObject;
  /** Members that status must show. */
  readonly status: JsonObject;
}

const own = (row: Omit<Row, 'group'>): Row => ({ ...row, group: 'contoso.orchard.azure.com' });

/** The tests' own type data, in the order of ownership. */
const OWN: readonly Row[] = [
  own({
    shape: 'tracked, with a reference, an identity, a secret and exported keys',
    type: 'Contoso.Orchard/orchards@2026-05-01',
    kind: 'Orchard',
    name: 'elstar',
    spec: {
      owner: { name: 'farm' },
      location: 'westus2',
      area: 2.5,
      sku: { name: 'Giant' },
      irrigation: {
        mode: 'Drip',
        pumpResourceReference: { group: 'resources.azure.com', kind: 'ResourceGroup', name: 'farm' },
      },
      stationReferences: [{ armId: `${RG}/providers/Contoso.Weather/stations/a` }],
      identity: {
        type: 'UserAssigned',
        userAssignedIdentities: [
          { reference: { armId: `${RG}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/me` } },
        ],
      },
      gateCode: { name: 'gate', key: 'code' },
      neighbour: { reference: { armId: `${RG}/providers/Contoso.Orchard/orchards/boskoop` } },
      operatorSpec: { secrets: { key: { name: 'orchard-keys', key: 'key' } } },
    },
    id: ORCHARD,
    body: {
      location: 'westus2',
      sku: { name: 'Giant' },
      identity: {
        type: 'UserAssigned',
        userAssignedIdentities: { [`${RG}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/me`]: {} },
      },
      properties: {
        area: 2.5,
        irrigation: { mode: 'Drip', pumpResourceId: RG },
        stationIds: [`${RG}/providers/Contoso.Weather/stations/a`],
        gateCode: 'apple42',
        neighbour: { id: `${RG}/providers/Contoso.Orchard/orchards/boskoop` },
      },
    },
    status: { area: 2.5, sku: { name: 'Giant' }, irrigation: { mode: 'Drip', pumpResourceId: RG } },
  }),
  own({
    shape: 'child',
    type: 'Contoso.Orchard/orchards/trees@2026-05-01',
    kind: 'OrchardsTree',
    name: 'oldest',
    spec: { owner: { name: 'elstar' }, azureName: 'The-Oldest', species: 'Malus', height: 4 },
    id: `${ORCHARD}/trees/The-Oldest`,
    body: { properties: { species: 'Malus', height: 4 } },
    status: { species: 'Malus', height: 4 },
  }),
  own({
    shape: 'child with a fixed name',
    type: 'Contoso.Orchard/orchards/policies@2026-05-01',
    kind: 'OrchardsPolicy',
    name: 'pruning',
    spec: { owner: { name: 'elstar' }, pruning: true },
    id: `${ORCHARD}/policies/default`,
    body: { properties: { pruning: true } },
    status: { pruning: true },
  }),
  own({
    shape: 'discriminated body',
    type: 'Contoso.Orchard/harvestRules@2026-05-01',
    kind: 'HarvestRule',
    name: 'arm',
    spec: {
      owner: { name: 'farm' },
      roboticArm: { kind: 'RoboticArm', location: 'westus2', firmware: '7', home: { reference: { armId: ORCHARD } } },
    },
    id: `${RG}/providers/Contoso.Orchard/harvestRules/arm`,
    body: { kind: 'RoboticArm', location: 'westus2', properties: { firmware: '7', home: { id: ORCHARD } } },
    status: { roboticArm: { firmware: '7', home: { id: ORCHARD } } },
  }),
  own({
    shape: 'body told apart by its name',
    type: 'Contoso.Orchard/orchards/reports@2026-05-01',
    kind: 'OrchardsReport',
    name: 'pests',
    spec: { owner: { name: 'elstar' }, pests: { enabled: true } },
    id: `${ORCHARD}/reports/pests`,
    body: { properties: { enabled: true } },
    status: { pests: { enabled: true } },
  }),
  own({
    shape: 'subscription scope',
    type: 'Contoso.Orchard/quotas@2026-05-01',
    kind: 'Quota',
    name: 'cider',
    spec: { limit: 40 },
    id: `${SUBSCRIPTION}/providers/Contoso.Orchard/quotas/cider`,
    body: { properties: { limit: 40 } },
    status: { limit: 40 },
  }),
  own({
    shape: 'extension of a resource',
    type: 'Contoso.Orchard/inspections@2026-05-01',
    kind: 'Inspection',
    name: 'autumn',
    spec: {
      owner: { group: 'contoso.orchard.azure.com', kind: 'Orchard', name: 'elstar' },
      inspector: 'Ann',
      notes: { free: ['form', 1] },
    },
    id: `${ORCHARD}/providers/Contoso.Orchard/inspections/autumn`,
    body: { properties: { inspector: 'Ann', notes: { free: ['form', 1] } } },
    status: { inspector: 'Ann', notes: { free: ['form', 1] } },
  }),
  own({
    shape: 'tenant scope',
    type: 'Contoso.Orchard/registrations@2026-05-01',
    kind: 'Registration',
    name: 'firm',
    spec: { company: 'Contoso' },
    id: '/providers/Contoso.Orchard/registrations/firm',
    body: { properties: { company: 'Contoso' } },
    status: { company: 'Contoso' },
  }),
  own({
    shape: 'management group',
    type: 'Contoso.Orchard/cooperatives@2026-05-01',
    kind: 'Cooperative',
    name: 'coop',
    spec: { owner: { armId: MANAGEMENT_GROUP }, members: { ann: 1 } },
    id: `${MANAGEMENT_GROUP}/providers/Contoso.Orchard/cooperatives/coop`,
    body: { properties: { members: { ann: 1 } } },
    status: { members: { ann: 1 } },
  }),
  own({
    shape: 'names that meet, a type inside itself, secrets in lists and maps',
    type: 'Contoso.Orchard/seeds@2026-05-01',
    kind: 'Seed',
    name: 'pip',
    spec: {
      owner: { name: 'farm' },
      location: 'westus2',
      kind: 'outer',
      properties: {
        kind: 'inner',
        resourceOwner: 'Ann',
        hybridOf: [{ kind: 'a', hybridOf: [{ kind: 'b' }] }],
        passwords: [{ label: 'gate', value: { name: 'gate', key: 'code' } }],
        labels: { one: { name: 'gate', key: 'code' } },
        'plot.row': '7',
      },
    },
    id: `${RG}/providers/Contoso.Orchard/seeds/pip`,
    body: {
      location: 'westus2',
      kind: 'outer',
      properties: {
        kind: 'inner',
        owner: 'Ann',
        hybridOf: [{ kind: 'a', hybridOf: [{ kind: 'b' }] }],
        passwords: [{ label: 'gate', value: 'apple42' }],
        labels: { one: 'apple42' },
        'plot.row': '7',
      },
    },
    status: { properties: { kind: 'inner', resourceOwner: 'Ann', passwords: [{ label: 'gate' }], 'plot.row': '7' } },
  }),
];

/** A grandchild whose parent has no kind here: it is owned by the parent's ARM id. */
const ORPHAN = own({
  shape: 'child of a resource that has no kind',
  type: 'Contoso.Orchard/orchards/trees/fruits@2026-05-01',
  kind: 'OrchardsTreesFruit',
  name: 'first',
  spec: { owner: { armId: `${ORCHARD}/trees/wild` }, grams: 180 },
  id: `${ORCHARD}/trees/wild/fruits/first`,
  body: { properties: { grams: 180 } },
  status: { grams: 180 },
});

const ACCOUNT = `${RG}/providers/Microsoft.Storage/storageAccounts/farmaccount`;

/** Types that Azure has and the original lacks. */
const PUBLISHED: readonly Row[] = [
  {
    shape: 'tracked',
    type: 'Microsoft.Network/ipGroups@2025-09-01',
    group: 'network.azure.com',
    kind: 'IpGroup',
    name: 'allowed',
    spec: { owner: { name: 'farm' }, location: 'westus2', ipAddresses: ['10.0.0.1'] },
    id: `${RG}/providers/Microsoft.Network/ipGroups/allowed`,
    body: { location: 'westus2', properties: { ipAddresses: ['10.0.0.1'] } },
    status: { ipAddresses: ['10.0.0.1'] },
  },
  {
    shape: 'extension with a fixed name',
    type: 'Microsoft.Resources/tags@2025-04-01',
    group: 'resources.azure.com',
    kind: 'Tag',
    name: 'all',
    spec: { owner: { group: 'resources.azure.com', kind: 'ResourceGroup', name: 'farm' }, tags: { season: 'autumn' } },
    id: `${RG}/providers/Microsoft.Resources/tags/default`,
    body: { properties: { tags: { season: 'autumn' } } },
    status: { tags: { season: 'autumn' } },
  },
  {
    shape: 'subscription scope with a fixed name',
    type: 'Microsoft.Network/trafficManagerUserMetricsKeys@2022-04-01',
    group: 'network.azure.com',
    kind: 'TrafficManagerUserMetricsKey',
    name: 'metrics',
    spec: {},
    id: `${SUBSCRIPTION}/providers/Microsoft.Network/trafficManagerUserMetricsKeys/default`,
    body: {},
    status: { name: 'default' },
  },
  {
    shape: 'tenant scope',
    type: 'Microsoft.Web/sourcecontrols@2022-03-01',
    group: 'web.azure.com',
    kind: 'Sourcecontrol',
    name: 'github',
    spec: { azureName: 'GitHub', expirationTime: '2027-01-01T00:00:00Z' },
    id: '/providers/Microsoft.Web/sourcecontrols/GitHub',
    body: { properties: { expirationTime: '2027-01-01T00:00:00Z' } },
    status: { expirationTime: '2027-01-01T00:00:00Z' },
  },
  {
    shape: 'management group',
    type: 'Microsoft.Quota/groupQuotas@2025-09-01',
    group: 'quota.azure.com',
    kind: 'GroupQuota',
    name: 'shared',
    spec: { owner: { armId: MANAGEMENT_GROUP }, displayName: 'Shared' },
    id: `${MANAGEMENT_GROUP}/providers/Microsoft.Quota/groupQuotas/shared`,
    body: { properties: { displayName: 'Shared' } },
    status: { displayName: 'Shared' },
  },
  {
    shape: 'child of a kind that comes with the operator',
    type: 'Microsoft.Storage/storageAccounts/encryptionScopes@2025-06-01',
    group: 'storage.azure.com',
    kind: 'StorageAccountsEncryptionScope',
    name: 'scope',
    spec: { owner: { name: 'farmaccount' }, source: 'Microsoft.Storage', state: 'Enabled' },
    id: `${ACCOUNT}/encryptionScopes/scope`,
    body: { properties: { source: 'Microsoft.Storage', state: 'Enabled' } },
    status: { state: 'Enabled' },
  },
  {
    shape: 'child that gives keys',
    type: 'Microsoft.Storage/storageAccounts/localUsers@2025-06-01',
    group: 'storage.azure.com',
    kind: 'StorageAccountsLocalUser',
    name: 'ann',
    spec: {
      owner: { name: 'farmaccount' },
      hasSharedKey: true,
      extendedGroups: [1],
      operatorSpec: { secrets: { sharedKey: { name: 'ann-keys', key: 'shared' } } },
    },
    id: `${ACCOUNT}/localUsers/ann`,
    body: { properties: { hasSharedKey: true, extendedGroups: [1] } },
    status: { hasSharedKey: true, extendedGroups: [1] },
  },
  {
    shape: 'extension of a resource',
    type: 'Microsoft.KubernetesConfiguration/sourceControlConfigurations@2023-05-01',
    group: 'kubernetesconfiguration.azure.com',
    kind: 'SourceControlConfiguration',
    name: 'flux',
    spec: {
      owner: { armId: ACCOUNT },
      repositoryUrl: 'https://example.org/r',
      helmOperatorProperties: { chartVersion: '1' },
    },
    id: `${ACCOUNT}/providers/Microsoft.KubernetesConfiguration/sourceControlConfigurations/flux`,
    body: { properties: { repositoryUrl: 'https://example.org/r', helmOperatorProperties: { chartVersion: '1' } } },
    status: { repositoryUrl: 'https://example.org/r' },
  },
  {
    shape: 'discriminated body below three parents, each a kind by rule',
    type: 'Microsoft.Network/networkManagers/securityAdminConfigurations/ruleCollections/rules@2022-07-01',
    group: 'network.azure.com',
    kind: 'SecurityAdminConfigurationsRuleCollectionsRule',
    name: 'rule',
    spec: {
      owner: {
        armId: `${RG}/providers/Microsoft.Network/networkManagers/m/securityAdminConfigurations/c/ruleCollections/r`,
      },
      custom: { kind: 'Custom', access: 'Deny', direction: 'Inbound', priority: 5, protocol: 'Tcp' },
    },
    id: `${RG}/providers/Microsoft.Network/networkManagers/m/securityAdminConfigurations/c/ruleCollections/r/rules/rule`,
    body: { kind: 'Custom', properties: { access: 'Deny', direction: 'Inbound', priority: 5, protocol: 'Tcp' } },
    status: { custom: { access: 'Deny', priority: 5 } },
  },
  {
    shape: 'body told apart by its name, with a secret',
    type: 'Microsoft.ApiManagement/service/portalsettings@2024-05-01',
    group: 'apimanagement.azure.com',
    kind: 'ServicePortalsettings',
    name: 'delegation',
    spec: {
      owner: { armId: `${RG}/providers/Microsoft.ApiManagement/service/api` },
      delegation: { url: 'https://example.org', validationKey: { name: 'gate', key: 'code' } },
    },
    id: `${RG}/providers/Microsoft.ApiManagement/service/api/portalsettings/delegation`,
    body: { properties: { url: 'https://example.org', validationKey: 'REDACTED' } },
    status: { delegation: { url: 'https://example.org' } },
  },
];

/** Resources above those rows that no object stands for. */
const PARENTS: readonly {
  readonly type: string;
  readonly id: string;
  readonly api: string;
  readonly body: JsonObject;
}[] = [
  [
    'networkManagers',
    'm',
    { location: 'westus2', properties: { networkManagerScopes: {}, networkManagerScopeAccesses: ['Connectivity'] } },
  ] as const,
  ['networkManagers/securityAdminConfigurations', 'm/securityAdminConfigurations/c', { properties: {} }] as const,
  [
    'networkManagers/securityAdminConfigurations/ruleCollections',
    'm/securityAdminConfigurations/c/ruleCollections/r',
    { properties: { appliesToGroups: [] } },
  ] as const,
].map(([type, path, body]) => ({
  type: `Microsoft.Network/${type}@2022-07-01`,
  id: `${RG}/providers/Microsoft.Network/networkManagers/${path}`,
  api: '2022-07-01',
  body,
}));

const hasPublished = existsSync(PUBLISHED_TYPE_DATA);
const rows = [...OWN, ...(hasPublished ? PUBLISHED : [])];
const [folder, aside] = [mkdtempSync(join(tmpdir(), 'aso-any-')), mkdtempSync(join(tmpdir(), 'aso-any-'))];
let at: World;

async function generated(specs: string, out: string, types: readonly string[]): Promise<void> {
  const notes: string[] = [];
  const terminal = {
    out: () => undefined,
    note: (line: string) => notes.push(line),
    isInteractive: false,
    signal: new AbortController().signal,
  };
  const code = await runCli(['crd', 'generate', ...types, '--specs', specs, '--out', out], terminal);
  if (code !== 0) throw new Error(notes.join('\n'));
}

beforeAll(async () => {
  await generated(
    TYPE_DATA,
    folder,
    [...OWN, ORPHAN].filter((row) => row.kind !== 'OrchardsTree').map((row) => row.type),
  );
  // The tree's CRD comes later: until then a fruit's parent has no kind.
  await generated(
    TYPE_DATA,
    aside,
    OWN.filter((row) => row.kind === 'OrchardsTree').map((row) => row.type),
  );
  if (hasPublished) {
    await generated(
      PUBLISHED_TYPE_DATA,
      folder,
      PUBLISHED.map((row) => row.type),
    );
    await generated(
      PUBLISHED_TYPE_DATA,
      aside,
      PARENTS.map((parent) => parent.type),
    );
  }
  at = await world({ groups: ['resources', 'storage'], emulator: { crds: [OWN_CRDS, folder, aside] } });
  await kubectl('apply', '--server-side', '-R', '-f', folder);
  await served(...[...rows, ORPHAN].filter((row) => row.kind !== 'OrchardsTree'));
  await at.applied(
    manifestOf(
      { group: 'resources.azure.com', kind: 'ResourceGroup', name: 'farm', spec: { location: 'westus2' } },
      'v1api20200601',
    ),
  );
  await at.applied({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'gate' }, stringData: { code: 'apple42' } });
  await at.applied(
    manifestOf(
      {
        group: 'storage.azure.com',
        kind: 'StorageAccount',
        name: 'farmaccount',
        spec: { owner: { name: 'farm' }, location: 'westus2', kind: 'StorageV2', sku: { name: 'Standard_LRS' } },
      },
      'v20250601',
    ),
  );
});
afterAll(async () => {
  await at?.stop();
  for (const each of [folder, aside]) rmSync(each, { recursive: true, force: true });
});

async function kubectl(...args: readonly string[]): Promise<string> {
  const { kubectl: binary, kubeconfigPath } = at.cluster.plane;
  const { stdout } = await promisify(execFile)(binary, [...args], {
    env: { KUBECONFIG: kubeconfigPath, HOME: folder },
  });
  return stdout;
}

function manifestOf(row: Pick<Row, 'group' | 'kind' | 'name' | 'spec'>, version: string): Manifest {
  return { apiVersion: `${row.group}/${version}`, kind: row.kind, metadata: { name: row.name }, spec: row.spec };
}

/** Waits until the API server serves the kinds: a while after their CRDs were taken. */
async function served(...of: readonly Row[]): Promise<void> {
  for (const row of of) {
    const { apiVersion, kind } = manifest(row);
    const path = `/apis/${apiVersion}/namespaces/team/${pluralOf(kind)}`;
    await at.until(
      async () => (await at.cluster.kube.send({ verb: 'GET', path }, new AbortController().signal)).status === 200,
      `${kind} to be served`,
    );
  }
}

const manifest = (row: Row): Manifest => manifestOf(row, `v${(row.type.split('@')[1] ?? '').replaceAll('-', '')}`);

/** The body of the one PUT for an id, its name left out. */
function sentTo(id: string): Json | undefined {
  const puts = at.emulator
    .journal()
    .filter((entry) => entry.method === 'PUT' && decodeURIComponent(entry.url).split('?')[0] === id);
  expect(puts).toHaveLength(1);
  const [put] = puts;
  if (!isObject(put?.body)) return undefined;
  const { name: _name, ...body } = put.body;
  return body;
}

async function live(row: Row): Promise<void> {
  await at.applied(manifest(row));
  await at.eventuallyReady(manifest(row));
  expect(sentTo(row.id)).toEqual(row.body);
  const object = await at.object(manifest(row));
  expect(object?.status).toMatchObject({ ...row.status });
  expect(JSON.stringify(object)).not.toContain('apple42');
}

describe('a kind made by rules alone, applied under a running operator', () => {
  it.each(OWN.map((row) => [row.kind, row.shape, row] as const))(
    '%s (%s) becomes Ready with the right PUT',
    async (kind, _shape, row) => {
      if (kind === 'OrchardsTree') {
        await kubectl('apply', '--server-side', '-R', '-f', join(aside, 'contoso.orchard'));
        await served(row);
      }
      await live(row);
    },
  );

  it.skipIf(!hasPublished)('the parents of some published types are in Azure already', async () => {
    for (const parent of PARENTS) await madeInAzure(at.emulator, parent.id, parent.api, parent.body);
    const account = manifestOf(
      { group: 'storage.azure.com', kind: 'StorageAccount', name: 'farmaccount', spec: {} },
      'v20250601',
    );
    await at.eventuallyReady(account);
    await madeInAzure(at.emulator, `${RG}/providers/Microsoft.ApiManagement/service/api`, '2024-05-01', {
      location: 'westus2',
      sku: { name: 'Developer', capacity: 1 },
      properties: { publisherEmail: 'a@example.org', publisherName: 'A' },
    });
  });

  // Skipped without ../shared/specs, Microsoft's own type data.
  it.skipIf(!hasPublished).each(PUBLISHED.map((row) => [row.type, row.shape, row] as const))(
    '%s (%s) becomes Ready with the right PUT',
    async (_type, _shape, row) => live(row),
  );

  it('secrets that its listKeys gives are exported', async () => {
    const secret = await at.core('secrets', 'orchard-keys');
    expect(Object.keys(isObject(secret?.data) ? secret.data : {})).toEqual(['key']);
  });

  it('a child of a resource that no object stands for is owned by its ARM id', async () => {
    await madeInAzure(at.emulator, `${ORCHARD}/trees/wild`, '2026-05-01', { properties: { species: 'Malus' } });
    await live(ORPHAN);
  });

  it('the admission policy of its group keeps azureName as it was', async () => {
    const [tree] = OWN.filter((row) => row.kind === 'OrchardsTree');
    if (tree === undefined) throw new Error('the table has a tree');
    expect(await at.refused({ ...manifest(tree), spec: { ...tree.spec, azureName: 'other' } })).toContain(
      'azureName cannot change',
    );
  });

  it('the rights of its group are enough for the operator, and no more than of its group', async () => {
    const role = 'azureserviceoperator-contoso.orchard.azure.com-operator';
    await kubectl(
      'create',
      'clusterrolebinding',
      'orchards',
      `--clusterrole=${role}`,
      '--serviceaccount=team:operator',
    );
    const may = (verb: string, what: string): Promise<string> =>
      kubectl('auth', 'can-i', verb, what, '-n', 'team', '--as=system:serviceaccount:team:operator').then(
        (said) => said.trim(),
        (refused: { stdout: string }) => refused.stdout.trim(),
      );
    const group = 'contoso.orchard.azure.com';
    // The API server hears of a binding a moment after it was made.
    await at.until(async () => (await may('list', `orchards.${group}`)) === 'yes', 'the binding to take effect');
    for (const verb of ['watch', 'patch', 'delete']) expect(await may(verb, `orchards.${group}`)).toBe('yes');
    expect(await may('patch', `seeds.${group}/status`)).toBe('yes');
    expect(await may('list', 'storageaccounts.storage.azure.com')).toBe('no');
  });

  it.skipIf(!hasPublished)("the API server takes a sample of CRDs of Microsoft's types in a dry run", async () => {
    const types = openTypeData(PUBLISHED_TYPE_DATA);
    const sample = writableTypes(types, 'newest').filter((_, index) => index % 15 === 0);
    // Those of the table are installed in another version, which the API server would not let go.
    const installed = new Set(PUBLISHED.map((row) => row.type.split('@')[0]));
    const swept = sample
      .filter((name) => !installed.has(name.split('@')[0] ?? ''))
      .map((name) => sweepOne(types, name));
    expect(await refusedByServer(at.cluster, swept, () => undefined)).toEqual(new Map());
  });

  it('deleting the objects deletes the resources', async () => {
    const all = [ORPHAN, ...rows].reverse();
    for (const row of all) await at.deleted(manifest(row));
    await at.gone(...all.map(manifest));
    expect(at.emulator.resources().filter((id) => rows.some((row) => row.id === id))).toEqual([]);
  });
});
