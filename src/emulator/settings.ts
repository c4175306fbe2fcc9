// What an emulator is told at its start. Everything has a default but the identities.

export interface EmulatorSettings {
  readonly tenantId: string;
  readonly subscriptionIds: readonly string[];
  readonly clients: readonly { readonly clientId: string; readonly clientSecret: string }[];
  /** Durations of operations are divided by this. */
  readonly speed: number;
  /** How long every operation takes instead, in milliseconds; Retry-After then is 0. */
  readonly operationMs?: number;
  readonly latencyMs: number;
  readonly limits: 'azure' | 'raised' | 'off';
  /** How long the directory does not know an identity that was just made. */
  readonly principalDelayMs: number;
  /** Providers that must be registered before they are used; '*' for all. */
  readonly unregistered: readonly string[];
  /** Answers differ from what was sent as Azure's do: location names, letter case, filled-in defaults. */
  readonly distortions: boolean;
}

export const DEFAULTS: EmulatorSettings = {
  tenantId: '00000000-0000-0000-0000-0000000000aa',
  subscriptionIds: ['00000000-0000-0000-0000-000000000001'],
  clients: [{ clientId: '00000000-0000-0000-0000-0000000000cc', clientSecret: 'emulator-secret' }],
  speed: 1,
  latencyMs: 0,
  limits: 'azure',
  principalDelayMs: 0,
  unregistered: [],
  distortions: true,
};
