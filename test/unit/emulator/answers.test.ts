// What answers look like beside what was sent: distortions, made members, lists, etags, merge patches, secrets.

import { describe, expect, test } from 'vitest';
import { azure, BODIES, bodyOf, GROUP, outcomeOf, propertiesOf, SUBSCRIPTION, URLS } from '../../support/azure.ts';

const LATER_MS = 3_000_000;
const REDIS = `${GROUP}/providers/Microsoft.Cache/redis/r1?api-version=2023-04-01`;
const redis = (more: object) => ({
  location: 'westus2',
  properties: { sku: { name: 'Basic', family: 'C', capacity: 0 }, ...more },
});

describe('distortions', () => {
  test('fill in defaults at every depth, and what was sent wins over them', () => {
    const cloud = azure();
    cloud.put(URLS.storage, {
      ...BODIES.storage,
      properties: { minimumTlsVersion: 'TLS1_1', networkAcls: { defaultAction: 'Deny' } },
    });
    cloud.later(LATER_MS);
    expect(bodyOf(cloud.get(URLS.storage))).toMatchObject({
      sku: { name: 'Standard_LRS', tier: 'Standard' },
      tags: {},
      properties: {
        minimumTlsVersion: 'TLS1_1',
        supportsHttpsTrafficOnly: true,
        networkAcls: { bypass: 'AzureServices', defaultAction: 'Deny' },
      },
    });
  });

  test('spell types, groups and places as providers do', () => {
    const cloud = azure();
    cloud.put(REDIS, redis({}));
    cloud.put(URLS.identity, BODIES.identity);
    expect(bodyOf(cloud.get(REDIS))).toMatchObject({ type: 'Microsoft.Cache/Redis', location: 'West US 2' });
    expect(bodyOf(cloud.get(URLS.identity)).id).toContain('/resourcegroups/rg/');
  });

  test('override, widen, and show keys in the write’s answer alone', () => {
    const cloud = azure();
    const made = cloud.put(REDIS, redis({ redisVersion: '6', redisConfiguration: { 'maxmemory-delta': '10' } }));
    expect(propertiesOf(made).accessKeys).toMatchObject({ primaryKey: expect.any(String) });
    expect(propertiesOf(cloud.get(REDIS))).toMatchObject({
      redisVersion: '6.0',
      redisConfiguration: { 'maxmemory-delta': '642' },
      accessKeys: null,
    });
  });

  test('leave out what only a write means', () => {
    const cloud = azure();
    cloud.put(URLS.vault, { ...BODIES.vault, properties: { ...BODIES.vault.properties, createMode: 'default' } });
    expect(propertiesOf(cloud.get(URLS.vault)).createMode).toBeUndefined();
    expect(String(propertiesOf(cloud.get(URLS.vault)).vaultUri)).toMatch(/\/$/);
  });

  test('can be switched off: then nothing but what the server makes is added', () => {
    const cloud = azure({ distortions: false });
    cloud.put(REDIS, redis({}));
    cloud.later(LATER_MS);
    expect(bodyOf(cloud.get(REDIS))).toEqual({
      ...redis({}),
      id: REDIS.split('?')[0],
      name: 'r1',
      type: 'Microsoft.Cache/redis',
      properties: {
        ...redis({}).properties,
        hostName: 'r1.redis.cache.windows.net',
        port: 6379,
        sslPort: 6380,
        provisioningState: 'Succeeded',
      },
    });
  });

  test('a null is as good as absent', () => {
    const cloud = azure({ distortions: false });
    cloud.put(URLS.storage, { ...BODIES.storage, tags: null, properties: { accessTier: null } });
    const shown = bodyOf(cloud.get(URLS.storage));
    expect([shown.tags, propertiesOf(cloud.get(URLS.storage)).accessTier]).toEqual([undefined, undefined]);
  });
});

