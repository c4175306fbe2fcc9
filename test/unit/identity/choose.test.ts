// Which credential acts, and all the ways in which a namespace could try to use one that is not its own.

import { describe, expect, it } from 'vitest';
import { chooseCredential } from '../../../src/identity/choose.ts';
import type { Choice, CredentialSettings, SecretData } from '../../../src/identity/credential.ts';
import { Secret } from '../../../src/values/secret.ts';

const cloud = {
  authorityHost: 'https://login.microsoftonline.com/',
  endpoint: 'https://management.azure.com',
  audience: 'https://management.core.windows.net/',
};
const settings = (more: Partial<CredentialSettings> = {}): CredentialSettings => ({
  values: { AZURE_SUBSCRIPTION_ID: 'sub-global', AZURE_TENANT_ID: 'tenant-global', AZURE_CLIENT_ID: 'client-global' },
  podNamespace: 'aso',
  cloud,
  useWorkloadIdentity: false,
  workloadIdentityMode: 'relaxed',
  allowMultiEnvironment: false,
  ...more,
});
const secret = (data: Readonly<Record<string, string>>): SecretData =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, new Secret(value)]));
const OWN = { AZURE_SUBSCRIPTION_ID: 'sub-team', AZURE_TENANT_ID: 'tenant-team', AZURE_CLIENT_ID: 'client-team' };
const CLOUD = {
  AZURE_AUTHORITY_HOST: 'https://login.evil.test',
  AZURE_RESOURCE_MANAGER_ENDPOINT: 'https://arm.evil.test',
  AZURE_RESOURCE_MANAGER_AUDIENCE: 'https://management.azure.com/',
};
const CHINA = {
  AZURE_AUTHORITY_HOST: 'https://login.chinacloudapi.cn/',
  AZURE_RESOURCE_MANAGER_ENDPOINT: 'https://management.chinacloudapi.cn',
  AZURE_RESOURCE_MANAGER_AUDIENCE: 'https://management.core.chinacloudapi.cn',
};

interface Given {
  readonly named?: string;
  readonly namedSecret?: Readonly<Record<string, string>>;
  readonly namespaceSecret?: Readonly<Record<string, string>>;
  readonly settings?: Partial<CredentialSettings>;
}
const choose = (given: Given): Choice =>
  chooseCredential({
    namespace: 'team',
    named: given.named,
    namedSecret: given.namedSecret === undefined ? undefined : secret(given.namedSecret),
    namespaceSecret: given.namespaceSecret === undefined ? undefined : secret(given.namespaceSecret),
    settings: settings(given.settings),
  });
const summary = (choice: Choice): string =>
  choice.ok
    ? `${choice.scope} ${choice.from} ${choice.credential.subscriptionId} ${choice.credential.how.kind}`
    : choice.why;

