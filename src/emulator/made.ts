// What providers make by themselves when a resource comes to be: addresses, principals, defaults. A table by type; exported values and
// statuses live on it. Source: the recorded answers.

import { createHash } from 'node:crypto';
import { isObject, type Json, type JsonObject } from '../values/json.ts';
import type { EmulatorSettings } from './settings.ts';
import { stableGuid } from './state.ts';

export interface Making {
  readonly id: string;
  readonly name: string;
  readonly body: JsonObject;
  readonly settings: EmulatorSettings;
}

export const guidOf = (text: string): string =>
  stableGuid(text.toLowerCase(), (input) => createHash('sha256').update(input).digest('hex'));

const MAKERS: Readonly<Record<string, (making: Making) => JsonObject>> = {
  'microsoft.managedidentity/userassignedidentities': ({ id, settings }) => ({
    properties: {
      clientId: guidOf(`client ${id}`),
      principalId: guidOf(`principal ${id}`),
      tenantId: settings.tenantId,
    },
  }),
  'microsoft.storage/storageaccounts': ({ name, body }) => ({
    properties: {
      primaryEndpoints: Object.fromEntries(
        ['blob', 'queue', 'table', 'file', 'web', 'dfs'].map((service) => [
          service,
          `https://${name}.${service === 'web' ? 'z5.web' : service}.core.windows.net/`,
        ]),
      ),
      primaryLocation: String(body.location ?? ''),
      statusOfPrimary: 'available',
      creationTime: '2001-02-03T04:05:06.0000000Z',
    },
  }),
  'microsoft.dbforpostgresql/flexibleservers': ({ name }) => ({
    properties: { fullyQualifiedDomainName: `${name}.postgres.database.azure.com`, state: 'Ready', minorVersion: '7' },
  }),
  'microsoft.dbformysql/flexibleservers': ({ name }) => ({
    properties: { fullyQualifiedDomainName: `${name}.mysql.database.azure.com`, state: 'Ready' },
  }),
  'microsoft.sql/servers': ({ name }) => ({
    properties: { fullyQualifiedDomainName: `${name}.database.windows.net`, state: 'Ready' },
  }),
  'microsoft.keyvault/vaults': ({ name }) => ({
    properties: { vaultUri: `https://${name}.vault.azure.net/` },
  }),
  'microsoft.containerservice/managedclusters': ({ id, name, body, settings }) => ({
    properties: {
      fqdn: `${name}-${guidOf(id).slice(0, 8)}.hcp.westus3.azmk8s.io`,
      nodeResourceGroup: `MC_${id.split('/')[4]}_${name}`,
      powerState: { code: 'Running' },
      ...(isObject(body.properties) && isObject(body.properties.oidcIssuerProfile)
        ? {
            oidcIssuerProfile: {
              ...body.properties.oidcIssuerProfile,
              issuerURL: `https://oidc.prod-aks.azure.com/${settings.tenantId}/${guidOf(name)}/`,
            },
          }
        : {}),
    },
  }),
  'microsoft.cache/redis': ({ name }) => ({
    properties: { hostName: `${name}.redis.cache.windows.net`, port: 6379, sslPort: 6380 },
  }),
  'microsoft.operationalinsights/workspaces': ({ id }) => ({ properties: { customerId: guidOf(id) } }),
  'microsoft.dbformariadb/servers': ({ name }) =>
    host('fullyQualifiedDomainName', `${name}.mariadb.database.azure.com`),
  'microsoft.documentdb/databaseaccounts': ({ name }) =>
    host('documentEndpoint', `https://${name}.documents.azure.com:443/`),
  'microsoft.servicebus/namespaces': ({ name }) =>
    host('serviceBusEndpoint', `https://${name}.servicebus.windows.net:443/`),
  'microsoft.eventhub/namespaces': ({ name }) =>
    host('serviceBusEndpoint', `https://${name}.servicebus.windows.net:443/`),
  'microsoft.notificationhubs/namespaces': ({ name }) =>
    host('serviceBusEndpoint', `https://${name}.servicebus.windows.net:443/`),
  'microsoft.eventgrid/topics': ({ name, body }) =>
    host('endpoint', `https://${name}.${region(body)}-1.eventgrid.azure.net/api/events`),
  'microsoft.eventgrid/domains': ({ name, body }) =>
    host('endpoint', `https://${name}.${region(body)}-1.eventgrid.azure.net/api/events`),
  'microsoft.communication/communicationservices': ({ name }) =>
    host('hostName', `${name}.unitedstates.communication.azure.com`),
  'microsoft.containerregistry/registries': ({ name }) => host('loginServer', `${name}.azurecr.io`),
  'microsoft.signalrservice/signalr': ({ name }) => host('hostName', `${name}.service.signalr.net`),
  'microsoft.appconfiguration/configurationstores': ({ name }) => host('endpoint', `https://${name}.azconfig.io`),
  'microsoft.cognitiveservices/accounts': ({ name }) =>
    host('endpoint', `https://${name}.cognitiveservices.azure.com/`),
  'microsoft.app/containerapps': ({ name, body }) => ({
    properties: {
      latestRevisionFqdn: `${name}--1.${region(body)}.azurecontainerapps.io`,
      eventStreamEndpoint: `https://${region(body)}.azurecontainerapps.dev/${name}/eventstream`,
    },
  }),
  'microsoft.insights/components': ({ id }) => ({
    properties: {
      InstrumentationKey: guidOf(id),
      ConnectionString: `InstrumentationKey=${guidOf(id)};IngestionEndpoint=https://westus2-1.in.applicationinsights.azure.com/`,
    },
  }),
  'microsoft.machinelearningservices/registries': ({ name, body }) => ({
    properties: {
      discoveryUrl: `https://${region(body)}.api.azureml.ms/registrymanagement/v1.0/registries/${name}/discovery`,
      mlFlowRegistryUri: `azureml://${region(body)}.api.azureml.ms/mlflow/v1.0/registries/${name}`,
    },
  }),
  'microsoft.network/privatelinkservices': ({ id, name, body }) =>
    host('alias', `${name}.${guidOf(id)}.${region(body)}.azure.privatelinkservice`),
  'microsoft.network/trafficmanagerprofiles': ({ name, body }) => ({
    properties: {
      dnsConfig: {
        ...(isObject(body.properties) && isObject(body.properties.dnsConfig) ? body.properties.dnsConfig : {}),
        fqdn: `${name}.trafficmanager.net`,
      },
    },
  }),
  'microsoft.authorization/roleassignments': ({ id }) => ({
    properties: {
      scope: id.slice(0, id.toLowerCase().lastIndexOf('/providers/microsoft.authorization')),
      createdOn: '2001-02-03T04:05:06.0000000Z',
      createdBy: null,
    },
  }),
};

