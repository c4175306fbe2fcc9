// Settings that are accepted and have nothing to do, or do less than they seem to: a word for the log for each. Pure. No values of
// secret settings, and no complaint about what is merely unusual.

export interface Given {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Flags that were given, by name. */
  readonly flags: Readonly<Record<string, string>>;
}

type Remark = (is: (key: string) => boolean, given: Given) => string | false;

/** Identity settings from the strongest to the weakest: the first that is there is used, contract 4.3. */
const IDENTITIES = ['AZURE_CLIENT_CERTIFICATE', 'AZURE_USER_ASSIGNED_IDENTITY_CREDENTIALS', 'AZURE_CLIENT_SECRET'];
const GO_BOOLEAN = /^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/;

const REMARKS: readonly Remark[] = [
  (is) =>
    !is('AZURE_SUBSCRIPTION_ID') &&
    'AZURE_SUBSCRIPTION_ID is empty: there is no credential of the operator, so each namespace or object needs its own',
  (is, given) =>
    isTrue(given, 'USE_WORKLOAD_IDENTITY_AUTH') && unused(IDENTITIES.filter(is), 'USE_WORKLOAD_IDENTITY_AUTH is true'),
  (is, given) => {
    const [used, ...others] = IDENTITIES.filter(is);
    return !isTrue(given, 'USE_WORKLOAD_IDENTITY_AUTH') && used !== undefined && unused(others, `${used} is set`);
  },
  (is) =>
    is('AZURE_CLIENT_CERTIFICATE_PASSWORD') &&
    !is('AZURE_CLIENT_CERTIFICATE') &&
    'AZURE_CLIENT_CERTIFICATE_PASSWORD is not used: there is no AZURE_CLIENT_CERTIFICATE',
  (is, given) =>
    is('AZURE_ADDITIONAL_TENANTS') &&
    !isTrue(given, 'USE_WORKLOAD_IDENTITY_AUTH') &&
    !IDENTITIES.some(is) &&
    'AZURE_ADDITIONAL_TENANTS has no effect where a managed identity is used: it has one tenant',
  (is) =>
    is('ENTRA_APP_ID') &&
    'ENTRA_APP_ID is not used: kinds of entra.azure.com act by the same credentials as all others',
  (_is, { environment }) =>
    environment.AZURE_OPERATOR_MODE?.trim().toLowerCase() === 'webhooks' &&
    'AZURE_OPERATOR_MODE is webhooks: there are no webhooks, and nothing is reconciled in this mode',
  (_is, { environment }) =>
    environment.AZURE_SYNC_MODE?.trim() === 'diff' &&
    'AZURE_SYNC_MODE is diff: drift is not found by reading yet; objects are synced by PUT',
  (_is, { environment }) =>
    environment.RATE_LIMIT_MODE?.trim() !== 'bucket' &&
    ['RATE_LIMIT_QPS', 'RATE_LIMIT_BUCKET_SIZE'].some((key) => (environment[key] ?? '').trim() !== '') &&
    'RATE_LIMIT_QPS and RATE_LIMIT_BUCKET_SIZE have no effect unless RATE_LIMIT_MODE is bucket',
  (_is, { flags }) =>
    ['webhook-port', 'webhook-cert-dir'].some((flag) => flags[flag] !== undefined) &&
    '--webhook-port and --webhook-cert-dir have nothing to do: admission needs no webhooks',
  ...['USE_WORKLOAD_IDENTITY_AUTH', 'ALLOW_MULTI_ENV_MANAGEMENT'].map(
    (key): Remark =>
      (is, { environment }) =>
        is(key) &&
        !GO_BOOLEAN.test(environment[key]?.trim() ?? '') &&
        `${key} is neither true nor false: taken as false`,
  ),
];

/** What to say at the start. */
export function remarksOn(given: Given): readonly string[] {
  const is = (key: string): boolean => (given.environment[key] ?? '').trim() !== '';
  return REMARKS.map((remark) => remark(is, given)).filter((said) => said !== false);
}

function isTrue({ environment }: Given, key: string): boolean {
  return /^(1|t|T|TRUE|true|True)$/.test(environment[key]?.trim() ?? '');
}

function unused(keys: readonly string[], why: string): string | false {
  return keys.length > 0 && `${keys.join(' and ')} ${keys.length > 1 ? 'are' : 'is'} not used: ${why}`;
}
