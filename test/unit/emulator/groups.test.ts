import { describe, expect, test } from 'vitest';
import { azure, BODIES, bodyOf, GROUP, outcomeOf, propertiesOf, URLS } from '../../support/azure.ts';

describe('a resource group', () => {
  test('is made at once, and found whatever the letter case of the id', () => {
    const cloud = azure();
    expect(cloud.get(URLS.group.replace('resourceGroups/rg', 'RESOURCEGROUPS/RG')).status).toBe(200);
  });

  test('takes everything in it along, after a poll, and lets nothing in meanwhile', () => {
    const cloud = azure();
    cloud.put(URLS.vnet, BODIES.vnet);
    cloud.put(URLS.subnet('s1'), { properties: { addressPrefix: '10.0.0.0/24' } });
    const gone = cloud.remove(URLS.group);
    expect(gone.status).toBe(202);
    expect(gone.headers?.['Retry-After']).toBe('15');
    const poll = gone.headers?.Location ?? '';
    expect(cloud.get(poll).status).toBe(202);
    expect(outcomeOf(cloud.put(URLS.storage, BODIES.storage))).toBe('409 ResourceGroupBeingDeleted');
    cloud.later(60_000);
    expect(cloud.get(poll).status).toBe(200);
    expect(outcomeOf(cloud.get(URLS.group))).toBe('404 ResourceGroupNotFound');
    expect(outcomeOf(cloud.get(URLS.subnet('s1')))).toBe('404 ResourceGroupNotFound');
  });

  test('stands again when its deletion failed', () => {
    const cloud = azure();
    const gone = cloud.remove(URLS.group, { fault: { code: 'ResourceGroupDeletionBlocked', message: 'in use' } });
    cloud.later(60_000);
    expect(outcomeOf(cloud.get(gone.headers?.Location ?? ''))).toBe('409 ResourceGroupDeletionBlocked');
    expect(propertiesOf(cloud.get(URLS.group)).provisioningState).toBe('Succeeded');
    expect(cloud.put(URLS.identity, BODIES.identity).status).toBe(201);
  });

  test('is not moved to another location', () => {
    expect(outcomeOf(azure().put(URLS.group, { location: 'eastus' }))).toBe('409 InvalidResourceGroupLocation');
  });
});

describe('parents and children', () => {
  test.each([
    ['a group that is not there', URLS.vnet.replace('/rg/', '/other/'), BODIES.vnet, '404 ResourceGroupNotFound'],
    ['a parent that is not there', URLS.subnet('s1'), { properties: {} }, '404 ParentResourceNotFound'],
  ])('a write below %s is refused', (_because, url, body, outcome) => {
    expect(outcomeOf(azure().put(url, body))).toBe(outcome);
  });

  test('deleting a child of a parent that is gone names the parent', () => {
    const answer = azure().remove(URLS.subnet('s1'));
    expect(outcomeOf(answer)).toBe('404 ResourceNotFound');
    expect(JSON.stringify(answer.body)).toContain('virtualNetworks/v1');
  });

  test('deleting what is not there is a 204', () => {
    expect(azure().remove(URLS.vnet).status).toBe(204);
  });

  test('a network shows its subnets, and a PUT that leaves one out deletes it', () => {
    const cloud = azure();
    const subnets = (...names: readonly string[]) => ({
      ...BODIES.vnet,
      properties: {
        ...BODIES.vnet.properties,
        subnets: names.map((name) => ({ name, properties: { addressPrefix: '10.0.0.0/24' } })),
      },
    });
    cloud.put(URLS.vnet, subnets('s1'));
    cloud.later(60_000);
    cloud.put(URLS.subnet('s2'), { properties: { addressPrefix: '10.0.1.0/24' } });
    cloud.later(60_000);
    const names = () => (propertiesOf(cloud.get(URLS.vnet)).subnets as readonly { name: string }[]).map((s) => s.name);
    expect(names()).toEqual(['s1', 's2']);
    cloud.put(URLS.vnet, subnets('s2'));
    expect(names()).toEqual(['s2']);
    expect(outcomeOf(cloud.get(URLS.subnet('s1')))).toContain('404');
  });

  test('children of services that nobody made go with the account', () => {
    const cloud = azure();
    cloud.put(URLS.storage, BODIES.storage);
    cloud.later(60_000);
    const container = URLS.storage.replace('st1?', 'st1/blobServices/default/containers/c1?');
    expect(cloud.put(container, {}).status).toBe(201);
    cloud.remove(URLS.storage);
    cloud.put(URLS.storage, BODIES.storage);
    expect(cloud.get(container).status).toBe(404);
  });

  test('a collection lists its members', () => {
    const cloud = azure();
    cloud.put(URLS.vnet, BODIES.vnet);
    const listed = bodyOf(cloud.get(`${GROUP}/providers/Microsoft.Network/virtualNetworks?api-version=2020-11-01`));
    expect(listed.value).toHaveLength(1);
  });
});

describe('locks', () => {
  test.each([
    ['CanNotDelete', '200', '409 ScopeLocked'],
    ['ReadOnly', '409 ScopeLocked', '409 ScopeLocked'],
  ])('%s on the group: PUT %s, DELETE %s', (level, put, remove) => {
    const cloud = azure();
    cloud.put(URLS.identity, BODIES.identity);
    cloud.put(URLS.lock, { properties: { level } });
    expect(outcomeOf(cloud.put(URLS.identity, BODIES.identity))).toBe(put);
    expect(outcomeOf(cloud.remove(URLS.identity))).toBe(remove);
    expect(outcomeOf(cloud.remove(URLS.group))).toBe(remove);
    cloud.remove(URLS.lock);
    expect(outcomeOf(cloud.remove(URLS.identity))).toBe('200');
  });

  test('a locked child stops the deletion of its group', () => {
    const cloud = azure();
    cloud.put(URLS.identity, BODIES.identity);
    cloud.put(URLS.identity.replace('?', '/providers/Microsoft.Authorization/locks/l?'), {
      properties: { level: 'CanNotDelete' },
    });
    expect(outcomeOf(cloud.remove(URLS.group))).toBe('409 ScopeLocked');
  });

  test('ReadOnly also stops the listing of keys', () => {
    const cloud = azure();
    cloud.put(URLS.storage, BODIES.storage);
    cloud.put(URLS.lock, { properties: { level: 'ReadOnly' } });
    expect(outcomeOf(cloud.post(URLS.storage.replace('?', '/listKeys?')))).toBe('409 ScopeLocked');
  });
});
