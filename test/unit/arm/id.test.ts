import { describe, expect, it } from 'vitest';
import { readError } from '../../../src/arm/error.ts';
import { buildId, mayOwn, parseId, sameId, subscriptionOf } from '../../../src/arm/id.ts';

const RG = '/subscriptions/s/resourceGroups/rg';
const base = { subscriptionId: 's', scope: 'resourceGroup' as const };

describe('building ids', () => {
  it.each([
    { because: 'a resource group', parts: { ...base, type: 'Microsoft.Resources/resourceGroups', name: 'rg' }, id: RG },
    {
      because: 'a top-level resource',
      parts: { ...base, type: 'Microsoft.Storage/storageAccounts', name: 'a', ownerId: RG },
      id: `${RG}/providers/Microsoft.Storage/storageAccounts/a`,
    },
    {
      because: 'a child',
      parts: {
        ...base,
        type: 'Microsoft.Storage/storageAccounts/blobServices',
        name: 'default',
        ownerId: `${RG}/providers/Microsoft.Storage/storageAccounts/a`,
      },
      id: `${RG}/providers/Microsoft.Storage/storageAccounts/a/blobServices/default`,
    },
    {
      because: 'an extension, its own provider repeated',
      parts: {
        ...base,
        scope: 'extension' as const,
        type: 'Microsoft.Authorization/roleAssignments',
        name: 'g',
        ownerId: RG,
      },
      id: `${RG}/providers/Microsoft.Authorization/roleAssignments/g`,
    },
    {
      because: 'an owner id with a slash at its end',
      parts: { ...base, type: 'Microsoft.Storage/storageAccounts', name: 'a', ownerId: `${RG}/` },
      id: `${RG}/providers/Microsoft.Storage/storageAccounts/a`,
    },
    {
      because: 'a group that is called like the provider',
      parts: {
        ...base,
        type: 'Microsoft.Storage/storageAccounts',
        name: 'a',
        ownerId: '/subscriptions/s/resourceGroups/microsoft.storage',
      },
      id: '/subscriptions/s/resourceGroups/microsoft.storage/providers/Microsoft.Storage/storageAccounts/a',
    },
    {
      because: 'tenant scope',
      parts: { ...base, scope: 'tenant' as const, type: 'Microsoft.Subscription/aliases', name: 'x' },
      id: '/providers/Microsoft.Subscription/aliases/x',
    },
  ])('$because', ({ parts, id }) => {
    expect(buildId(parts)).toEqual({ ok: true, id });
  });

  it.each(['', '.', '..', 'a/b', 'a\\b', 'a?b', 'a#b', 'a%2fb', 'a\nb'])(
    'a name that leaves its place in the path is refused: %j',
    (name) => {
      expect(buildId({ ...base, type: 'Microsoft.Storage/storageAccounts', name, ownerId: RG }).ok).toBe(false);
    },
  );
});

describe('reading ids', () => {
  it.each([
    { id: RG, type: 'Microsoft.Resources/resourceGroups', name: 'rg' },
    { id: '/subscriptions/s', type: 'Microsoft.Resources/subscriptions', name: 's' },
    {
      id: `${RG}/providers/Microsoft.Storage/storageAccounts/a/providers/Microsoft.Authorization/locks/l`,
      type: 'Microsoft.Authorization/locks',
      name: 'l',
    },
    {
      // Its name is a word of the grammar.
      id: `${RG}/providers/Microsoft.Storage/storageAccounts/a/blobServices/default/containers/providers`,
      type: 'Microsoft.Storage/storageAccounts/blobServices/containers',
      name: 'providers',
    },
    { id: '/SUBSCRIPTIONS/s/RESOURCEGROUPS/rg/PROVIDERS/N/t/x', type: 'N/t', name: 'x' },
  ])('$id', ({ id, type, name }) => {
    expect(parseId(id)).toMatchObject({ type, name });
  });
  it.each([
    '',
    '/',
    'subscriptions/s',
    '/subscriptions',
    `${RG}/providers/N/t`,
    `${RG}/providers/N`,
    `${RG}/providers`,
    `${RG}/providers/N/t/x/providers/M`,
    `${RG}/x/y`,
    '/subscriptions//resourceGroups/rg',
  ])('%j is none', (id) => {
    expect(parseId(id)).toBeUndefined();
  });
  it('ids compare without regard to case', () => {
    expect(sameId(RG, RG.toUpperCase())).toBe(true);
    expect(subscriptionOf(RG)).toBe('s');
    expect(subscriptionOf('/providers/x/y/z')).toBeUndefined();
  });
  it('an owner must be of the parent type', () => {
    expect(mayOwn(RG, 'Microsoft.Storage/storageAccounts').ok).toBe(true);
    expect(mayOwn(RG, 'Microsoft.Storage/storageAccounts/blobServices').ok).toBe(false);
    expect(mayOwn('nonsense', 'Microsoft.Storage/storageAccounts')).toMatchObject({
      ok: false,
      why: expect.stringContaining('is not an ARM id'),
    });
  });
});

describe('reading errors', () => {
  const error = (body: unknown, status = 400) => readError({ status, headers: {}, body: body as never });
  it.each([
    { because: 'the usual envelope', body: { error: { code: 'C', message: 'm' } }, code: 'C', message: 'm' },
    { because: 'no envelope', body: { code: 'C', message: 'm' }, code: 'C', message: 'm' },
    { because: "App Service's capitals", body: { Code: 'C', Message: 'm' }, code: 'C', message: 'm' },
    {
      because: 'an error as text inside the message',
      body: { error: { code: 'Outer', message: '{"error":{"code":"Inner","message":"deep"}}' } },
      code: 'Outer',
      message: 'deep',
    },
    {
      because: 'details that say more',
      body: { error: { code: 'C', message: 'm', details: [{ code: 'D', message: 'why' }] } },
      code: 'C',
      message: 'm (D: why)',
    },
    {
      because: 'an array is no error',
      body: [],
      code: undefined,
      message: 'HTTP 400: There was an unknown deployment error',
    },
  ])('$because', ({ body, code, message }) => {
    expect(error(body)).toMatchObject({ message });
    expect(error(body).code).toBe(code);
  });
  it('a redirection is told as one, with the host alone and not what the page says', () => {
    const page = {
      status: 302,
      headers: { location: 'https://login.portal/?token=t' },
      body: undefined,
      text: '<html>',
    };
    expect(readError(page).message).toBe(
      'answered 302, a redirection to login.portal, which is not followed; Azure sends none, so look at proxies and gateways on the way',
    );
  });
});