describe('made members', () => {
  test('an identity of its own has principals, and they stay', () => {
    const cloud = azure();
    cloud.put(URLS.storage, { ...BODIES.storage, identity: { type: 'SystemAssigned' } });
    const first = bodyOf(cloud.get(URLS.storage)).identity;
    expect(first).toMatchObject({ type: 'SystemAssigned', principalId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    cloud.put(URLS.storage, { ...BODIES.storage, identity: { type: 'SystemAssigned' }, tags: { a: 'b' } });
    expect(bodyOf(cloud.get(URLS.storage)).identity).toEqual(first);
  });

  test('keys are the same at each asking, and differ between resources', () => {
    const cloud = azure();
    cloud.put(URLS.storage, BODIES.storage);
    const other = URLS.storage.replace('st1', 'st2');
    cloud.put(other, BODIES.storage);
    const keys = (url: string) => cloud.post(url.replace('?', '/listKeys?')).body;
    expect(keys(URLS.storage)).toEqual(keys(URLS.storage.toUpperCase().replace('API-VERSION', 'api-version')));
    expect(keys(URLS.storage)).not.toEqual(keys(other));
    expect(outcomeOf(cloud.post(URLS.storage.replace('?', '/listNothing?')))).toBe('404 InvalidResourceType');
    expect(outcomeOf(cloud.post(URLS.storage.replace('st1?', 'st9/listKeys?')))).toBe('404 ResourceNotFound');
  });
});

describe('a list', () => {
  test('comes in pages when $top asks, and the links lead through all of them', () => {
    const cloud = azure();
    for (const name of ['a', 'b', 'c']) cloud.put(URLS.vnet.replace('v1', name), BODIES.vnet);
    const names: string[] = [];
    let next: unknown = `${GROUP}/providers/Microsoft.Network/virtualNetworks?api-version=2020-11-01&$top=2`;
    while (typeof next === 'string') {
      const page = bodyOf(cloud.get(next)) as { value: { name: string }[]; nextLink?: string };
      names.push(...page.value.map((item) => item.name));
      next = page.nextLink;
    }
    expect(names).toEqual(['a', 'b', 'c']);
  });

  test.each([
    ['groups of a subscription', `${SUBSCRIPTION}/resourceGroups?api-version=2020-06-01`, ['other', 'rg']],
    [
      'a type in a whole subscription',
      `${SUBSCRIPTION}/providers/Microsoft.Network/virtualNetworks?api-version=2020-11-01`,
      ['v1', 'v2'],
    ],
    ['all that a group tracks', `${GROUP}/resources?api-version=2021-04-01`, ['mi1', 'v1']],
    ['children of a parent', `${URLS.vnet.replace('?', '/subnets?')}`, ['s1']],
  ])('has %s', (_because, url, names) => {
    const cloud = azure();
    cloud.put(URLS.group.replace('/rg', '/other'), { location: 'eastus' });
    cloud.put(URLS.vnet, BODIES.vnet);
    cloud.put(URLS.subnet('s1'), { properties: { addressPrefix: '10.0.0.0/24' } });
    cloud.put(URLS.vnet.replace('/rg/', '/other/').replace('v1', 'v2'), BODIES.vnet);
    cloud.put(URLS.identity, BODIES.identity);
    const { value } = bodyOf(cloud.get(url)) as { value: { name: string }[] };
    expect(value.map((item) => item.name).sort()).toEqual(names);
  });

  test('of no type is not found', () => {
    expect(outcomeOf(azure().get(`${GROUP}/nothing?api-version=2020-06-01`))).toBe('404 InvalidResourceType');
  });
});

describe('etags', () => {
  const etagOf = (cloud: ReturnType<typeof azure>): string => cloud.get(URLS.vnet).headers?.ETag ?? '';

  test('change with a write and when its operation ends', () => {
    const cloud = azure();
    cloud.put(URLS.vnet, BODIES.vnet);
    const during = etagOf(cloud);
    cloud.later(LATER_MS);
    const after = etagOf(cloud);
    cloud.put(URLS.vnet, BODIES.vnet);
    expect(new Set([during, after, etagOf(cloud)]).size).toBe(3);
    expect(after).toMatch(/^W\/"[0-9a-f-]{36}"$/);
  });

  test.each([
    ['PUT', 'if-match', '"stale"', '412 PreconditionFailed'],
    ['PUT', 'if-none-match', '*', '412 PreconditionFailed'],
    ['PUT', 'if-match', '*', '200'],
    ['DELETE', 'if-match', '"stale"', '412 PreconditionFailed'],
    ['DELETE', 'if-match', 'its own', '202'],
  ])('%s of a network with %s: %s is %s', (method, header, value, outcome) => {
    const cloud = azure();
    cloud.put(URLS.vnet, BODIES.vnet);
    cloud.later(LATER_MS);
    const headers = { [header]: value === 'its own' ? etagOf(cloud) : value };
    expect(outcomeOf(cloud.send(method, URLS.vnet, method === 'PUT' ? BODIES.vnet : undefined, { headers }))).toBe(
      outcome,
    );
  });

  test('mean nothing where a provider has none', () => {
    const cloud = azure();
    cloud.put(URLS.identity, BODIES.identity);
    const headers = { 'if-match': '"stale"' };
    expect(cloud.send('PUT', URLS.identity, BODIES.identity, { headers }).status).toBe(200);
  });
});

describe('PATCH and HEAD', () => {
  test('a patch is merged, a null takes away, tags are replaced as a whole', () => {
    const cloud = azure({ distortions: false });
    cloud.put(URLS.storage, {
      ...BODIES.storage,
      tags: { a: '1', b: '2' },
      properties: { accessTier: 'Hot', minimumTlsVersion: 'TLS1_2' },
    });
    cloud.later(LATER_MS);
    cloud.patch(URLS.storage, { tags: { c: '3' }, properties: { accessTier: null } });
    const shown = cloud.get(URLS.storage);
    expect(bodyOf(shown)).toMatchObject({ kind: 'StorageV2', tags: { c: '3' } });
    expect(bodyOf(shown).tags).toEqual({ c: '3' });
    expect(propertiesOf(shown)).toMatchObject({ minimumTlsVersion: 'TLS1_2' });
    expect(propertiesOf(shown).accessTier).toBeUndefined();
  });

  test('a patch of what is not there is 404', () => {
    expect(outcomeOf(azure().patch(URLS.storage, {}))).toBe('404 ResourceNotFound');
  });

  test('HEAD tells of a group without a body', () => {
    const cloud = azure();
    expect(cloud.send('HEAD', URLS.group)).toMatchObject({ status: 204 });
    expect(cloud.send('HEAD', URLS.group).body).toBeUndefined();
    expect(cloud.send('HEAD', URLS.group.replace('/rg', '/no')).status).toBe(404);
  });
});

describe('vaults', () => {
  const deleted = `${SUBSCRIPTION}/providers/Microsoft.KeyVault/locations/westus2/deletedVaults/kv1`;

  test('that go with their group stay behind as deleted ones', () => {
    const cloud = azure();
    cloud.put(URLS.vault, BODIES.vault);
    cloud.remove(URLS.group);
    cloud.later(LATER_MS);
    expect(cloud.get(`${deleted}?api-version=2024-11-01`).status).toBe(200);
    cloud.put(URLS.group, { location: 'westus2' });
    expect(outcomeOf(cloud.put(URLS.vault, BODIES.vault))).toBe('409 ConflictError');
    cloud.post(`${deleted}/purge?api-version=2024-11-01`);
    expect(cloud.get(`${deleted}?api-version=2024-11-01`).status).toBe(404);
    expect(cloud.put(URLS.vault, BODIES.vault).status).toBe(200);
  });

  test('under purge protection are not purged', () => {
    const cloud = azure();
    cloud.put(URLS.vault, {
      ...BODIES.vault,
      properties: { ...BODIES.vault.properties, enablePurgeProtection: true },
    });
    cloud.remove(URLS.vault);
    expect(outcomeOf(cloud.post(`${deleted}/purge?api-version=2024-11-01`))).toBe('409 MethodNotAllowed');
  });
});

describe('paths', () => {
  test.each([
    [
      'a subscription that is no GUID',
      '/subscriptions/mine/resourceGroups/rg?api-version=2020-06-01',
      '400 InvalidSubscriptionId',
    ],
    ['a path that cannot be decoded', `${GROUP}/%E0%A4%A?api-version=2020-06-01`, '400 BadRequest'],
    ['no api-version', GROUP, '400 MissingApiVersionParameter'],
    ['a group in a place that is none', `${GROUP}2?api-version=2020-06-01`, '400 LocationNotAvailableForResourceGroup'],
  ])('%s', (_because, url, outcome) => {
    const cloud = azure();
    expect(outcomeOf(cloud.put(url, { location: 'atlantis' }))).toBe(outcome);
  });

  test('a storage account’s name is one for all groups', () => {
    const cloud = azure();
    cloud.put(URLS.storage, BODIES.storage);
    cloud.put(URLS.group.replace('/rg', '/other'), { location: 'eastus' });
    const elsewhere = URLS.storage.replace('/rg/', '/other/');
    expect(outcomeOf(cloud.put(elsewhere, BODIES.storage))).toBe('409 StorageAccountAlreadyTaken');
    cloud.remove(URLS.storage);
    expect(cloud.put(elsewhere, BODIES.storage).status).toBe(202);
  });
});
