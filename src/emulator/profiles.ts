// How each type answers: which status, which headers, how long it takes. Source: arm-protocol table 5.2, read from recorded traffic.
// Types that no recording shows finish at once.

export type Signal = 'async' | 'both' | 'location' | 'none';

export interface Profile {
  readonly create: number;
  readonly update: number;
  /** What the write answers: the whole resource, nothing, an operation stub, or only its name. */
  readonly shows: 'resource' | 'nothing' | 'stub' | 'name' | 'braces';
  readonly signal: Signal;
  /** Seconds in Retry-After; 0: the header is not sent. */
  readonly retryAfter: number;
  /** How long the work takes in the recordings, in milliseconds. */
  readonly takesMs: number;
  /** provisioningState while it runs. */
  readonly while?: string;
  readonly delete: {
    readonly status: number;
    readonly signal: Signal;
    readonly retryAfter: number;
    readonly takesMs: number;
  };
  /** The type has no provisioningState. */
  readonly hasState?: false;
  /** A PUT that changes nothing finishes at once. */
  readonly isIdle?: true;
  readonly poll?: Polling;
}

/** Where poll URLs lead and what their answers look like, when not as most providers do. */
export interface Polling {
  /** Collection of the Azure-AsyncOperation URL; 'operations' for most. */
  readonly async?: string;
  /** Collection of the Location URL; 'operationresults' for most. */
  readonly result?: string;
  /** What stands before the collection; the provider's location in the subscription for most. */
  readonly place?: 'group';
  /** Location is below the resource, or is the resource itself. */
  readonly location?: 'below' | 'self';
  /** Another api-version than the request's. */
  readonly api?: string;
  /** The Location URL says &monitor=true. */
  readonly monitors?: true;
  readonly isInsistent?: true;
  readonly isBare?: true;
}

const GONE_AT_ONCE = { status: 200, signal: 'none', retryAfter: 0, takesMs: 0 } as const;
const SYNC: Profile = {
  create: 201,
  update: 200,
  shows: 'resource',
  signal: 'none',
  retryAfter: 0,
  takesMs: 0,
  delete: GONE_AT_ONCE,
};
const later = (signal: Signal, retryAfter: number, takesMs: number): Profile['delete'] => ({
  status: 202,
  signal,
  retryAfter,
  takesMs,
});

const NETWORK: Profile = {
  create: 201,
  update: 200,
  shows: 'resource',
  signal: 'async',
  retryAfter: 3,
  takesMs: 4_000,
  while: 'Updating',
  delete: later('both', 10, 10_000),
  poll: { result: 'operationResults', isBare: true },
};
const POSTGRES: Polling = { async: 'azureAsyncOperation', result: 'operationResults', isInsistent: true };
const POSTGRES_CHILD: Profile = {
  create: 202,
  update: 202,
  shows: 'stub',
  signal: 'both',
  retryAfter: 10,
  takesMs: 15_000,
  delete: later('both', 10, 15_000),
  hasState: false,
  poll: POSTGRES,
};
const STORAGE_CHILD: Profile = { ...SYNC, hasState: false };