function host(member: string, value: string): JsonObject {
  return { properties: { [member]: value } };
}

function region(body: JsonObject): string {
  return String(body.location ?? 'westus2')
    .toLowerCase()
    .replaceAll(' ', '');
}

/** Members that the server adds to what was sent, whatever that was. */
export function made(type: string, making: Making): JsonObject {
  return { ...identityOf(making), ...MAKERS[type.toLowerCase()]?.(making) };
}

/** Resources with an identity of their own, or with given ones, show the principals. */
function identityOf({ id, body, settings }: Making): JsonObject {
  const { identity } = body;
  if (!isObject(identity)) return {};
  const given = isObject(identity.userAssignedIdentities) ? identity.userAssignedIdentities : undefined;
  return {
    identity: {
      ...identity,
      ...(/systemassigned/i.test(String(identity.type))
        ? { principalId: guidOf(`principal ${id}`), tenantId: settings.tenantId }
        : {}),
      ...(given === undefined
        ? {}
        : {
            userAssignedIdentities: Object.fromEntries(
              Object.keys(given).map((key) => [
                key,
                { principalId: guidOf(`principal ${key}`), clientId: guidOf(`client ${key}`) },
              ]),
            ),
          }),
    },
  };
}

/** What a type has when nothing was sent for it. Recorded answers show these. */
const DEFAULTED: Readonly<Record<string, JsonObject>> = {
  'microsoft.storage/storageaccounts': {
    properties: {
      minimumTlsVersion: 'TLS1_2',
      allowBlobPublicAccess: false,
      allowCrossTenantReplication: false,
      supportsHttpsTrafficOnly: true,
      networkAcls: { bypass: 'AzureServices', virtualNetworkRules: [], ipRules: [], defaultAction: 'Allow' },
      encryption: {
        services: { file: { keyType: 'Account', enabled: true }, blob: { keyType: 'Account', enabled: true } },
        keySource: 'Microsoft.Storage',
      },
      accessTier: 'Hot',
    },
  },
  'microsoft.keyvault/vaults': { properties: { enableSoftDelete: true, softDeleteRetentionInDays: 90 } },
  'microsoft.dbforpostgresql/flexibleservers': {
    properties: {
      backup: { backupRetentionDays: 7, geoRedundantBackup: 'Disabled' },
      highAvailability: { mode: 'Disabled', state: 'NotEnabled' },
      maintenanceWindow: { customWindow: 'Disabled', dayOfWeek: 0, startHour: 0, startMinute: 0 },
      replicationRole: 'Primary',
    },
  },
  'microsoft.dbforpostgresql/flexibleservers/databases': { properties: { charset: 'UTF8', collation: 'en_US.utf8' } },
  'microsoft.network/virtualnetworks': { properties: { enableDdosProtection: false, virtualNetworkPeerings: [] } },
  'microsoft.network/virtualnetworks/subnets': {
    properties: {
      delegations: [],
      privateEndpointNetworkPolicies: 'Enabled',
      privateLinkServiceNetworkPolicies: 'Enabled',
    },
  },
  'microsoft.cache/redis': {
    properties: { redisVersion: '6.0', enableNonSslPort: false, publicNetworkAccess: 'Enabled' },
  },
};

