import { describe, expect, it } from 'vitest';
import { kindsIn, ownersIn } from '../../../src/crds/named.ts';
import type { ArmMap } from '../../../src/kinds/arm-map.ts';

const subnet = (owner: { readonly name?: string; readonly armId?: string }) => ({
  apiVersion: 'network.azure.com/v1api20201101',
  kind: 'VirtualNetworksSubnet',
  spec: { owner, natGateway: { reference: { group: 'network.azure.com', kind: 'NatGateway', name: 'n' } } },
});

describe('the kinds that manifests name', () => {
  it.each([
    {
      document: subnet({ name: 'v' }),
      kinds: ['network.azure.com/VirtualNetworksSubnet', 'network.azure.com/NatGateway'],
      because: 'a reference names its kind',
    },
    {
      document: { apiVersion: 'v1', kind: 'List', items: [subnet({})] },
      kinds: ['network.azure.com/VirtualNetworksSubnet', 'network.azure.com/NatGateway'],
      because: 'a list is its items',
    },
    { document: { apiVersion: 'v1', kind: 'Secret' }, kinds: [], because: 'the core group has no CRDs' },
    { document: { apiVersion: 'apps/v1', kind: 'Deployment' }, kinds: [], because: 'nor has apps' },
    { document: null, kinds: [], because: 'an empty document names nothing' },
    { document: 'text', kinds: [], because: 'text names nothing' },
  ])('$kinds: $because', ({ document, kinds }) => {
    expect(kindsIn(document)).toEqual(kinds);
  });

  it.each([
    {
      owner: { name: 'v' },
      kinds: ['network.azure.com/VirtualNetwork'],
      because: 'the owner must be there to be waited for',
    },
    { owner: { armId: '/subscriptions/s' }, kinds: [], because: 'an owner by ARM id is no object' },
  ])('owner $owner: $because', ({ owner, kinds }) => {
    const map = { owner: { group: 'network.azure.com', kind: 'VirtualNetwork' } } as ArmMap;
    expect(ownersIn(subnet(owner), () => map)).toEqual(kinds);
  });
});