const PROFILES: Readonly<Record<string, Profile>> = {
  'microsoft.resources/resourcegroups': { ...SYNC, delete: later('location', 15, 5_000) },
  'microsoft.managedidentity/userassignedidentities': { ...SYNC, hasState: false },
  'microsoft.storage/storageaccounts': {
    create: 202,
    update: 200,
    shows: 'nothing',
    signal: 'location',
    retryAfter: 17,
    takesMs: 20_000,
    delete: GONE_AT_ONCE,
    poll: { result: 'asyncoperations', monitors: true },
  },
  'microsoft.storage/storageaccounts/blobservices': { ...STORAGE_CHILD, create: 200, shows: 'name' },
  'microsoft.storage/storageaccounts/queueservices': { ...STORAGE_CHILD, create: 200, shows: 'name' },
  'microsoft.storage/storageaccounts/blobservices/containers': STORAGE_CHILD,
  'microsoft.storage/storageaccounts/queueservices/queues': {
    ...STORAGE_CHILD,
    create: 200,
    delete: { ...GONE_AT_ONCE, status: 204 },
  },
  'microsoft.storage/storageaccounts/managementpolicies': { ...STORAGE_CHILD, create: 200 },
  'microsoft.authorization/roleassignments': { ...SYNC, hasState: false },
  'microsoft.authorization/roledefinitions': { ...SYNC, hasState: false },
  'microsoft.network/virtualnetworks': NETWORK,
  'microsoft.network/virtualnetworks/subnets': NETWORK,
  'microsoft.network/publicipaddresses': { ...NETWORK, retryAfter: 1 },
  'microsoft.network/networksecuritygroups': NETWORK,
  'microsoft.network/routetables': NETWORK,
  'microsoft.network/networkinterfaces': NETWORK,
  'microsoft.network/loadbalancers': { ...NETWORK, retryAfter: 0, while: 'Succeeded' },
  'microsoft.network/privatednszones': {
    create: 202,
    update: 202,
    shows: 'braces',
    signal: 'both',
    retryAfter: 30,
    takesMs: 30_000,
    delete: later('both', 10, 10_000),
  },
  'microsoft.network/privatednszones/virtualnetworklinks': {
    create: 202,
    update: 202,
    shows: 'braces',
    signal: 'both',
    retryAfter: 30,
    takesMs: 30_000,
    delete: later('both', 10, 10_000),
  },
  'microsoft.dbforpostgresql/flexibleservers': {
    create: 202,
    update: 202,
    shows: 'stub',
    signal: 'both',
    retryAfter: 60,
    takesMs: 420_000,
    delete: later('both', 15, 30_000),
    hasState: false,
    poll: POSTGRES,
  },
  'microsoft.dbforpostgresql/flexibleservers/databases': POSTGRES_CHILD,
  'microsoft.dbforpostgresql/flexibleservers/configurations': POSTGRES_CHILD,
  'microsoft.dbforpostgresql/flexibleservers/firewallrules': { ...POSTGRES_CHILD, retryAfter: 60 },
  'microsoft.sql/servers': {
    create: 202,
    update: 202,
    shows: 'stub',
    signal: 'both',
    retryAfter: 1,
    takesMs: 30_000,
    delete: later('both', 15, 15_000),
    hasState: false,
    poll: { async: 'serverAzureAsyncOperation', result: 'serverOperationResults', place: 'group' },
  },
  'microsoft.keyvault/vaults': {
    create: 200,
    update: 200,
    shows: 'resource',
    signal: 'none',
    retryAfter: 0,
    takesMs: 15_000,
    while: 'RegisteringDns',
    delete: GONE_AT_ONCE,
  },
  'microsoft.cache/redis': {
    create: 201,
    update: 200,
    shows: 'resource',
    signal: 'both',
    retryAfter: 0,
    takesMs: 540_000,
    while: 'Creating',
    delete: later('location', 15, 60_000),
    isIdle: true,
    poll: { async: 'asyncOperations', location: 'self' },
  },
  'microsoft.servicebus/namespaces': {
    create: 200,
    update: 200,
    shows: 'resource',
    signal: 'none',
    retryAfter: 0,
    takesMs: 20_000,
    while: 'Created',
    delete: later('location', 0, 15_000),
    poll: { location: 'below' },
  },
  'microsoft.documentdb/databaseaccounts': {
    create: 200,
    update: 200,
    shows: 'resource',
    signal: 'both',
    retryAfter: 15,
    takesMs: 120_000,
    while: 'Creating',
    delete: later('both', 15, 60_000),
    poll: { async: 'operationsStatus', location: 'below' },
  },
  'microsoft.containerservice/managedclusters': {
    create: 201,
    update: 200,
    shows: 'resource',
    signal: 'async',
    retryAfter: 0,
    takesMs: 240_000,
    while: 'Creating',
    delete: later('both', 0, 60_000),
    poll: { api: '2016-03-30' },
  },
  'microsoft.containerservice/managedclusters/agentpools': {
    create: 201,
    update: 200,
    shows: 'resource',
    signal: 'async',
    retryAfter: 0,
    takesMs: 120_000,
    while: 'Creating',
    delete: later('both', 0, 60_000),
    poll: { api: '2016-03-30' },
  },
  'microsoft.compute/disks': {
    create: 202,
    update: 202,
    shows: 'resource',
    signal: 'both',
    retryAfter: 2,
    takesMs: 2_000,
    while: 'Updating',
    delete: later('both', 2, 2_000),
    poll: { async: 'DiskOperations', result: 'DiskOperations', monitors: true },
  },
  'microsoft.appconfiguration/configurationstores': {
    create: 201,
    update: 200,
    shows: 'resource',
    signal: 'async',
    retryAfter: 10,
    takesMs: 10_000,
    while: 'Creating',
    delete: GONE_AT_ONCE,
    isIdle: true,
  },
  'microsoft.operationalinsights/workspaces': { ...SYNC, takesMs: 10_000, while: 'Creating' },
  'microsoft.web/serverfarms': { ...SYNC, create: 200 },
  'microsoft.web/sites': { ...SYNC, create: 200 },
};

export function profileOf(type: string): Profile {
  return PROFILES[type.toLowerCase()] ?? SYNC;
}
