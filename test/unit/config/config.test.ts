import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../../src/config.ts';
import { Secret } from '../../../src/values/secret.ts';

const BARE = { POD_NAMESPACE: 'azureserviceoperator-system' };

function problemOf(environment: Record<string, string>, args: readonly string[] = []): string {
  try {
    readConfig(args, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'no problem';
}

describe('defaults', () => {
  const config = readConfig([], BARE);

  it("are the original's", () => {
    expect(config).toMatchObject({
      mode: 'watchers-and-webhooks',
      targetNamespaces: [],
      syncPeriodMs: 3_600_000,
      defaultPolicy: 'manage',
      maxConcurrentReconciles: undefined,
      rateLimit: undefined,
      leaderElection: false,
      healthAddress: '',
      metricsAddress: '',
      metrics: { isSecure: true, hasProfiles: false },
      crds: { management: 'auto', pattern: '', labels: {}, versions: 'all' },
      jsonLogging: false,
      verbosity: 2,
      cloud: {
        authorityHost: 'https://login.microsoftonline.com/',
        endpoint: 'https://management.azure.com',
        audience: 'https://management.core.windows.net/',
      },
    });
  });

  it('cannot be changed later', () => {
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.cloud)).toBe(true);
  });
});

describe('settings', () => {
  it.each([
    { key: 'AZURE_SYNC_PERIOD', given: '15m', member: 'syncPeriodMs', value: 900_000, because: 'a Go duration' },
    {
      key: 'AZURE_SYNC_PERIOD',
      given: 'never',
      member: 'syncPeriodMs',
      value: undefined,
      because: 'the one word that is no duration',
    },
    { key: 'AZURE_SYNC_PERIOD', given: '', member: 'syncPeriodMs', value: 3_600_000, because: 'empty counts as unset' },
    {
      key: 'AZURE_SYNC_PERIOD',
      given: '0s',
      member: 'syncPeriodMs',
      value: undefined,
      because: 'the original never comes back after 0 either',
    },
    { key: 'AZURE_OPERATOR_MODE', given: 'Watchers', member: 'mode', value: 'watchers', because: 'any case' },
    {
      key: 'AZURE_OPERATOR_MODE',
      given: 'webhooks',
      member: 'mode',
      value: 'webhooks',
      because: 'accepted though there are none',
    },
    {
      key: 'AZURE_TARGET_NAMESPACES',
      given: ' a, b ,,',
      member: 'targetNamespaces',
      value: ['a', 'b'],
      because: 'items are trimmed',
    },
    {
      key: 'DEFAULT_RECONCILE_POLICY',
      given: 'detach-on-delete',
      member: 'defaultPolicy',
      value: 'detach-on-delete',
      because: 'a policy',
    },
    {
      key: 'MAX_CONCURRENT_RECONCILES',
      given: '7',
      member: 'maxConcurrentReconciles',
      value: 7,
      because: 'a whole number',
    },
    { key: 'AZURE_SYNC_MODE', given: 'diff', member: 'syncMode', value: 'diff', because: 'ours' },
  ])('$key=$given: $because', ({ key, given, member, value }) => {
    expect(readConfig([], { ...BARE, [key]: given })).toHaveProperty(member, value);
  });

  it.each([
    { given: 'true', value: true, because: 'a Go boolean' },
    { given: '1', value: true, because: 'a Go boolean' },
    { given: 'T', value: true, because: 'a Go boolean' },
    { given: 'yes', value: false, because: 'what cannot be read is false, as in the original' },
    { given: '', value: false, because: 'the default' },
  ])('USE_WORKLOAD_IDENTITY_AUTH=$given is $value: $because', ({ given, value }) => {
    expect(readConfig([], { ...BARE, USE_WORKLOAD_IDENTITY_AUTH: given }).useWorkloadIdentity).toBe(value);
  });

  it('the rate limit is on in bucket mode only', () => {
    expect(readConfig([], { ...BARE, RATE_LIMIT_MODE: 'bucket', RATE_LIMIT_QPS: '2.5' }).rateLimit).toEqual({
      qps: 2.5,
      burst: 100,
    });
    expect(readConfig([], { ...BARE, RATE_LIMIT_QPS: '2.5' }).rateLimit).toBeUndefined();
  });

  it('secrets are wrapped and identities are not', () => {
    const values = readConfig([], {
      ...BARE,
      AZURE_CLIENT_ID: 'id',
      AZURE_CLIENT_SECRET: 'hush',
      AZURE_TENANT_ID: '',
    }).identity;
    expect(values.AZURE_CLIENT_ID).toBe('id');
    expect(values.AZURE_CLIENT_SECRET).toBeInstanceOf(Secret);
    expect(JSON.stringify(values)).not.toContain('hush');
    expect('AZURE_TENANT_ID' in values).toBe(false);
  });

  it('the proxy is read in either case, and a wrong one is told without its password', () => {
    expect(readConfig([], { ...BARE, https_proxy: 'proxy:3128', NO_PROXY: '.svc, 10.0.0.0/8' }).proxy).toEqual({
      https: 'http://proxy:3128',
      except: ['.svc', '10.0.0.0/8'],
    });
    const wrong = (): unknown => readConfig([], { ...BARE, HTTPS_PROXY: 'socks5://me:hush@proxy' });
    expect(wrong).toThrow(/HTTPS_PROXY is not the URL of a proxy/);
    expect(wrong).not.toThrow(/hush/);
  });
});

