// Every exportable value of every kind: the request it needs, where it stands in Azure's answer, and what is written. One row per kind,
// played through the core; the last test holds that no kind's value is without a row. Source: reference exports.

import { expect, it } from 'vitest';
import type { ArmRequest } from '../../../src/arm/request.ts';
import type { ExportTarget } from '../../../src/exports/plan.ts';
import { isObject, type JsonObject } from '../../../src/values/json.ts';
import { shippedKinds } from '../../support/kinds.ts';
import { ok, pass, refusal, SUBSCRIPTION_ID, verdictOf } from '../../support/life.ts';

const RG = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg`;

interface Row {
  /** '<group>/<version>/<Kind>'. */
  readonly kind: string;
  /** Id below the resource group. */
  readonly id: string;
  /** The resource as GET shows it. */
  readonly resource?: JsonObject;
  /** Requests beyond the reading of the resource, 'VERB path below the resource?api-version', and their answers. */
  readonly answers?: Readonly<Record<string, JsonObject>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly configMaps?: Readonly<Record<string, string>>;
}

const PAIR = { primaryKey: 'k1', secondaryKey: 'k2' };
const FOUR = { ...PAIR, primaryConnectionString: 'c1', secondaryConnectionString: 'c2' };
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const identity = { principalId: 'p', tenantId: 't' };

const ROWS: readonly Row[] = [
  {
    kind: 'apimanagement/v20240501/ServiceGateway',
    id: 'Microsoft.ApiManagement/service/s/gateways/g',
    answers: { 'POST /listKeys?2022-08-01': { primary: 'k1', secondary: 'k2' } },
    secrets: PAIR,
  },
  {
    kind: 'apimanagement/v20220801/Subscription',
    id: 'Microsoft.ApiManagement/service/s/subscriptions/u',
    answers: { 'POST /listSecrets?2022-08-01': PAIR },
    secrets: PAIR,
  },
  {
    kind: 'app/v20250101/ContainerApp',
    id: 'Microsoft.App/containerApps/a',
    resource: { properties: { latestRevisionFqdn: 'a.app', eventStreamEndpoint: 'https://e' } },
    configMaps: { fqdn: 'a.app', eventStreamEndpoint: 'https://e' },
  },
  {
    kind: 'appconfiguration/v20240601/ConfigurationStore',
    id: 'Microsoft.AppConfiguration/configurationStores/a',
    answers: {
      'POST /listKeys?2022-05-01': {
        value: [
          { id: 'i1', name: 'Primary', value: 'v1', connectionString: 'c1' },
          { id: 'i2', name: 'Secondary', value: 'v2', connectionString: 'c2' },
        ],
        nextLink: `${RG}/next`,
      },
      [`GET ${RG}/next`]: {
        value: [
          { id: 'i3', name: 'Primary Read Only', value: 'v3', connectionString: 'c3' },
          { id: 'i4', name: 'Secondary Read Only', value: 'v4', connectionString: 'c4' },
        ],
      },
    },
    secrets: {
      primaryKeyID: 'i1',
      primaryKey: 'v1',
      primaryConnectionString: 'c1',
      secondaryKeyID: 'i2',
      secondaryKey: 'v2',
      secondaryConnectionString: 'c2',
      primaryReadOnlyKeyID: 'i3',
      primaryReadOnlyKey: 'v3',
      primaryReadOnlyConnectionString: 'c3',
      secondaryReadOnlyKeyID: 'i4',
      secondaryReadOnlyKey: 'v4',
      secondaryReadOnlyConnectionString: 'c4',
    },
  },
  {
    kind: 'cache/v1api20230401/Redis',
    id: 'Microsoft.Cache/redis/r',
    resource: { properties: { hostName: 'r.redis', port: 6379, sslPort: 6380 } },
    answers: { 'POST /listKeys?2021-06-01': PAIR },
    secrets: { ...PAIR, hostName: 'r.redis', port: '6379', sslPort: '6380' },
  },
  {
    kind: 'cache/v20250701/RedisEnterpriseDatabase',
    id: 'Microsoft.Cache/redisEnterprise/r/databases/default',
    answers: { 'POST /listKeys?2022-01-01': PAIR },
    secrets: PAIR,
  },
  {
    kind: 'cognitiveservices/v20250601/Account',
    id: 'Microsoft.CognitiveServices/accounts/a',
    answers: { 'POST /listKeys?2025-06-01': { key1: 'k1', key2: 'k2' } },
    secrets: { key1: 'k1', key2: 'k2' },
  },
  {
    kind: 'communication/v20230401/CommunicationService',
    id: 'Microsoft.Communication/communicationServices/c',
    resource: { properties: { hostName: 'c.communication' } },
    answers: { 'POST /listKeys?2020-08-20': FOUR },
    secrets: FOUR,
    configMaps: { hostName: 'c.communication' },
  },
  {
    kind: 'containerservice/v1api20250801/ManagedCluster',
    id: 'Microsoft.ContainerService/managedClusters/m',
    resource: { identity, properties: { oidcIssuerProfile: { issuerURL: 'https://oidc' } } },
    answers: {
      'POST /listClusterAdminCredential?2022-04-01': { kubeconfigs: [{ name: 'a', value: base64('admin config') }] },
      'POST /listClusterUserCredential?2022-04-01': { kubeconfigs: [{ name: 'u', value: base64('user config') }] },
    },
    secrets: { adminCredentials: 'admin config', userCredentials: 'user config' },
    configMaps: { oidcIssuerProfile: 'https://oidc', principalId: 'p' },
  },
  {
    kind: 'dataprotection/v20231101/BackupVault',
    id: 'Microsoft.DataProtection/backupVaults/b',
    resource: { identity },
    configMaps: { principalId: 'p' },
  },
  {
    kind: 'dbformariadb/v1api20180601/Server',
    id: 'Microsoft.DBforMariaDB/servers/s',
    resource: { properties: { fullyQualifiedDomainName: 's.mariadb' } },
    secrets: { fullyQualifiedDomainName: 's.mariadb' },
  },
  {
    kind: 'dbformysql/v20231230/FlexibleServer',
    id: 'Microsoft.DBforMySQL/flexibleServers/s',
    resource: { properties: { fullyQualifiedDomainName: 's.mysql', administratorLogin: 'root' } },
    secrets: { fullyQualifiedDomainName: 's.mysql' },
    configMaps: { fullyQualifiedDomainName: 's.mysql', administratorLogin: 'root' },
  },
  {
    kind: 'dbforpostgresql/v20250801/FlexibleServer',
    id: 'Microsoft.DBforPostgreSQL/flexibleServers/s',
    resource: { properties: { fullyQualifiedDomainName: 's.postgres' } },
    secrets: { fullyQualifiedDomainName: 's.postgres' },
    configMaps: { fullyQualifiedDomainName: 's.postgres' },
  },
  {
    kind: 'devices/v1api20210702/IotHub',
    id: 'Microsoft.Devices/IotHubs/h',
    answers: {
      'POST /listkeys?2023-06-30': {
        value: ['iothubowner', 'service', 'device'].map((keyName) => ({
          keyName,
          primaryKey: `${keyName} 1`,
          secondaryKey: `${keyName} 2`,
        })),
        nextLink: `${RG}/next`,
      },
      [`GET ${RG}/next`]: {
        value: ['registryRead', 'registryReadWrite'].map((keyName) => ({
          keyName,
          primaryKey: `${keyName} 1`,
          secondaryKey: `${keyName} 2`,
        })),
      },
    },
    secrets: {
      iotHubOwnerPrimaryKey: 'iothubowner 1',
      iotHubOwnerSecondaryKey: 'iothubowner 2',
      servicePrimaryKey: 'service 1',
      serviceSecondaryKey: 'service 2',
      devicePrimaryKey: 'device 1',
      deviceSecondaryKey: 'device 2',
      registryReadPrimaryKey: 'registryRead 1',
      registryReadSecondaryKey: 'registryRead 2',
      registryReadWritePrimaryKey: 'registryReadWrite 1',
      registryReadWriteSecondaryKey: 'registryReadWrite 2',
    },
  },
  {
    kind: 'documentdb/v1api20240815/DatabaseAccount',
    id: 'Microsoft.DocumentDB/databaseAccounts/d',
    resource: { properties: { documentEndpoint: 'https://d' } },
    answers: {
      'POST /listKeys?2021-10-15': {
        primaryMasterKey: 'm1',
        secondaryMasterKey: 'm2',
        primaryReadonlyMasterKey: 'r1',
        secondaryReadonlyMasterKey: 'r2',
      },
    },
    secrets: {
      primaryMasterKey: 'm1',
      secondaryMasterKey: 'm2',
      primaryReadonlyMasterKey: 'r1',
      secondaryReadonlyMasterKey: 'r2',
      documentEndpoint: 'https://d',
    },
  },
  {
    kind: 'eventgrid/v1api20200601/Topic',
    id: 'Microsoft.EventGrid/topics/t',
    resource: { properties: { endpoint: 'https://t' } },
    answers: { 'POST /listKeys?2021-12-01': { key1: 'k1', key2: 'k2' } },
    secrets: { key1: 'k1', key2: 'k2' },
    configMaps: { endpoint: 'https://t' },
  },
  {
    kind: 'eventhub/v1api20240101/Namespace',
    id: 'Microsoft.EventHub/namespaces/n',
    answers: { 'POST /authorizationRules/RootManageSharedAccessKey/listKeys?2024-01-01': FOUR },
    secrets: FOUR,
  },
  {
    kind: 'eventhub/v1api20240101/NamespacesAuthorizationRule',
    id: 'Microsoft.EventHub/namespaces/n/authorizationRules/a',
    answers: { 'POST /listKeys?2024-01-01': FOUR },
    secrets: FOUR,
  },
  {
    kind: 'eventhub/v1api20240101/NamespacesEventhubsAuthorizationRule',
    id: 'Microsoft.EventHub/namespaces/n/eventhubs/h/authorizationRules/a',
    answers: { 'POST /listKeys?2024-01-01': FOUR },
    secrets: FOUR,
  },
  {
    kind: 'insights/v1api20200202/Component',
    id: 'microsoft.insights/components/c',
    resource: { properties: { ConnectionString: 'c', InstrumentationKey: 'i' } },
    configMaps: { connectionString: 'c', instrumentationKey: 'i' },
  },
  {
    kind: 'kubernetesconfiguration/v1api20241101/Extension',
    id: 'Microsoft.KubernetesConfiguration/extensions/e',
    resource: { properties: { aksAssignedIdentity: { principalId: 'p' } } },
    configMaps: { principalId: 'p' },
  },
  {
    kind: 'kusto/v1api20240413/Cluster',
    id: 'Microsoft.Kusto/clusters/c',
    resource: { identity },
    configMaps: { clusterPrincipalId: 'p', clusterTenantId: 't' },
  },
  {
    kind: 'machinelearningservices/v1api20240401/Registry',
    id: 'Microsoft.MachineLearningServices/registries/r',
    resource: { properties: { discoveryUrl: 'https://d', mlFlowRegistryUri: 'azureml://m' } },
    configMaps: { discoveryUrl: 'https://d', mlFlowRegistryUri: 'azureml://m' },
  },
  {
    kind: 'machinelearningservices/v1api20240401/Workspace',
    id: 'Microsoft.MachineLearningServices/workspaces/w',
    answers: {
      'POST /listKeys?2021-07-01': {
        appInsightsInstrumentationKey: 'a',
        userStorageKey: 'u',
        notebookAccessKeys: { primaryAccessKey: 'n1', secondaryAccessKey: 'n2' },
        containerRegistryCredentials: {
          username: 'name',
          passwords: [
            { name: 'password2', value: 'w2' },
            { name: 'password', value: 'w1' },
          ],
        },
      },
    },
    secrets: {
      appInsightsInstrumentationKey: 'a',
      userStorageKey: 'u',
      primaryNotebookAccessKey: 'n1',
      secondaryNotebookAccessKey: 'n2',
      containerRegistryUserName: 'name',
      containerRegistryPassword: 'w1',
      containerRegistryPassword2: 'w2',
    },
  },
  {
    kind: 'managedidentity/v1api20230131/UserAssignedIdentity',
    id: 'Microsoft.ManagedIdentity/userAssignedIdentities/u',
    resource: { properties: { clientId: 'c', principalId: 'p', tenantId: 't' } },
    secrets: { clientId: 'c', principalId: 'p', tenantId: 't', subscriptionId: SUBSCRIPTION_ID },
    configMaps: { clientId: 'c', principalId: 'p', tenantId: 't' },
  },
  {
    kind: 'network/v20250301/PrivateEndpoint',
    id: 'Microsoft.Network/privateEndpoints/p',
    resource: { properties: { networkInterfaces: [{ id: `${RG}/providers/Microsoft.Network/networkInterfaces/n` }] } },
    answers: {
      [`GET ${RG}/providers/Microsoft.Network/networkInterfaces/n?2022-01-01`]: {
        properties: {
          ipConfigurations: [
            { properties: { primary: false, privateIPAddress: '10.0.0.9' } },
            { properties: { primary: true, privateIPAddress: '10.0.0.4' } },
          ],
        },
      },
    },
    configMaps: { primaryNicPrivateIpAddress: '10.0.0.4' },
  },
  {
    kind: 'network/v20250301/PrivateLinkService',
    id: 'Microsoft.Network/privateLinkServices/p',
    resource: { properties: { alias: 'a' } },
    configMaps: { alias: 'a' },
  },
  {
    kind: 'network/v1api20220401/TrafficManagerProfile',
    id: 'Microsoft.Network/trafficmanagerprofiles/t',
    resource: { properties: { dnsConfig: { fqdn: 't.trafficmanager' } } },
    configMaps: { dnsConfigFqdn: 't.trafficmanager' },
  },
  {
    kind: 'notificationhubs/v1api20230901/Namespace',
    id: 'Microsoft.NotificationHubs/namespaces/n',
    resource: { properties: { serviceBusEndpoint: 'https://s' } },
    answers: { 'POST /AuthorizationRules/RootManageSharedAccessKey/listKeys?2017-04-01': FOUR },
    secrets: FOUR,
    configMaps: { serviceBusEndpoint: 'https://s' },
  },
  {
    kind: 'notificationhubs/v1api20230901/NotificationHub',
    id: 'Microsoft.NotificationHubs/namespaces/n/notificationHubs/h',
    answers: { 'POST /AuthorizationRules/DefaultFullSharedAccessSignature/listKeys?2017-04-01': FOUR },
    secrets: FOUR,
  },
  {
    kind: 'operationalinsights/v20250701/Workspace',
    id: 'Microsoft.OperationalInsights/workspaces/w',
    answers: { 'POST /sharedKeys?2020-08-01': { primarySharedKey: 'k1', secondarySharedKey: 'k2' } },
    secrets: { primarySharedKey: 'k1', secondarySharedKey: 'k2' },
  },
  {
    kind: 'redhatopenshift/v1api20231122/OpenShiftCluster',
    id: 'Microsoft.RedHatOpenShift/openShiftClusters/o',
    answers: {
      'POST /listAdminCredentials?2023-11-22': { kubeconfig: 'config' },
      'POST /listCredentials?2023-11-22': { kubeadminUsername: 'kubeadmin', kubeadminPassword: 'password' },
    },
    secrets: { adminCredentials: 'config', username: 'kubeadmin', password: 'password' },
  },
  {
    kind: 'redhatopenshift/v1api20260630preview/HcpOpenShiftCluster',
    id: 'Microsoft.RedHatOpenShift/hcpOpenShiftClusters/o',
    answers: { 'POST /requestAdminCredential?2026-06-30-preview': { kubeconfig: 'config' } },
    secrets: { adminCredentials: 'config' },
  },
  {
    kind: 'search/v1api20220901/SearchService',
    id: 'Microsoft.Search/searchServices/s',
    resource: { identity },
    answers: {
      'POST /listQueryKeys?2025-05-01': { value: [{ name: 'named', key: 'n' }], nextLink: `${RG}/next` },
      [`GET ${RG}/next`]: { value: [{ name: null, key: 'q' }] },
      'POST /listAdminKeys?2025-05-01': PAIR,
    },
    secrets: { queryKey: 'q', adminPrimaryKey: 'k1', adminSecondaryKey: 'k2' },
    configMaps: { identityPrincipalId: 'p', identityTenantId: 't' },
  },
  {
    kind: 'servicebus/v1api20240101/Namespace',
    id: 'Microsoft.ServiceBus/namespaces/n',
    resource: { properties: { serviceBusEndpoint: 'https://s' } },
    answers: { 'POST /AuthorizationRules/RootManageSharedAccessKey/listKeys?2021-11-01': FOUR },
    secrets: { ...FOUR, endpoint: 'https://s' },
  },
  {
    kind: 'servicebus/v1api20240101/NamespacesAuthorizationRule',
    id: 'Microsoft.ServiceBus/namespaces/n/AuthorizationRules/a',
    answers: { 'POST /listKeys?2021-11-01': FOUR },
    secrets: FOUR,
  },
  {
    kind: 'servicebus/v1api20240101/TopicAuthorizationRule',
    id: 'Microsoft.ServiceBus/namespaces/n/topics/t/authorizationRules/a',
    answers: { 'POST /ListKeys?2021-11-01': FOUR },
    secrets: FOUR,
  },
  {
    kind: 'signalrservice/v1api20240301/SignalR',
    id: 'Microsoft.SignalRService/signalR/s',
    answers: { 'POST /listKeys?2023-02-01': FOUR },
    secrets: FOUR,
  },
  {
    kind: 'sql/v20250101/Server',
    id: 'Microsoft.Sql/servers/s',
    resource: { properties: { fullyQualifiedDomainName: 's.sql' } },
    configMaps: { fullyQualifiedDomainName: 's.sql' },
  },
  {
    kind: 'storage/v20250601/StorageAccount',
    id: 'Microsoft.Storage/storageAccounts/s',
    resource: {
      properties: { primaryEndpoints: { blob: 'b', queue: 'q', table: 't', file: 'f', web: 'w', dfs: 'd' } },
    },
    answers: {
      'POST /listKeys?2024-01-01': {
        keys: [
          { keyName: 'key2', value: 'k2' },
          { keyName: 'key1', value: 'k1' },
        ],
      },
    },
    secrets: {
      key1: 'k1',
      key2: 'k2',
      blobEndpoint: 'b',
      queueEndpoint: 'q',
      tableEndpoint: 't',
      fileEndpoint: 'f',
      webEndpoint: 'w',
      dfsEndpoint: 'd',
    },
    configMaps: {
      blobEndpoint: 'b',
      queueEndpoint: 'q',
      tableEndpoint: 't',
      fileEndpoint: 'f',
      webEndpoint: 'w',
      dfsEndpoint: 'd',
    },
  },
];

const idOf = (row: Row): string => `${RG}/providers/${row.id}`;

/** 'POST /listKeys?2024-01-01' of 'POST <the resource>/listKeys?api-version=2024-01-01'. */
function named(row: Row, request: ArmRequest): string {
  return `${request.verb} ${request.url.replace(idOf(row), '').replace('?api-version=', '?')}`;
}

function played(row: Row, operatorSpec: JsonObject) {
  const [group, version, kind = ''] = row.kind.split('/');
  const asked: string[] = [];
  const end = pass(
    { apiVersion: `${group}.azure.com/${version}`, kind, id: idOf(row), spec: { operatorSpec } },
    (request) => {
      const path = request.url.split('?')[0];
      // The first row of every kind: its own resource, written and read.
      if (path === idOf(row)) return ok({ id: idOf(row), ...row.resource });
      const name = named(row, request);
      asked.push(name);
      const answer = row.answers?.[name];
      return answer === undefined ? refusal(404, 'NotFound', name) : ok(answer);
    },
  );
  return { ...end, asked };
}

const destinations = (wanted: Readonly<Record<string, string>> | undefined, name: string): JsonObject =>
  Object.fromEntries(Object.keys(wanted ?? {}).map((field) => [field, { name, key: field }]));

function dataOf(targets: readonly ExportTarget[], kind: ExportTarget['kind']): Readonly<Record<string, string>> {
  const target = targets.find((candidate) => candidate.kind === kind);
  return Object.fromEntries(Object.entries(target?.data ?? {}).map(([key, value]) => [key, value.reveal()]));
}

it.each(ROWS.map((row) => [row.kind, row] as const))('%s writes what it can export', (_kind, row) => {
  const { asked, written, end } = played(row, {
    secrets: destinations(row.secrets, 'secret'),
    configMaps: destinations(row.configMaps, 'map'),
  });
  expect(verdictOf(end)).toBe('True');
  expect(dataOf(written, 'Secret')).toEqual(row.secrets ?? {});
  expect(dataOf(written, 'ConfigMap')).toEqual(row.configMaps ?? {});
  expect(asked.sort()).toEqual(Object.keys(row.answers ?? {}).sort());
});

it.each(ROWS.map((row) => [row.kind, row] as const))('%s is asked for nothing when nobody wants it', (_kind, row) => {
  const { asked, written, end } = played(row, {});
  expect([verdictOf(end), asked, written]).toEqual(['True', [], []]);
});

it.each(ROWS.filter((row) => row.secrets !== undefined).map((row) => [row.kind, row] as const))(
  '%s gives every secret to expressions too',
  (_kind, row) => {
    const fields = Object.keys(row.secrets ?? {});
    const { written } = played(row, {
      secretExpressions: fields.map((field) => ({ name: 'secret', key: field, value: `secret.${field}` })),
    });
    expect(dataOf(written, 'Secret')).toEqual(row.secrets);
  },
);

it('no value that a schema offers is without a row', () => {
  const missing = [...shippedKinds()].flatMap(([name, { schemas }]) => {
    const [group = '', kind = ''] = name.split('/');
    const rows = ROWS.filter(
      (row) => row.kind.startsWith(`${group.replace('.azure.com', '')}/`) && row.kind.endsWith(`/${kind}`),
    );
    return Object.values(schemas).flatMap((schema) =>
      (['secrets', 'configMaps'] as const).flatMap((list) =>
        fieldsOf(schema, list)
          .filter((field) => !rows.some((row) => row[list]?.[field] !== undefined))
          .map((field) => `${name} ${list}.${field}`),
      ),
    );
  });
  // The schema of Fleet offers a value that nothing fills, in the original as here.
  expect([...new Set(missing)]).toEqual(['containerservice.azure.com/Fleet secrets.userCredentials']);
});

function fieldsOf(schema: JsonObject, list: string): readonly string[] {
  const path = ['properties', 'spec', 'properties', 'operatorSpec', 'properties', list, 'properties'];
  const found = path.reduce<unknown>((held, member) => (isObject(held) ? held[member] : undefined), schema);
  return isObject(found) ? Object.keys(found) : [];
}
