import { describe, expect, it } from 'vitest';
import { whyOutOfBounds } from '../../../src/arm/bounds.ts';

const SUB = '00000000-0000-0000-0000-000000000001';
const OTHER = '00000000-0000-0000-0000-0000000000ff';
const bounds = { endpoint: 'https://management.azure.com/', subscriptionId: SUB };

describe('where a request may go', () => {
  it.each([
    { url: `/subscriptions/${SUB}/resourceGroups/rg?api-version=1`, because: 'it is in the subscription' },
    { url: `/SUBSCRIPTIONS/${SUB.toUpperCase()}/resourceGroups/rg`, because: 'letter case does not matter' },
    { url: `https://management.azure.com/subscriptions/${SUB}/op/1?t=${OTHER}`, because: 'a poll URL of Azure' },
    { url: '/providers/Microsoft.Authorization/roleDefinitions?api-version=1', because: 'it is in no subscription' },
    { url: `/subscriptions/${SUB}/resourceGroups/a%20b/providers/P/t/n(1)`, because: 'names are percent-encoded' },
    { url: `/subscriptions/${SUB}/locations/East US/operations/1`, because: 'Azure spells some places with a space' },
    {
      url: `/providers/Microsoft.Management/managementGroups/g/subscriptions/${OTHER}`,
      because: 'the subscription is an object of the tenant there',
    },
  ])('$url may be sent: $because', ({ url }) => expect(whyOutOfBounds(url, bounds)).toBeUndefined());

  it.each([
    { url: `/subscriptions/${OTHER}/resourceGroups/rg`, says: `subscription '${OTHER}'` },
    { url: `/subscriptions/${SUB}/../${OTHER}/resourceGroups/rg`, says: 'does not mean what it says' },
    { url: `/subscriptions/${SUB}/%2e%2e/${OTHER}`, says: 'does not mean what it says' },
    { url: `/subscriptions/${SUB}/resourceGroups/.`, says: 'does not mean what it says' },
    { url: `/subscriptions\\${OTHER}`, says: 'does not mean what it says' },
    { url: `/subscriptions/${SUB}/.\t./${OTHER}`, says: 'does not mean what it says' },
    { url: `//evil.example/subscriptions/${SUB}`, says: 'neither in a subscription' },
    { url: '/', says: 'neither in a subscription' },
    { url: '/admin/reset', says: 'neither in a subscription' },
    { url: '/oauth2/token', says: 'neither in a subscription' },
    { url: `https://evil.example/subscriptions/${SUB}`, says: 'is not below' },
    { url: `https://management.azure.com:444/subscriptions/${SUB}`, says: 'is not below' },
    { url: `https://user@management.azure.com/subscriptions/${OTHER}`, says: `subscription '${OTHER}'` },
    { url: `https://management.azure.com/subscriptions/${OTHER}`, says: `subscription '${OTHER}'` },
    { url: 'not a url', says: 'is not a URL' },
    { url: '/subscriptions', says: "subscription ''" },
  ])('$url is not sent out of bounds', ({ url, says }) => {
    expect(whyOutOfBounds(url, bounds)).toContain(says);
  });

  it('an endpoint with a path of its own is no subscription', () => {
    const below = { endpoint: 'https://gateway.example/arm', subscriptionId: SUB };
    expect(whyOutOfBounds(`/subscriptions/${SUB}/x`, below)).toBeUndefined();
    expect(whyOutOfBounds(`/subscriptions/${OTHER}/x`, below)).toContain(OTHER);
  });
});