describe('flags', () => {
  it('the arguments of the chart are read', () => {
    const args = [
      '--metrics-addr=0.0.0.0:8443',
      '--secure-metrics=true',
      '--profiling-metrics=false',
      '--metrics-cert-dir=/tmp/certs',
      '--health-addr=:8081',
      '--enable-leader-election',
      '--v=2',
      '--crd-pattern=resources.azure.com/*;storage.azure.com/*',
      '--crd-labels=a=b,c=d',
      '--webhook-port=9443',
      '--webhook-cert-dir=/tmp/k8s-webhook-server/serving-certs',
      '--json-logging',
    ];
    expect(readConfig(args, BARE)).toMatchObject({
      metricsAddress: '0.0.0.0:8443',
      metrics: { isSecure: true, hasProfiles: false, certificateFolder: '/tmp/certs' },
      healthAddress: ':8081',
      leaderElection: true,
      crds: { pattern: 'resources.azure.com/*;storage.azure.com/*', labels: { a: 'b', c: 'd' }, versions: 'all' },
      jsonLogging: true,
      verbosity: 2,
    });
  });

  it.each([
    { args: ['-v=3'], verbosity: 3, because: 'Go takes one dash or two' },
    { args: ['--verbose', '1'], verbosity: 1, because: 'the same number under its other name' },
    { args: ['--v=1', '--verbose=4'], verbosity: 4, because: 'the last one counts' },
  ])('$args: $because', ({ args, verbosity }) => {
    expect(readConfig(args, BARE).verbosity).toBe(verbosity);
  });

  it.each([
    { args: [], environment: { CRD_VERSIONS: 'stable' }, versions: 'stable', because: 'the chart sets it' },
    {
      args: ['--crd-versions=newest'],
      environment: { CRD_VERSIONS: 'stable' },
      versions: 'newest',
      because: 'flags win',
    },
  ])('crdVersions $versions: $because', ({ args, environment, versions }) => {
    expect(readConfig(args, { ...BARE, ...environment }).crds.versions).toBe(versions);
  });

  it('a switch may be turned off', () => {
    expect(readConfig(['--secure-metrics=false', '--enable-leader-election=F'], BARE)).toMatchObject({
      metrics: { isSecure: false },
      leaderElection: false,
    });
  });

  it('profiles are served beside secure metrics only', () => {
    expect(readConfig(['--profiling-metrics', '--secure-metrics=false'], BARE).metrics.hasProfiles).toBe(false);
  });

  it('help is asked for by name', () => {
    expect(problemOf(BARE, ['--help'])).toMatch(/^Usage:/);
    expect(problemOf({}, ['-h'])).toMatch(/^Usage:/);
  });
});