describe('which credential wins, and how it proves itself', () => {
  const rows: readonly (readonly [because: string, given: Given, result: string])[] = [
    [
      'the annotation wins over all',
      { named: 'mine', namedSecret: OWN, namespaceSecret: { ...OWN, AZURE_SUBSCRIPTION_ID: 'other' } },
      'resource team/mine sub-team workloadIdentity',
    ],
    ['then the namespace', { namespaceSecret: OWN }, 'namespace team/aso-credential sub-team workloadIdentity'],
    ['then the operator', {}, 'global aso/aso-controller-settings sub-global chain'],
    [
      'a secret wins over everything below',
      {
        namespaceSecret: { ...OWN, AZURE_CLIENT_SECRET: 'x', AZURE_CLIENT_CERTIFICATE: 'y', AUTH_MODE: 'podidentity' },
      },
      'namespace team/aso-credential sub-team clientSecret',
    ],
    [
      'then a certificate',
      { namespaceSecret: { ...OWN, AZURE_CLIENT_CERTIFICATE: 'y', AUTH_MODE: 'podidentity' } },
      'namespace team/aso-credential sub-team certificate',
    ],
    [
      'then an identity file',
      { namespaceSecret: { ...OWN, AZURE_USER_ASSIGNED_IDENTITY_CREDENTIALS: '/f', AUTH_MODE: 'podidentity' } },
      'namespace team/aso-credential sub-team identityFile',
    ],
    [
      'then the mode',
      { namespaceSecret: { ...OWN, AUTH_MODE: 'podidentity' } },
      'namespace team/aso-credential sub-team managedIdentity',
    ],
    [
      'the mode in any case',
      { namespaceSecret: { ...OWN, AUTH_MODE: 'WorkloadIdentity' } },
      'namespace team/aso-credential sub-team workloadIdentity',
    ],
    [
      'workload identity for the operator',
      {
        settings: { useWorkloadIdentity: true, values: { ...settings().values, AZURE_CLIENT_SECRET: new Secret('x') } },
      },
      'global aso/aso-controller-settings sub-global workloadIdentity',
    ],
    [
      'a certificate for the operator',
      {
        settings: {
          values: {
            ...settings().values,
            AZURE_CLIENT_SECRET: new Secret('x'),
            AZURE_CLIENT_CERTIFICATE: new Secret('y'),
          },
        },
      },
      'global aso/aso-controller-settings sub-global certificate',
    ],
    [
      'an identity file for the operator',
      { settings: { values: { ...settings().values, AZURE_USER_ASSIGNED_IDENTITY_CREDENTIALS: '/f' } } },
      'global aso/aso-controller-settings sub-global identityFile',
    ],
    [
      'a client secret for the operator',
      { settings: { values: { ...settings().values, AZURE_CLIENT_SECRET: new Secret('x') } } },
      'global aso/aso-controller-settings sub-global clientSecret',
    ],
    [
      'strict: the namespace uses its own service account',
      { namespaceSecret: OWN, settings: { workloadIdentityMode: 'strict' } },
      'namespace team/aso-credential sub-team serviceAccount',
    ],
    [
      'strict: so does a named Secret',
      { named: 'mine', namedSecret: OWN, settings: { workloadIdentityMode: 'strict' } },
      'resource team/mine sub-team serviceAccount',
    ],
    [
      "strict: a secret is the namespace's own",
      { namespaceSecret: { ...OWN, AZURE_CLIENT_SECRET: 'x' }, settings: { workloadIdentityMode: 'strict' } },
      'namespace team/aso-credential sub-team clientSecret',
    ],
    [
      'strict: the operator itself stays as it is',
      { settings: { useWorkloadIdentity: true, workloadIdentityMode: 'strict' } },
      'global aso/aso-controller-settings sub-global workloadIdentity',
    ],
    [
      'a cloud of its own, allowed',
      { namespaceSecret: { ...OWN, ...CHINA }, settings: { allowMultiEnvironment: true } },
      'namespace team/aso-credential sub-team workloadIdentity',
    ],
    [
      'strict: a private cloud may be shown the token of its own service account',
      {
        namespaceSecret: { ...OWN, ...CLOUD },
        settings: { allowMultiEnvironment: true, workloadIdentityMode: 'strict' },
      },
      'namespace team/aso-credential sub-team serviceAccount',
    ],
    [
      'a private cloud with a secret of its own, allowed',
      { namespaceSecret: { ...OWN, ...CLOUD, AZURE_CLIENT_SECRET: 'x' }, settings: { allowMultiEnvironment: true } },
      'namespace team/aso-credential sub-team clientSecret',
    ],
  ];
  it.each(rows)('%s', (_because, given, result) => {
    expect(summary(choose(given))).toBe(result);
  });

  it('an unknown way of proving is refused', () => {
    expect(summary(choose({ namespaceSecret: { ...OWN, AUTH_MODE: 'magic' } }))).toContain(
      "'team/aso-credential' has an AUTH_MODE other than",
    );
  });
});

