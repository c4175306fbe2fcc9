// What providers make by themselves when a resource comes to be: addresses and principals. A table by type; exported values and
// statuses live on it. Source: the recorded answers.

import { createHash } from 'node:crypto';
import { isObject, type JsonObject } from '../values/json.ts';
import { plainRegion } from './regions.ts';
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
  'microsoft.dbforpostgresql/flexibleservers': ({ name, settings }) => ({
    properties: {
      fullyQualifiedDomainName:
        settings.serverHosts['microsoft.dbforpostgresql/flexibleservers'] ?? `${name}.postgres.database.azure.com`,
      state: 'Ready',
      minorVersion: '7',
    },
  }),
  'microsoft.dbformysql/flexibleservers': ({ name, settings }) => ({
    properties: {
      fullyQualifiedDomainName:
        settings.serverHosts['microsoft.dbformysql/flexibleservers'] ?? `${name}.mysql.database.azure.com`,
      state: 'Ready',
    },
  }),
  'microsoft.sql/servers': ({ name, settings }) => ({
    properties: {
      fullyQualifiedDomainName: settings.serverHosts['microsoft.sql/servers'] ?? `${name}.database.windows.net`,
      state: 'Ready',
    },
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
  'microsoft.network/privateendpoints': ({ id }) => ({
    properties: { networkInterfaces: [{ id: endpointInterface(id) }] },
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

/** Id of the interface that Azure makes for a private endpoint. */
export function endpointInterface(id: string): string {
  return `${id.replace(/\/privateEndpoints\//i, '/networkInterfaces/')}.nic.${guidOf(`interface ${id}`)}`;
}

function host(member: string, value: string): JsonObject {
  return { properties: { [member]: value } };
}

function region(body: JsonObject): string {
  return plainRegion(String(body.location ?? 'westus2'));
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