describe('problems', () => {
  it.each([
    { environment: {}, args: [], says: 'POD_NAMESPACE', because: 'it is required' },
    {
      environment: { AZURE_OPERATOR_MODE: 'both' },
      args: [],
      says: "AZURE_OPERATOR_MODE is 'both'; allowed: watchers-and-webhooks",
      because: 'the original stops at this word too',
    },
    {
      environment: { AZURE_SYNC_PERIOD: '1 hour' },
      args: [],
      says: "AZURE_SYNC_PERIOD is '1 hour'; allowed: a duration",
      because: 'no Go duration',
    },
    {
      environment: { AZURE_SYNC_PERIOD: '-5m' },
      args: [],
      says: 'AZURE_SYNC_PERIOD',
      because: 'time does not run backwards',
    },
    {
      environment: { MAX_CONCURRENT_RECONCILES: '0' },
      args: [],
      says: 'at least 1',
      because: 'less stops the operator',
    },
    {
      environment: { MAX_CONCURRENT_RECONCILES: '1e3' },
      args: [],
      says: 'MAX_CONCURRENT_RECONCILES',
      because: 'Go reads digits only',
    },
    { environment: { RATE_LIMIT_MODE: 'on' }, args: [], says: 'disabled, bucket', because: 'a closed set' },
    {
      environment: { DEFAULT_RECONCILE_POLICY: 'Skip' },
      args: [],
      says: 'manage, skip, detach-on-delete',
      because: 'policies are case-sensitive',
    },
    {
      environment: { AZURE_AUTHORITY_HOST: 'login.example' },
      args: [],
      says: 'an https URL',
      because: 'secrets are sent there',
    },
    {
      environment: { AZURE_RESOURCE_MANAGER_ENDPOINT: 'http://azure.example' },
      args: [],
      says: 'an https URL',
      because: 'tokens are sent there',
    },
    {
      environment: { AZURE_OPERATOR_MODE: 'webhooks', AZURE_TARGET_NAMESPACES: 'a' },
      args: [],
      says: 'AZURE_TARGET_NAMESPACES',
      because: 'there is no watch to restrict',
    },
    {
      environment: {},
      args: ['--pre-upgrade-check'],
      says: 'flag --pre-upgrade-check is not known',
      because: 'unknown flags exit',
    },
    { environment: {}, args: ['serve'], says: "argument 'serve'", because: 'there are no arguments' },
    { environment: {}, args: ['--crd-management=maybe'], says: '--crd-management is', because: 'auto or none' },
    { environment: {}, args: ['--crd-versions=some'], says: '--crd-versions is', because: 'all, stable or newest' },
    { environment: { CRD_VERSIONS: 'some' }, args: [], says: 'CRD_VERSIONS is', because: 'all, stable or newest' },
    {
      environment: {},
      args: ['--secure-metrics=maybe'],
      says: 'true or false',
      because: 'a flag is read strictly, unlike a setting',
    },
    {
      environment: {},
      args: ['--crd-labels=app.kubernetes.io/name=x'],
      says: '--crd-labels',
      because: 'the operator sets that label itself',
    },
    {
      environment: {},
      args: ['--crd-labels=serviceoperator.azure.com/a=x'],
      says: '--crd-labels',
      because: 'the prefix is reserved',
    },
    { environment: {}, args: ['--crd-labels=alone'], says: 'key=value', because: 'a label has a value' },
    { environment: {}, args: ['--metrics-addr'], says: '--metrics-addr has no value', because: 'its value is missing' },
    {
      environment: { RATE_LIMIT_MODE: 'on' },
      args: ['--bogus', '--v'],
      says: '--v has no value\n  flag --bogus is not known\n  RATE_LIMIT_MODE',
      because: 'a missing value hides no other problem',
    },
    {
      environment: { RATE_LIMIT_QPS: '0x10' },
      args: [],
      says: "RATE_LIMIT_QPS is '0x10'; allowed: a number above 0",
      because: 'Go reads no such number',
    },
    {
      environment: { AZURE_RESOURCE_MANAGER_ENDPOINT: 'http://127.0.0.1:8080' },
      args: [],
      says: "is 'http://127.0.0.1:8080'; allowed: an https URL",
      because: 'no token goes over plain HTTP, whatever the host',
    },
    {
      environment: { AZURE_RESOURCE_MANAGER_ENDPOINT: 'https://azure.example/?a=b' },
      args: [],
      says: 'host and path alone',
      because: 'paths are added to it',
    },
    {
      environment: { AZURE_AUTHORITY_HOST: 'https://user:hush@login.example/' },
      args: [],
      says: 'AZURE_AUTHORITY_HOST holds a user name or password; allowed',
      because: 'a password is not shown',
    },
    {
      environment: {},
      args: ['--metrics-addr=8443'],
      says: "--metrics-addr is '8443'",
      because: 'a port follows a colon',
    },
    {
      environment: {},
      args: ['--metrics-addr=:70000'],
      says: "--metrics-addr is ':70000'",
      because: 'there is no such port',
    },
    { environment: {}, args: ['--health-addr=localhost:http'], says: '--health-addr is', because: 'ports are numbers' },
  ])('$environment $args: $because', ({ environment, args, says }) => {
    const whole: Record<string, string> = says === 'POD_NAMESPACE' ? environment : { ...BARE, ...environment };
    expect(problemOf(whole, args)).toContain(says);
  });

  it('are told all at once', () => {
    const said = problemOf({ AZURE_SYNC_PERIOD: 'x', RATE_LIMIT_QPS: '-1' }, ['--v=loud', '--nope']);
    for (const key of ['POD_NAMESPACE', 'AZURE_SYNC_PERIOD', 'RATE_LIMIT_QPS', '--v', '--nope'])
      expect(said).toContain(key);
  });
});
