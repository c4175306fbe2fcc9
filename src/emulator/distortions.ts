// How answers differ from what was sent, type by type: defaults, letter case, members that never come back, a PUT that shows another
// thing than a GET. Source: arm-protocol section 14; the numbers are its rows.

import { isObject, type Json, type JsonObject } from '../values/json.ts';
import { fakeKey } from './actions.ts';
import { guidOf } from './made.ts';
import { displayRegion } from './regions.ts';

/** Whether an answer is a write's own or a read's. */
export type Showing = 'PUT' | 'GET';
type Distortion = (body: JsonObject, showing: Showing) => JsonObject;

/** Row 7: what a type has when nothing was sent for it. */
const DEFAULTS: Readonly<Record<string, JsonObject>> = {
  'microsoft.storage/storageaccounts': {
    properties: {
      minimumTlsVersion: 'TLS1_2',
      allowBlobPublicAccess: false,
      allowCrossTenantReplication: false,
      supportsHttpsTrafficOnly: true,
      privateEndpointConnections: [],
      networkAcls: { bypass: 'AzureServices', virtualNetworkRules: [], ipRules: [], defaultAction: 'Allow' },
      encryption: {
        services: { file: { keyType: 'Account', enabled: true }, blob: { keyType: 'Account', enabled: true } },
        keySource: 'Microsoft.Storage',
      },
      accessTier: 'Hot',
    },
  },
  'microsoft.storage/storageaccounts/blobservices': {
    properties: { cors: { corsRules: [] }, deleteRetentionPolicy: { enabled: false } },
  },
  'microsoft.keyvault/vaults': { properties: { enableSoftDelete: true, softDeleteRetentionInDays: 90 } },
  'microsoft.dbforpostgresql/flexibleservers': {
    properties: {
      backup: { backupRetentionDays: 7, geoRedundantBackup: 'Disabled' },
      highAvailability: { mode: 'Disabled', state: 'NotEnabled' },
      maintenanceWindow: { customWindow: 'Disabled', dayOfWeek: 0, startHour: 0, startMinute: 0 },
      network: { publicNetworkAccess: 'Enabled' },
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
  'microsoft.servicebus/namespaces/queues': {
    properties: {
      lockDuration: 'PT1M',
      maxSizeInMegabytes: 1024,
      requiresDuplicateDetection: false,
      requiresSession: false,
      defaultMessageTimeToLive: 'P10675199DT2H48M5.4775807S',
      deadLetteringOnMessageExpiration: false,
      enableBatchedOperations: true,
      maxDeliveryCount: 10,
      enablePartitioning: false,
      enableExpress: false,
      status: 'Active',
    },
  },
};

/** Row 15: passwords, and modes that only a write means. Below `properties`. */
const WRITE_ONLY: Readonly<Record<string, readonly string[]>> = {
  'microsoft.dbforpostgresql/flexibleservers': ['administratorLoginPassword', 'createMode'],
  'microsoft.dbformysql/flexibleservers': ['administratorLoginPassword', 'createMode'],
  'microsoft.sql/servers': ['administratorLoginPassword'],
  'microsoft.keyvault/vaults': ['createMode'],
  'microsoft.appconfiguration/configurationstores': ['createMode'],
  'microsoft.apimanagement/service': ['restore'],
  'microsoft.cognitiveservices/accounts': ['restore'],
};

/** Rows 1, 2: providers that answer with a region's display name; 'GET' only for those whose PUT still answers what was sent. */
const DISPLAYS_LOCATION: Readonly<Record<string, 'always' | 'GET'>> = {
  'microsoft.dbforpostgresql/flexibleservers': 'always',
  'microsoft.cache/redis': 'always',
  'microsoft.servicebus/namespaces': 'always',
  'microsoft.documentdb/databaseaccounts': 'always',
  'microsoft.web/sites': 'GET',
  'microsoft.web/serverfarms': 'GET',
};

/** Row 5: how some providers spell their own type. */
const TYPE_CASE: Readonly<Record<string, string>> = {
  'microsoft.cache/redis': 'Microsoft.Cache/Redis',
  'microsoft.containerservice/managedclusters': 'Microsoft.ContainerService/ManagedClusters',
  'microsoft.servicebus/namespaces': 'Microsoft.ServiceBus/Namespaces',
  'microsoft.servicebus/namespaces/queues': 'Microsoft.ServiceBus/Namespaces/Queues',
};

/** Row 4. */
const LOWER_GROUP = new Set([
  'microsoft.managedidentity/userassignedidentities',
  'microsoft.containerservice/managedclusters',
]);

/** Row 6. */
const EMPTY_TAGS = new Set([
  'microsoft.storage/storageaccounts',
  'microsoft.keyvault/vaults',
  'microsoft.cache/redis',
  'microsoft.appconfiguration/configurationstores',
  'microsoft.managedidentity/userassignedidentities',
]);

const OWN: Readonly<Record<string, Distortion>> = {
  // Row 9.
  'microsoft.storage/storageaccounts': (body) =>
    within(body, ['sku'], (sku) => ({ ...sku, tier: String(sku.name).split('_')[0] ?? '' })),
  'microsoft.containerservice/managedclusters': (body) => ({ sku: { name: 'Base', tier: 'Free' }, ...body }),
  'microsoft.web/serverfarms': (body) =>
    within(body, ['sku'], (sku) => ({
      size: sku.name ?? null,
      family: String(sku.name)[0] ?? '',
      capacity: 1,
      ...sku,
    })),
  // Rows 10, 11.
  'microsoft.dbforpostgresql/flexibleservers': (body) =>
    within(body, ['properties', 'maintenanceWindow'], (window) => ({
      ...window,
      customWindow: String(window.customWindow).replace(/^./, (first) => first.toUpperCase()),
    })),
  'microsoft.dbforpostgresql/flexibleservers/databases': (body) =>
    within(body, ['properties'], (properties) => ({
      ...properties,
      charset: String(properties.charset).toUpperCase(),
    })),
  // Rows 11, 12, 16.
  'microsoft.cache/redis': (body, showing) =>
    within(body, ['properties'], (properties) => ({
      ...properties,
      redisVersion: String(properties.redisVersion).includes('.')
        ? (properties.redisVersion ?? null)
        : `${properties.redisVersion}.0`,
      ...(isObject(properties.redisConfiguration) && 'maxmemory-delta' in properties.redisConfiguration
        ? { redisConfiguration: { ...properties.redisConfiguration, 'maxmemory-delta': '642' } }
        : {}),
      accessKeys:
        showing === 'PUT'
          ? { primaryKey: fakeKey(String(body.id), 'primary'), secondaryKey: fakeKey(String(body.id), 'secondary') }
          : null,
    })),
  // Row 3.
  'microsoft.documentdb/databaseaccounts': (body) =>
    within(body, ['properties'], (properties) => ({
      ...properties,
      ...(Array.isArray(properties.locations) ? { locations: properties.locations.map(shownPlace) } : {}),
    })),
  // Row 18.
  'microsoft.keyvault/vaults': (body, showing) =>
    within(body, ['properties'], (properties) => ({
      ...properties,
      vaultUri: showing === 'PUT' ? String(properties.vaultUri).replace(/\/$/, '') : (properties.vaultUri ?? null),
    })),
  'microsoft.authorization/roleassignments': (body, showing) =>
    within(body, ['properties'], (properties) => ({
      principalType: 'ServicePrincipal',
      ...properties,
      createdBy: showing === 'PUT' ? null : guidOf('the one who asked'),
    })),
};

function shownPlace(place: Json): Json {
  return isObject(place) && typeof place.locationName === 'string'
    ? { ...place, locationName: displayRegion(place.locationName) }
    : place;
}

function within(body: JsonObject, path: readonly string[], change: (held: JsonObject) => JsonObject): JsonObject {
  const [head, ...rest] = path;
  if (head === undefined) return change(body);
  const held = body[head];
  return isObject(held) ? { ...body, [head]: within(held, rest, change) } : body;
}

/** A body as its provider keeps it: what was sent over the defaults, without what never comes back. */
export function kept(type: string, body: JsonObject): JsonObject {
  const lower = type.toLowerCase();
  const names = WRITE_ONLY[lower] ?? [];
  const visible =
    names.length === 0
      ? body
      : within(body, ['properties'], (properties) =>
          Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name))),
        );
  const defaults = DEFAULTS[lower];
  return defaults === undefined ? visible : over(defaults, visible);
}

function over(below: JsonObject, above: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...below };
  for (const [name, value] of Object.entries(above)) {
    const held = below[name];
    merged[name] = isObject(held) && isObject(value) ? over(held, value) : value;
  }
  return merged;
}

/** A whole answer as its provider spells it. */
export function distorted(type: string, body: JsonObject, showing: Showing): JsonObject {
  const lower = type.toLowerCase();
  const spelled: JsonObject = {
    ...(EMPTY_TAGS.has(lower) ? { tags: {} } : {}),
    ...body,
    ...(LOWER_GROUP.has(lower) ? { id: String(body.id).replace(/\/resourceGroups\//i, '/resourcegroups/') } : {}),
    ...(TYPE_CASE[lower] === undefined ? {} : { type: TYPE_CASE[lower] }),
    ...(typeof body.location === 'string' ? { location: locationShown(lower, body.location, showing) } : {}),
  };
  return OWN[lower]?.(spelled, showing) ?? spelled;
}

/** How a provider shows a location that was sent as `westus2`. */
export function locationShown(type: string, location: string, showing: Showing): string {
  const when = DISPLAYS_LOCATION[type.toLowerCase()];
  return when === 'always' || when === showing ? displayRegion(location) : location;
}
