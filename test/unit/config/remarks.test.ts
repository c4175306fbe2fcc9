import { describe, expect, it } from 'vitest';
import { remarksOn } from '../../../src/config-remarks.ts';

const SUBSCRIPTION = { AZURE_SUBSCRIPTION_ID: 's' };

describe('a setting that has nothing to do is told', () => {
  const rows: readonly (readonly [because: string, environment: Record<string, string>, says: readonly string[]])[] = [
    ['nothing to say', { ...SUBSCRIPTION, AZURE_CLIENT_SECRET: 'hush' }, []],
    ['no credential of the operator', {}, ['AZURE_SUBSCRIPTION_ID is empty']],
    [
      'workload identity leaves a secret unused',
      { ...SUBSCRIPTION, USE_WORKLOAD_IDENTITY_AUTH: 'true', AZURE_CLIENT_SECRET: 'hush' },
      ['AZURE_CLIENT_SECRET is not used: USE_WORKLOAD_IDENTITY_AUTH is true'],
    ],
    [
      'a certificate leaves the rest unused',
      {
        ...SUBSCRIPTION,
        AZURE_CLIENT_CERTIFICATE: 'hush',
        AZURE_CLIENT_SECRET: 'hush',
        AZURE_USER_ASSIGNED_IDENTITY_CREDENTIALS: '/f',
      },
      [
        'AZURE_USER_ASSIGNED_IDENTITY_CREDENTIALS and AZURE_CLIENT_SECRET are not used: AZURE_CLIENT_CERTIFICATE is set',
      ],
    ],
    [
      'a password without a certificate',
      { ...SUBSCRIPTION, AZURE_CLIENT_CERTIFICATE_PASSWORD: 'hush' },
      ['there is no AZURE_CLIENT_CERTIFICATE'],
    ],
    [
      'tenants of a managed identity',
      { ...SUBSCRIPTION, AZURE_ADDITIONAL_TENANTS: 't' },
      ['AZURE_ADDITIONAL_TENANTS has no effect'],
    ],
    ['tenants of a secret', { ...SUBSCRIPTION, AZURE_ADDITIONAL_TENANTS: 't', AZURE_CLIENT_SECRET: 'hush' }, []],
    ['the documented setting that nothing reads', { ...SUBSCRIPTION, ENTRA_APP_ID: 'x' }, ['ENTRA_APP_ID is not used']],
    [
      'the mode for webhooks',
      { ...SUBSCRIPTION, AZURE_OPERATOR_MODE: 'Webhooks' },
      ['nothing is reconciled in this mode'],
    ],
    ['rates without the mode', { ...SUBSCRIPTION, RATE_LIMIT_QPS: '5' }, ['unless RATE_LIMIT_MODE is bucket']],
    ['rates with the mode', { ...SUBSCRIPTION, RATE_LIMIT_QPS: '5', RATE_LIMIT_MODE: 'bucket' }, []],
    [
      'a word that is no boolean',
      { ...SUBSCRIPTION, USE_WORKLOAD_IDENTITY_AUTH: 'yes', ALLOW_MULTI_ENV_MANAGEMENT: 'on' },
      ['USE_WORKLOAD_IDENTITY_AUTH is neither', 'ALLOW_MULTI_ENV_MANAGEMENT is neither'],
    ],
  ];
  it.each(rows)('%s', (_because, environment, says) => {
    const remarks = remarksOn({ environment, flags: {} });
    expect(remarks).toEqual(says.map((part) => expect.stringContaining(part)));
    expect(remarks.join()).not.toContain('hush');
  });

  it('flags of webhooks', () => {
    expect(remarksOn({ environment: SUBSCRIPTION, flags: { 'webhook-port': '9443' } })).toEqual([
      expect.stringContaining('--webhook-port'),
    ]);
  });
});
