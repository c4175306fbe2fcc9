import { describe, expect, it } from 'vitest';
import { parseResourceId } from '../../../src/exports/parse-resource-id.ts';

const SUBSCRIPTION = '/subscriptions/s';

describe('aso.parseResourceId', () => {
  it.each([
    { id: SUBSCRIPTION, type: 'Microsoft.Resources/subscriptions', name: 's', because: 'a subscription' },
    {
      id: `${SUBSCRIPTION}/resourceGroups/rg`,
      type: 'Microsoft.Resources/resourceGroups',
      name: 'rg',
      because: 'a group',
    },
    {
      id: `${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.A/b/c`,
      type: 'Microsoft.A/b',
      name: 'c',
      because: 'a resource',
    },
    {
      id: `${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.A/b/c/d/e`,
      type: 'Microsoft.A/b/d',
      name: 'e',
      because: 'a child',
    },
    {
      id: `${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.A/b/c/providers/Microsoft.X/y/z`,
      type: 'Microsoft.X/y',
      name: 'z',
      because: 'an extension',
    },
    {
      id: '/providers/Microsoft.Authorization/roleDefinitions/r',
      type: 'Microsoft.Authorization/roleDefinitions',
      name: 'r',
      because: 'at the tenant',
    },
    {
      id: `${SUBSCRIPTION}/providers/Microsoft.A`,
      type: 'Microsoft.Resources/providers',
      name: 'Microsoft.A',
      because: 'a provider',
    },
  ])('$because: $id', ({ id, type, name }) => {
    const parsed = parseResourceId(id);
    expect(`${parsed.resourceType.namespace}/${parsed.resourceType.type}`).toBe(type);
    expect(parsed.name).toBe(name);
  });

  it('a resource knows its group, subscription, provider and parents', () => {
    const parsed = parseResourceId('/subscriptions/s/resourcegroups/rg/providers/Microsoft.A/locations/west/c/d');
    expect(parsed).toMatchObject({
      subscriptionId: 's',
      resourceGroupName: 'rg',
      provider: 'Microsoft.A',
      location: 'west',
      name: 'd',
      parent: { name: 'west', parent: { name: 'rg', parent: { name: 's' } } },
    });
  });

  it.each([
    '',
    'x',
    '/',
    '/subscriptions',
    '/other/x',
    'subscriptions/s',
    '/subscriptions/s/resourceGroups',
    '/subscriptions/s/resourceGroups/rg/providers/Microsoft.A/b',
  ])("'%s' is none", (id) => {
    expect(() => parseResourceId(id)).toThrow('not an ARM id');
  });
});
