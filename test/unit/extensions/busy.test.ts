// Kinds that are left alone while Azure works on them or on their owner (extensions section 3).

import { describe, expect, it } from 'vitest';
import type { ArmAnswer } from '../../../src/arm/request.ts';
import { shippedKinds } from '../../support/kinds.ts';
import { azureWith, GROUP_ID, type Living, ok, pass, putOf, refusal, verdictOf } from '../../support/life.ts';

const ABSENT = refusal(404, 'ResourceNotFound');

describe('kinds that must not be disturbed (section 3)', () => {
  const aks = `${GROUP_ID}/providers/Microsoft.ContainerService/managedClusters/c`;
  const state = (provisioningState: string): ArmAnswer => ok({ properties: { provisioningState } });
  const ownerOf = (kind: string, id: string): Living['with'] => {
    const found = shippedKinds().get(kind)?.kind;
    return { owner: { state: 'arm', id, ...(found === undefined ? {} : { kind: found }) } };
  };
  const rows: readonly {
    readonly living: Living;
    readonly look: string;
    readonly busy: readonly ArmAnswer[];
    readonly free: readonly ArmAnswer[];
  }[] = [
    {
      living: { apiVersion: 'containerservice.azure.com/v1api20250801', kind: 'ManagedCluster', id: aks },
      look: aks,
      busy: [state('Updating'), state('creating')],
      free: [state('Succeeded'), state('FAILED'), state('Canceled'), ok({ properties: {} }), ABSENT],
    },
    {
      living: {
        apiVersion: 'containerservice.azure.com/v1api20250801',
        kind: 'ManagedClustersAgentPool',
        id: `${aks}/agentPools/p`,
        with: ownerOf('containerservice.azure.com/ManagedCluster', aks) ?? {},
      },
      look: aks,
      busy: [state('Updating')],
      free: [state('Succeeded'), ABSENT],
    },
    {
      living: {
        apiVersion: 'containerservice.azure.com/v1api20250801',
        kind: 'ManagedClustersAgentPool',
        id: `${aks}/agentPools/p`,
      },
      look: `${aks}/agentPools/p`,
      busy: [state('Scaling')],
      free: [state('Succeeded')],
    },
    {
      living: {
        apiVersion: 'dbforpostgresql.azure.com/v20250801',
        kind: 'FlexibleServer',
        id: `${GROUP_ID}/providers/Microsoft.DBforPostgreSQL/flexibleServers/s`,
      },
      look: `${GROUP_ID}/providers/Microsoft.DBforPostgreSQL/flexibleServers/s`,
      busy: [ok({ properties: { state: 'Updating' } })],
      free: [ok({ properties: { state: 'ready' } }), ok({ properties: {} })],
    },
    ...(
      [
        ['FlexibleServersDatabase', 'databases'],
        ['FlexibleServersFirewallRule', 'firewallRules'],
      ] as const
    ).map(([kind, type]) => ({
      living: {
        apiVersion: 'dbforpostgresql.azure.com/v20250801',
        kind,
        id: `${GROUP_ID}/providers/Microsoft.DBforPostgreSQL/flexibleServers/s/${type}/d`,
        with:
          ownerOf(
            'dbforpostgresql.azure.com/FlexibleServer',
            `${GROUP_ID}/providers/Microsoft.DBforPostgreSQL/flexibleServers/s`,
          ) ?? {},
      },
      look: `${GROUP_ID}/providers/Microsoft.DBforPostgreSQL/flexibleServers/s`,
      busy: [ok({ properties: { state: 'Starting' } })],
      free: [ok({ properties: { state: 'Ready' } })],
    })),
    {
      living: {
        apiVersion: 'documentdb.azure.com/v1api20240815',
        kind: 'DatabaseAccount',
        id: `${GROUP_ID}/providers/Microsoft.DocumentDB/databaseAccounts/d`,
      },
      look: `${GROUP_ID}/providers/Microsoft.DocumentDB/databaseAccounts/d`,
      busy: [state('deleting')],
      free: [state('Updating'), state('Succeeded')],
    },
    {
      living: {
        apiVersion: 'documentdb.azure.com/v20251015',
        kind: 'CassandraDataCenter',
        id: `${GROUP_ID}/providers/Microsoft.DocumentDB/cassandraClusters/c/dataCenters/d`,
        with:
          ownerOf(
            'documentdb.azure.com/CassandraCluster',
            `${GROUP_ID}/providers/Microsoft.DocumentDB/cassandraClusters/c`,
          ) ?? {},
      },
      look: `${GROUP_ID}/providers/Microsoft.DocumentDB/cassandraClusters/c`,
      busy: [state('Creating'), state('Failed')],
      free: [state('Succeeded')],
    },
    {
      living: {
        apiVersion: 'kusto.azure.com/v1api20240413',
        kind: 'Cluster',
        id: `${GROUP_ID}/providers/Microsoft.Kusto/clusters/k`,
      },
      look: `${GROUP_ID}/providers/Microsoft.Kusto/clusters/k`,
      busy: [state('Running')],
      free: [state('Succeeded'), state('failed')],
    },
    {
      living: {
        apiVersion: 'kusto.azure.com/v1api20240413',
        kind: 'Database',
        id: `${GROUP_ID}/providers/Microsoft.Kusto/clusters/k/databases/d`,
        with: ownerOf('kusto.azure.com/Cluster', `${GROUP_ID}/providers/Microsoft.Kusto/clusters/k`) ?? {},
      },
      look: `${GROUP_ID}/providers/Microsoft.Kusto/clusters/k`,
      busy: [state('Stopping')],
      free: [state('Succeeded')],
    },
    {
      living: {
        apiVersion: 'redhatopenshift.azure.com/v1api20260630preview',
        kind: 'HcpOpenShiftCluster',
        id: `${GROUP_ID}/providers/Microsoft.RedHatOpenShift/hcpOpenShiftClusters/o`,
      },
      look: `${GROUP_ID}/providers/Microsoft.RedHatOpenShift/hcpOpenShiftClusters/o`,
      busy: [state('Deleting')],
      free: [state('Updating')],
    },
  ];

  it.each(rows.map((row) => [row.living.kind, row] as const))('%s is left alone while it is busy', (_kind, row) => {
    for (const answer of row.busy) {
      const { sent, end } = pass(row.living, azureWith({ [`GET ${row.look}`]: answer }));
      expect(verdictOf(end)).toMatch(/^Warning ReconciliationBlocked: /);
      expect(putOf(sent)).toEqual({});
    }
    for (const answer of row.free) {
      const { requests } = pass(row.living, azureWith({ [`GET ${row.look}`]: answer }));
      expect(requests.filter((request) => request.startsWith('PUT '))).toHaveLength(1);
    }
  });

  it('what cannot be read may be busy: nothing is sent', () => {
    const { requests, end } = pass(
      rows[0]?.living as Living,
      azureWith({ [`GET ${aks}`]: refusal(403, 'AuthorizationFailed') }),
    );
    expect(requests).toHaveLength(1);
    expect(verdictOf(end)).toMatch(/^Warning AuthorizationFailed/);
  });
});