describe('what is wrong is told with the Secret and every key at once', () => {
  const rows: readonly (readonly [because: string, given: Given, says: string])[] = [
    [
      'a named Secret that is missing does not fall through',
      { named: 'gone', namespaceSecret: OWN },
      "credential Secret 'team/gone', named by annotation credential-from, does not exist",
    ],
    ['an empty annotation counts as present', { named: '', namespaceSecret: OWN }, "'team/'"],
    [
      'all missing keys',
      { namespaceSecret: { AZURE_CLIENT_ID: ' ' } },
      "credential Secret 'team/aso-credential' lacks AZURE_SUBSCRIPTION_ID, AZURE_TENANT_ID, AZURE_CLIENT_ID",
    ],
    [
      'no credential at all',
      { settings: { values: {} } },
      "no credential: the object has no credential-from annotation, its namespace has no Secret 'aso-credential', and 'aso/aso-controller-settings' has no AZURE_SUBSCRIPTION_ID",
    ],
    [
      'a cloud in part',
      { namespaceSecret: { ...OWN, AZURE_AUTHORITY_HOST: 'https://a' }, settings: { allowMultiEnvironment: true } },
      'names a cloud in part',
    ],
    ['a cloud that is not allowed', { namespaceSecret: { ...OWN, ...CHINA } }, 'needs ALLOW_MULTI_ENV_MANAGEMENT'],
    [
      'a cloud without TLS',
      {
        namespaceSecret: {
          ...OWN,
          ...CHINA,
          AZURE_AUTHORITY_HOST: 'http://login.chinacloudapi.cn',
          AZURE_CLIENT_SECRET: 'x',
        },
        settings: { allowMultiEnvironment: true },
      },
      'AZURE_AUTHORITY_HOST that is not an https URL',
    ],
    [
      'four other tenants',
      { namespaceSecret: { ...OWN, AZURE_ADDITIONAL_TENANTS: 'a, b ,c,d' } },
      'has 4 tenants in AZURE_ADDITIONAL_TENANTS; Azure takes 3 at most',
    ],
    [
      'a tenant that would lead elsewhere',
      { namespaceSecret: { ...OWN, AZURE_TENANT_ID: '../common' } },
      'something in AZURE_TENANT_ID that is neither a GUID nor a domain name',
    ],
    [
      'a subscription that would lead elsewhere',
      { namespaceSecret: { ...OWN, AZURE_SUBSCRIPTION_ID: 'a/../b' } },
      'AZURE_SUBSCRIPTION_ID that is not a GUID',
    ],
  ];
  it.each(rows)('%s', (_because, given, says) => {
    const choice = choose(given);
    expect(choice.ok).toBe(false);
    expect(summary(choice)).toContain(says);
  });
});

describe('a namespace cannot use what is not its own', () => {
  const rows: readonly (readonly [because: string, given: Given, says: string])[] = [
    ['a Secret of another namespace by annotation', { named: 'other/aso-credential', namedSecret: OWN }, "without '/'"],
    [
      'a Secret of another namespace by a way around',
      { named: '../other/secrets/aso-credential', namedSecret: OWN },
      "without '/'",
    ],
    [
      'strict: a file in the pod',
      {
        namespaceSecret: { ...OWN, AZURE_USER_ASSIGNED_IDENTITY_CREDENTIALS: '/var/run/secrets/other' },
        settings: { workloadIdentityMode: 'strict' },
      },
      "not this namespace's own",
    ],
    [
      "strict: the node's identities",
      { namespaceSecret: { ...OWN, AUTH_MODE: 'podidentity' }, settings: { workloadIdentityMode: 'strict' } },
      "not this namespace's own",
    ],
    [
      "the operator's token, shown to a login host of its choice",
      { namespaceSecret: { ...OWN, ...CLOUD }, settings: { allowMultiEnvironment: true } },
      "names host 'login.evil.test', which is no known cloud",
    ],
    [
      "the operator's access token, shown to an ARM of its choice",
      {
        namespaceSecret: { ...OWN, ...CHINA, AZURE_RESOURCE_MANAGER_ENDPOINT: 'https://arm.evil.test' },
        settings: { allowMultiEnvironment: true },
      },
      "names host 'arm.evil.test'",
    ],
    [
      "the node's access token, shown to an ARM of its choice",
      { namespaceSecret: { ...OWN, ...CLOUD, AUTH_MODE: 'podidentity' }, settings: { allowMultiEnvironment: true } },
      'which is no known cloud',
    ],
    [
      'a known host in front of another',
      {
        namespaceSecret: { ...OWN, ...CHINA, AZURE_AUTHORITY_HOST: 'https://login.chinacloudapi.cn@evil.test/' },
        settings: { allowMultiEnvironment: true },
      },
      "'evil.test'",
    ],
  ];
  it.each(rows)('%s', (_because, given, says) => {
    const choice = choose(given);
    expect(choice.ok).toBe(false);
    expect(summary(choice)).toContain(says);
  });

  it('the same content in two namespaces is two credentials: no token is shared', () => {
    const [one, two] = ['one', 'two'].map((namespace) =>
      chooseCredential({
        namespace,
        named: undefined,
        namedSecret: undefined,
        namespaceSecret: secret(OWN),
        settings: settings(),
      }),
    );
    expect(one?.ok && two?.ok && one.credential.key !== two.credential.key).toBe(true);
  });

  it('a changed Secret is another credential, and its text shows in no key', () => {
    const key = (text: string): string => {
      const choice = choose({ namespaceSecret: { ...OWN, AZURE_CLIENT_SECRET: text } });
      return choice.ok ? choice.credential.key : '';
    };
    expect(key('first-hidden')).not.toBe(key('second-hidden'));
    expect(key('first-hidden')).toMatch(/^team\/aso-credential#[0-9a-f]{16}$/);
  });
});
