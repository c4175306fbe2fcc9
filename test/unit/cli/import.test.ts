import { beforeAll, describe, expect, it } from 'vitest';
import type { ArmAnswer } from '../../../src/arm/request.ts';
import { type Importable, readImportable } from '../../../src/cli/import/importable.ts';
import { objectName } from '../../../src/cli/import/object.ts';
import { type Outcome, walk } from '../../../src/cli/import/walk.ts';
import type { JsonObject } from '../../../src/values/json.ts';
import { type Azure, azure, BODIES, GROUP, SUBSCRIPTION, URLS } from '../../support/azure.ts';

let kinds: readonly Importable[] = [];
beforeAll(() => {
  kinds = readImportable('crds', 'src/generate/kinds');
});

interface Told {
  readonly imported: ReadonlyMap<string, JsonObject>;
  readonly others: readonly string[];
}

/** What a walk over an Azure comes to: manifests by '<Kind> <name>', and everything else in words. */
async function imported(
  at: Azure,
  ids: readonly string[],
  refusals: Readonly<Record<string, ArmAnswer>> = {},
): Promise<Told> {
  const outcomes: Outcome[] = [];
  await walk(ids, {
    kinds,
    ask: async (request) => {
      const path = request.url.split('?')[0] ?? '';
      const refused = refusals[path];
      if (refused !== undefined) return refused;
      const { status, headers = {}, body } = at.send(request.verb, request.url);
      return { status, headers, body };
    },
    workers: 4,
    dressing: { namespace: 'team', annotations: {}, labels: { from: 'azure' } },
    say: (outcome) => outcomes.push(outcome),
  });
  return {
    imported: new Map(
      outcomes.flatMap((outcome) =>
        outcome.result === 'imported'
          ? [[`${outcome.imported.kind.kind.kind} ${outcome.imported.name}`, outcome.imported.manifest] as const]
          : [],
      ),
    ),
    others: outcomes
      .flatMap((outcome) =>
        'why' in outcome ? [`${outcome.result} ${outcome.id.split('/').at(-1)}: ${outcome.why}`] : [],
      )
      .filter((line) => !line.endsWith('role definition is built-in')),
  };
}

const ACCOUNT = `${GROUP}/providers/Microsoft.Storage/storageAccounts/st1`;
const ROLE = '/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c';
const PRINCIPAL = '00000000-0000-0000-0000-0000000000dd';

function filled(): Azure {
  const at = azure({ operationMs: 0 });
  at.put(URLS.storage, { ...BODIES.storage, properties: { accessTier: 'hot', minimumTlsVersion: 'TLS1_2' } });
  at.later(60_000);
  at.put(`${ACCOUNT}/blobServices/default?api-version=2021-04-01`, { properties: {} });
  at.put(`${ACCOUNT}/blobServices/default/containers/Data?api-version=2021-04-01`, {
    properties: { publicAccess: 'None' },
  });
  at.put(URLS.vnet, BODIES.vnet);
  at.later(60_000);
  at.put(URLS.subnet('Front_End'), { properties: { addressPrefix: '10.0.1.0/24' } });
  at.later(60_000);
  at.put(URLS.assignment('00000000-0000-0000-0000-000000000001'), {
    properties: { principalId: PRINCIPAL, roleDefinitionId: ROLE.replace('/s/', `/${SUBSCRIPTION.split('/')[2]}/`) },
  });
  return at;
}

