// Parents with children in their bodies, against an Azure that deletes what a PUT leaves out: an update through the operator keeps
// what other objects and people made; the same PUT without its children would not (contract 16.2).

import { expect, it } from 'vitest';
import type { ArmRequest } from '../../../src/arm/request.ts';
import type { JsonObject } from '../../../src/values/json.ts';
import { type Azure, azure } from '../../support/azure.ts';
import { GROUP_ID, type Living, pass, putOf } from '../../support/life.ts';

interface Row {
  readonly parent: Living;
  /** Segment of the children's ids. */
  readonly collection: string;
  readonly child: JsonObject;
  readonly api: string;
}

const network = (kind: string, id: string, spec: JsonObject = {}): Living => ({
  apiVersion: 'network.azure.com/v1api20201101',
  kind,
  id: `${GROUP_ID}/providers/Microsoft.Network/${id}`,
  spec: { location: 'westus2', ...spec },
});

const ROWS: readonly Row[] = [
  {
    parent: network('VirtualNetwork', 'virtualNetworks/v', { addressSpace: { addressPrefixes: ['10.0.0.0/16'] } }),
    collection: 'subnets',
    child: { properties: { addressPrefix: '10.0.1.0/24' } },
    api: '2020-11-01',
  },
  {
    parent: network('RouteTable', 'routeTables/r'),
    collection: 'routes',
    child: { properties: { addressPrefix: '10.0.0.0/8', nextHopType: 'None' } },
    api: '2020-11-01',
  },
  {
    parent: network('NetworkSecurityGroup', 'networkSecurityGroups/n'),
    collection: 'securityRules',
    child: {
      properties: {
        access: 'Allow',
        direction: 'Inbound',
        priority: 100,
        protocol: 'Tcp',
        sourceAddressPrefix: '*',
        sourcePortRange: '*',
        destinationAddressPrefix: '*',
        destinationPortRange: '22',
      },
    },
    api: '2020-11-01',
  },
  {
    parent: network('LoadBalancer', 'loadBalancers/l'),
    collection: 'inboundNatRules',
    child: { properties: { frontendPort: 50, backendPort: 22, protocol: 'Tcp' } },
    api: '2020-11-01',
  },
  {
    parent: {
      apiVersion: 'compute.azure.com/v1api20201201',
      kind: 'VirtualMachineScaleSet',
      id: `${GROUP_ID}/providers/Microsoft.Compute/virtualMachineScaleSets/s`,
      spec: { location: 'westus2', virtualMachineProfile: { storageProfile: {} } },
    },
    collection: 'extensions',
    child: { properties: { publisher: 'p', type: 't', typeHandlerVersion: '1.0' } },
    api: '2020-12-01',
  },
];

/** The emulator as the other side of a pass. */
const behind =
  (cloud: Azure) =>
  ({ verb, url, body }: ArmRequest) => {
    // No secret stands in these bodies.
    const answer = cloud.send(verb, url, body as JsonObject | undefined);
    const headers = Object.entries(answer.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
    return { status: answer.status, headers: Object.fromEntries(headers), body: answer.body };
  };

const made = (row: Row) => {
  const cloud = azure({ operationMs: 0 });
  pass(row.parent, behind(cloud));
  const child = `${row.parent.id}/${row.collection}/theirs?api-version=${row.api}`;
  expect(cloud.put(child, row.child).status).toBe(201);
  return { cloud, child };
};

it.each(ROWS.map((row) => [row.parent.kind, row] as const))(
  'an update of a %s keeps the children of others',
  (_, row) => {
    const { cloud, child } = made(row);
    const edited = { ...row.parent, spec: { ...row.parent.spec, tags: { edited: 'yes' } } };
    const { sent } = pass(edited, behind(cloud));
    expect(putOf(sent)).toMatchObject({ tags: { edited: 'yes' } });
    expect(cloud.get(child)).toMatchObject({ status: 200, body: { properties: row.child.properties } });
  },
);

it.each(ROWS.map((row) => [row.parent.kind, row] as const))('a PUT of a %s without them deletes them', (_, row) => {
  const { cloud, child } = made(row);
  const { sent } = pass(row.parent, behind(azure({ operationMs: 0 })));
  cloud.put(`${row.parent.id}?api-version=${row.api}`, putOf(sent));
  expect(cloud.get(child).status).toBe(404);
});
