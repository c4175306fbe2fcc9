// What providers make by themselves when a resource comes to be: addresses, principals, defaults. A table by type; exported values and
// statuses live on it. Source: the recorded answers.

import { createHash } from 'node:crypto';
import { isObject, type JsonObject } from '../values/json.ts';
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
  'microsoft.storage/storageaccounts': ({ name }) => ({
    properties: {
      primaryEndpoints: Object.fromEntries(
        ['blob', 'queue', 'table', 'file', 'web', 'dfs'].map((service) => [
          service,
          `https://${name}.${service === 'web' ? 'z5.web' : service}.core.windows.net/`,
        ]),
      ),
      minimumTlsVersion: 'TLS1_2',
      primaryLocation: 'westus2',
      statusOfPrimary: 'available',
      creationTime: '2001-02-03T04:05:06.0000000Z',
      supportsHttpsTrafficOnly: true,
    },
  }),
  'microsoft.dbforpostgresql/flexibleservers': ({ name }) => ({
    properties: { fullyQualifiedDomainName: `${name}.postgres.database.azure.com`, state: 'Ready', minorVersion: '1' },
  }),
  'microsoft.dbformysql/flexibleservers': ({ name }) => ({
    properties: { fullyQualifiedDomainName: `${name}.mysql.database.azure.com`, state: 'Ready' },
  }),
  'microsoft.sql/servers': ({ name }) => ({
    properties: { fullyQualifiedDomainName: `${name}.database.windows.net`, state: 'Ready' },
  }),
  'microsoft.keyvault/vaults': ({ name }) => ({
    properties: { vaultUri: `https://${name}.vault.azure.net/`, enableSoftDelete: true, softDeleteRetentionInDays: 90 },
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
    ...(isObject(body.identity)
      ? { identity: { ...body.identity, principalId: guidOf(`principal ${id}`), tenantId: settings.tenantId } }
      : {}),
  }),
  'microsoft.cache/redis': ({ name }) => ({
    properties: { hostName: `${name}.redis.cache.windows.net`, port: 6379, sslPort: 6380 },
  }),
  'microsoft.operationalinsights/workspaces': ({ id }) => ({ properties: { customerId: guidOf(id) } }),
  'microsoft.authorization/roleassignments': ({ id }) => ({
    properties: {
      scope: id.slice(0, id.toLowerCase().lastIndexOf('/providers/microsoft.authorization')),
      createdOn: '2001-02-03T04:05:06.0000000Z',
      createdBy: null,
    },
  }),
};

/** Members that the server adds to what was sent. */
export function made(type: string, making: Making): JsonObject {
  return MAKERS[type.toLowerCase()]?.(making) ?? {};
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