/** What was sent over what the type has by itself, at every depth. */
export function withDefaults(type: string, body: JsonObject): JsonObject {
  const defaults = DEFAULTED[type.toLowerCase()];
  return defaults === undefined ? body : over(defaults, body);
}

function over(below: JsonObject, above: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...below };
  for (const [name, value] of Object.entries(above)) {
    const held = below[name];
    merged[name] = isObject(held) && isObject(value) ? over(held, value) : value;
  }
  return merged;
}

/** Members that are never given back: passwords, and modes that only a write means. */
const WRITE_ONLY: Readonly<Record<string, readonly string[]>> = {
  'microsoft.dbforpostgresql/flexibleservers': ['administratorLoginPassword', 'createMode'],
  'microsoft.dbformysql/flexibleservers': ['administratorLoginPassword', 'createMode'],
  'microsoft.sql/servers': ['administratorLoginPassword'],
  'microsoft.keyvault/vaults': ['createMode'],
  'microsoft.compute/virtualmachines': ['adminPassword'],
};

export function withoutWriteOnly(type: string, body: JsonObject): JsonObject {
  const names = WRITE_ONLY[type.toLowerCase()];
  if (names === undefined || !isObject(body.properties)) return body;
  return {
    ...body,
    properties: Object.fromEntries(Object.entries(body.properties).filter(([name]) => !names.includes(name))),
  };
}

const DISPLAY: Readonly<Record<string, string>> = {
  eastus: 'East US',
  westus: 'West US',
  westus2: 'West US 2',
  westus3: 'West US 3',
  westeurope: 'West Europe',
  northeurope: 'North Europe',
  uksouth: 'UK South',
  westcentralus: 'West Central US',
};
const DISPLAYS_LOCATION = new Set([
  'microsoft.dbforpostgresql/flexibleservers',
  'microsoft.cache/redis',
  'microsoft.servicebus/namespaces',
  'microsoft.web/sites',
  'microsoft.web/serverfarms',
]);

/** How a provider shows a location that was sent as `westus2`. */
export function shownLocation(type: string, location: string): string {
  return DISPLAYS_LOCATION.has(type.toLowerCase()) ? (DISPLAY[location.toLowerCase()] ?? location) : location;
}
