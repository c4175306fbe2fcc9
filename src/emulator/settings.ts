// What an emulator is told at its start. Everything has a default but the identities.

import type { Grant } from './rights.ts';

/** Trust in tokens of another issuer: a cluster's, for one of its service accounts. */
export interface Federation {
  readonly issuer: string;
  readonly subject: string;
  /** Absent: api://AzureADTokenExchange. */
  readonly audience?: string;
}

/** Something that signs in; each way is open when it is given. */
export interface Application {
  readonly clientId: string;
  readonly clientSecret?: string;
  /** Registered certificates, PEM. */
  readonly certificates?: readonly string[];
  readonly federations?: readonly Federation[];
  /** Tenants that know it; absent: the home tenant. */
  readonly tenants?: readonly string[];
}

/** An identity of the machine that asks the instance-metadata endpoint. */
export interface MachineIdentity {
  readonly clientId: string;
  readonly objectId?: string;
  readonly resourceId?: string;
}

export interface EmulatorSettings {
  /** Home tenant of the subscriptions. */
  readonly tenantId: string;
  /** Other tenants that exist. */
  readonly otherTenants: readonly string[];
  readonly subscriptionIds: readonly string[];
  /** Subscription → tenant, for those in another tenant that bodies may name when an auxiliary token of it comes along. */
  readonly linkedSubscriptions: Readonly<Record<string, string>>;
  readonly clients: readonly Application[];
  /** Issuer → its public keys (JSON web keys), for federations. */
  readonly issuerKeys: Readonly<
    Record<string, readonly { readonly kid?: string; readonly [member: string]: unknown }[]>
  >;
  /** What the instance-metadata endpoint gives tokens for. */
  readonly machine: { readonly system?: MachineIdentity; readonly users?: readonly MachineIdentity[] };
  /** How long tokens are good, in seconds. */
  readonly tokenLifetimeS: number;
  /** Milliseconds since the epoch: tokens given out before are challenged for newer ones (continuous access evaluation). */
  readonly sessionsRevokedAt?: number;
  /** Client id → what it may do; absent: everything. */
  readonly grants: Readonly<Record<string, readonly Grant[]>>;
  /** Durations of operations are divided by this. */
  readonly speed: number;
  /** How long every operation takes instead, in milliseconds; Retry-After then is 0. */
  readonly operationMs?: number;
  readonly latencyMs: number;
  readonly limits: 'azure' | 'raised' | 'off';
  /** How long the directory does not know an identity that was just made. */
  readonly principalDelayMs: number;
  /** How long Microsoft Graph does not show a group that was just made. */
  readonly graphDelayMs: number;
  /** ARM type in lower case → host name that servers of it say they have: a real database can stand behind them. */
  readonly serverHosts: Readonly<Record<string, string>>;
  /** Providers that must be registered before they are used; '*' for all. */
  readonly unregistered: readonly string[];
  /** Answers differ from what was sent as Azure's do: location names, letter case, filled-in defaults. */
  readonly distortions: boolean;
}

const CLIENT_ID = '00000000-0000-0000-0000-0000000000cc';

export const DEFAULTS: EmulatorSettings = {
  tenantId: '00000000-0000-0000-0000-0000000000aa',
  otherTenants: [],
  subscriptionIds: ['00000000-0000-0000-0000-000000000001'],
  linkedSubscriptions: {},
  clients: [{ clientId: CLIENT_ID, clientSecret: 'emulator-secret' }],
  issuerKeys: {},
  machine: { system: { clientId: CLIENT_ID } },
  tokenLifetimeS: 3599,
  grants: {},
  speed: 1,
  latencyMs: 0,
  limits: 'azure',
  principalDelayMs: 0,
  graphDelayMs: 0,
  serverHosts: {},
  unregistered: [],
  distortions: true,
};
