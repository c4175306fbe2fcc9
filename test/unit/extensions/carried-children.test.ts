// Children that live in their parent: a PUT of the parent never deletes what others made (extensions section 2, contract 16.2).

import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/values/json.ts';
import { azureWith, GROUP_ID, memberAt, ok, pass, putOf, refusal, verdictOf } from '../../support/life.ts';

const ABSENT = refusal(404, 'ResourceNotFound');

describe('children that live in their parent (section 2)', () => {
  const network = (type: string, name: string): string => `${GROUP_ID}/providers/Microsoft.Network/${type}/${name}`;
  const rows = [
    {
      living: {
        apiVersion: 'network.azure.com/v1api20201101',
        kind: 'VirtualNetwork',
        id: network('virtualNetworks', 'v'),
        spec: { addressSpace: { addressPrefixes: ['10.0.0.0/16'] } },
      },
      inAzure: {
        properties: {
          subnets: [
            {
              id: 's',
              name: 'theirs',
              etag: 'e',
              properties: { addressPrefix: '10.0.0.0/24', provisioningState: 'Succeeded' },
            },
          ],
        },
      },
      path: 'properties/subnets',
      sent: [{ id: 's', name: 'theirs', properties: { addressPrefix: '10.0.0.0/24' } }],
    },
    {
      living: { apiVersion: 'network.azure.com/v1api20201101', kind: 'RouteTable', id: network('routeTables', 'r') },
      inAzure: {
        properties: { routes: [{ name: 'theirs', properties: { addressPrefix: '10.0.0.0/8', nextHopType: 'None' } }] },
      },
      path: 'properties/routes',
      sent: [{ name: 'theirs', properties: { addressPrefix: '10.0.0.0/8', nextHopType: 'None' } }],
    },
    {
      living: {
        apiVersion: 'network.azure.com/v1api20201101',
        kind: 'NetworkSecurityGroup',
        id: network('networkSecurityGroups', 'n'),
      },
      inAzure: {
        properties: { securityRules: [{ name: 'theirs', properties: { access: 'Allow', priority: 100 } }] },
      },
      path: 'properties/securityRules',
      sent: [{ name: 'theirs', properties: { access: 'Allow', priority: 100 } }],
    },
    {
      living: {
        apiVersion: 'network.azure.com/v1api20201101',
        kind: 'LoadBalancer',
        id: network('loadBalancers', 'l'),
        spec: { inboundNatRules: [{ name: 'mine', frontendPort: 1 }] },
      },
      inAzure: {
        properties: {
          inboundNatRules: [
            { name: 'mine', properties: { frontendPort: 9 } },
            { name: 'theirs', properties: { frontendPort: 2 } },
          ],
        },
      },
      path: 'properties/inboundNatRules',
      sent: [
        { name: 'mine', properties: { frontendPort: 1 } },
        { name: 'theirs', properties: { frontendPort: 2 } },
      ],
    },
    {
      living: {
        apiVersion: 'compute.azure.com/v1api20201201',
        kind: 'VirtualMachineScaleSet',
        id: `${GROUP_ID}/providers/Microsoft.Compute/virtualMachineScaleSets/s`,
        spec: { virtualMachineProfile: { extensionProfile: { extensions: [{ name: 'mine', publisher: 'p' }] } } },
      },
      inAzure: {
        properties: {
          virtualMachineProfile: {
            extensionProfile: {
              extensions: [{ name: 'theirs', properties: { publisher: 'q', provisioningState: 'x' } }],
            },
          },
        },
      },
      path: 'properties/virtualMachineProfile/extensionProfile/extensions',
      sent: [
        { name: 'mine', properties: { publisher: 'p' } },
        { name: 'theirs', properties: { publisher: 'q' } },
      ],
    },
  ] as const;

  it.each(rows.map((row) => [row.living.kind, row] as const))('%s: what Azure has stays in the body', (_kind, row) => {
    const { sent } = pass(row.living, azureWith({ [`GET ${row.living.id}`]: ok(row.inAzure as unknown as Json) }));
    expect(memberAt(putOf(sent), row.path)).toEqual(row.sent);
  });

  it.each(rows.map((row) => [row.living.kind, row] as const))('%s: nothing is added to a new one', (_kind, row) => {
    let isThere = false;
    const { sent, requests } = pass(row.living, (request) => {
      if (request.verb === 'PUT') isThere = true;
      return isThere ? ok({}) : ABSENT;
    });
    expect(requests[0]).toMatch(/^GET /);
    const theirs = JSON.stringify(putOf(sent)).includes('theirs');
    expect(theirs).toBe(false);
  });

  it('an answer without the list of a replacing kind is no reason to delete them all', () => {
    const living = rows[0].living;
    const { sent, end } = pass(living, azureWith({ [`GET ${living.id}`]: ok({ properties: {} }) }));
    expect(sent.some((request) => request.verb === 'PUT')).toBe(false);
    expect(verdictOf(end)).toMatch(/^Warning Failed: Azure's answer has no list 'properties.subnets'/);
  });
});