describe('import', () => {
  it('of a resource group takes everything below it, each owned by the object above', async () => {
    const { imported: made, others } = await imported(filled(), [GROUP]);
    expect(others).toEqual([]);
    expect([...made.keys()].sort()).toEqual([
      'ResourceGroup rg',
      'RoleAssignment 00000000-0000-0000-0000-000000000001',
      'StorageAccount st1',
      'StorageAccountsBlobService default',
      'StorageAccountsBlobServicesContainer data',
      'VirtualNetwork v1',
      'VirtualNetworksSubnet front-end',
    ]);
    expect(made.get('ResourceGroup rg')).toEqual({
      apiVersion: 'resources.azure.com/v1api20200601',
      kind: 'ResourceGroup',
      metadata: { name: 'rg', namespace: 'team', labels: { from: 'azure' } },
      spec: { azureName: 'rg', location: 'westus2' },
    });
    expect(made.get('StorageAccount st1')?.spec).toMatchObject({
      azureName: 'st1',
      owner: { name: 'rg' },
      kind: 'StorageV2',
      sku: { name: 'Standard_LRS' },
      accessTier: 'Hot',
      minimumTlsVersion: 'TLS1_2',
    });
    expect(made.get('StorageAccountsBlobServicesContainer data')?.spec).toMatchObject({
      azureName: 'Data',
      owner: { name: 'default' },
    });
    expect(made.get('VirtualNetworksSubnet front-end')?.spec).toMatchObject({
      azureName: 'Front_End',
      owner: { name: 'v1' },
    });
    expect(made.get('RoleAssignment 00000000-0000-0000-0000-000000000001')?.spec).toMatchObject({
      owner: { group: 'resources.azure.com', kind: 'ResourceGroup', name: 'rg' },
      principalId: PRINCIPAL,
      roleDefinitionReference: { armId: expect.stringContaining('/roleDefinitions/') },
    });
  });

  it('of a resource names its parent by ARM id', async () => {
    const { imported: made } = await imported(filled(), [`${ACCOUNT}/blobServices/default`]);
    expect([...made.keys()].sort()).toEqual([
      'StorageAccountsBlobService default',
      'StorageAccountsBlobServicesContainer data',
    ]);
    expect(made.get('StorageAccountsBlobService default')?.spec).toMatchObject({ owner: { armId: ACCOUNT } });
  });

  it('takes each id once', async () => {
    const { imported: made } = await imported(filled(), [
      GROUP,
      ACCOUNT.toUpperCase().replace('/SUBSCRIPTIONS/', '/subscriptions/'),
      GROUP,
    ]);
    expect([...made.keys()].filter((name) => name.startsWith('StorageAccount st1'))).toEqual(['StorageAccount st1']);
  });

  const answer = (status: number, code: string): ArmAnswer => ({
    status,
    headers: {},
    body: { error: { code, message: 'no' } },
  });

  it.each<[string, readonly string[], Readonly<Record<string, ArmAnswer>>, readonly string[], string]>([
    [
      'an unknown type',
      [`${GROUP}/providers/Microsoft.Strange/things/x`],
      {},
      ['failed x: no kind stands for the type microsoft.strange/things'],
      'it is a failure of its own',
    ],
    ['no id at all', ['storage'], {}, ['failed storage: it is not an ARM id'], 'the others go on'],
    [
      'what is not there',
      [`${GROUP}/providers/Microsoft.Cache/redis/none`],
      {},
      ['skipped none: resource not found'],
      '404',
    ],
    [
      'what may not be read',
      [ACCOUNT],
      { [ACCOUNT]: answer(403, 'AuthorizationFailed') },
      ['skipped st1: access forbidden'],
      '403',
    ],
    [
      'a list that Azure does not have',
      [ACCOUNT],
      { [`${ACCOUNT}/blobServices`]: answer(400, 'ValidationFailed') },
      [],
      'there are none of these',
    ],
    [
      'a list that fails',
      [ACCOUNT],
      { [`${ACCOUNT}/blobServices`]: answer(409, 'Conflict') },
      ['failed blobServices: no'],
      'it may hide something',
    ],
    [
      'extensions that cannot be listed',
      [ACCOUNT],
      { [`${ACCOUNT}/providers/Microsoft.Insights/diagnosticSettings`]: answer(409, 'Conflict') },
      [],
      'not every type takes extensions',
    ],
    [
      'a database of the system',
      [`${GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/s/databases/azure_sys`],
      {},
      ["skipped azure_sys: the database is the system's own"],
      'by its name, before it is read',
    ],
  ])('%s', async (_what, ids, refusals, others, because) => {
    expect((await imported(filled(), ids, refusals)).others, because).toEqual(others);
  });

  it('a role assignment that is inherited stays where it is', async () => {
    const at = filled();
    const found = at.get(URLS.assignment('00000000-0000-0000-0000-000000000001'));
    const listed: ArmAnswer = { status: 200, headers: {}, body: { value: [found.body ?? {}] } };
    const { others } = await imported(at, [ACCOUNT], {
      [`${ACCOUNT}/providers/Microsoft.Authorization/roleAssignments`]: listed,
    });
    expect(others).toEqual(['skipped 00000000-0000-0000-0000-000000000001: role assignment is inherited']);
  });

  it('gives a second object of a name six letters more, the same each time', async () => {
    const at = filled();
    at.put(`${GROUP}/providers/Microsoft.Network/virtualNetworks/v2?api-version=2020-11-01`, BODIES.vnet);
    at.later(60_000);
    at.put(`${GROUP}/providers/Microsoft.Network/virtualNetworks/v2/subnets/front-end?api-version=2020-11-01`, {
      properties: { addressPrefix: '10.0.2.0/24' },
    });
    at.later(60_000);
    const names = [...(await imported(at, [GROUP])).imported.keys()].filter((name) =>
      name.startsWith('VirtualNetworksSubnet'),
    );
    expect(names).toHaveLength(2);
    expect(names.some((name) => /^VirtualNetworksSubnet front-end-[a-z]{6}$/.test(name))).toBe(true);
    expect([...(await imported(at, [GROUP])).imported.keys()]).toEqual(expect.arrayContaining(names));
  });

  it.each([
    ['/a/My_Storage.Account', 'my-storage-account'],
    ['/a/--x--', 'x'],
    ['/a/ÄÖ', ''],
  ])('name of %s is %s', (id, name) => {
    expect(objectName(id)).toBe(name);
  });
});
