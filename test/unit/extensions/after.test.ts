// What Ready waits for beyond a finished PUT (extensions section 4).

import { describe, expect, it } from 'vitest';
import type { ArmAnswer } from '../../../src/arm/request.ts';
import { BACKUP_SYNC_RESUME_TOKEN } from '../../../src/reconcile/annotations.ts';
import type { JsonObject } from '../../../src/values/json.ts';
import { azureWith, GROUP_ID, type Living, ok, pass, verdictOf } from '../../support/life.ts';

describe('what Ready waits for (section 4)', () => {
  const endpoint = `${GROUP_ID}/providers/Microsoft.Network/privateEndpoints/p`;
  const connection = (id: string, status: string): JsonObject => ({
    id,
    properties: { privateLinkServiceConnectionState: { status } },
  });

  it.each([
    [['Approved'], 'True', 'all are approved'],
    [
      ['Approved', 'Pending'],
      'Warning PostReconciliationFailure: private connections are not approved yet: c1',
      'one is pending',
    ],
    [
      ['approved'],
      'Warning PostReconciliationFailure: private connections are not approved yet: c0',
      'the word is exact',
    ],
    [[], 'True', 'there are none'],
  ] as const)('a private endpoint with manual connections %j: %s, because %s', (states, verdict, _because) => {
    const living: Living = { apiVersion: 'network.azure.com/v20250301', kind: 'PrivateEndpoint', id: endpoint };
    const properties = {
      manualPrivateLinkServiceConnections: states.map((status, index) => connection(`c${index}`, status)),
      privateLinkServiceConnections: [connection('automatic', 'Pending')],
    };
    const { end } = pass(living, azureWith({ [`GET ${endpoint}`]: ok({ properties }) }));
    expect(verdictOf(end)).toBe(verdict);
  });

  it.each([
    [2000, 2000],
    [2001, undefined],
  ])('a subnet with %i ip configurations shows %s of them', (there, shown) => {
    const id = `${GROUP_ID}/providers/Microsoft.Network/virtualNetworks/v/subnets/s`;
    const living: Living = { apiVersion: 'network.azure.com/v20250301', kind: 'VirtualNetworksSubnet', id };
    const ipConfigurations = Array.from({ length: there }, (_, index) => ({ id: `i${index}` }));
    const { end } = pass(
      living,
      azureWith({ [`GET ${id}`]: ok({ properties: { ipConfigurations, addressPrefix: 'x' } }) }),
    );
    const status = end.do === 'report' ? end.status : {};
    const list = status?.ipConfigurations;
    expect(Array.isArray(list) ? list.length : undefined).toBe(shown);
    expect(status?.addressPrefix).toBe('x');
  });

  describe('a backup instance', () => {
    const id = `${GROUP_ID}/providers/Microsoft.DataProtection/backupVaults/v/backupInstances/b`;
    const living: Living = { apiVersion: 'dataprotection.azure.com/v20231101', kind: 'BackupVaultsBackupInstance', id };
    const shows = (status?: string, code?: string): ArmAnswer =>
      ok({
        properties:
          status === undefined ? {} : { protectionStatus: { status, ...(code ? { errorDetails: { code } } : {}) } },
      });
    const USERS = shows('ProtectionError', 'UserErrorMissingPermission');
    const poll = 'https://arm/sync-1';
    const running: ArmAnswer = { status: 202, headers: { location: poll, 'retry-after': '7' }, body: undefined };
    const token = JSON.stringify({ style: 'location', url: poll, verb: 'POST' });

    it.each([
      [undefined, 'True'],
      ['ProtectionConfigured', 'True'],
      ['ConfiguringProtectionFailed', 'True'],
      ['Invalid', 'True'],
      ['NotProtected', 'True'],
      ['SoftDeleted', 'True'],
      ['ProtectionStopped', 'True'],
      ['BackupSchedulesSuspended', 'True'],
      ['RetentionSchedulesSuspended', 'True'],
      ['ConfiguringProtection', 'Warning PostReconciliationFailure'],
      ['ProtectionError', 'Warning PostReconciliationFailure'],
    ])('in state %s: %s', (status, verdict) => {
      const { end, requests } = pass(living, azureWith({ [`GET ${id}`]: shows(status) }));
      expect(verdictOf(end).startsWith(verdict)).toBe(true);
      expect(requests.some((request) => request.startsWith('POST'))).toBe(false);
    });

    it('an error of the user’s making is synced, and the sync is looked at once in each pass', () => {
      const first = pass(living, azureWith({ [`GET ${id}`]: USERS, [`POST ${id}/sync`]: running }));
      expect(first.requests).toContain(`POST ${id}/sync?api-version=2024-04-01`);
      expect(first.sent.find((request) => request.verb === 'POST')?.body).toEqual({ syncType: 'Default' });
      expect(first.end).toMatchObject({
        annotations: { [BACKUP_SYNC_RESUME_TOKEN]: token },
        again: { kind: 'after', afterMs: 7_000 },
      });
      const kept = { ...living, annotations: { [BACKUP_SYNC_RESUME_TOKEN]: token } };
      const second = pass(kept, azureWith({ [`GET ${id}`]: USERS, [`GET ${poll}`]: running }));
      expect(second.requests.filter((request) => request.includes('sync'))).toEqual([`GET ${poll}`]);
      const third = pass(kept, azureWith({ [`GET ${id}`]: USERS, [`GET ${poll}`]: ok({}) }));
      expect(third.end).toMatchObject({ annotations: { [BACKUP_SYNC_RESUME_TOKEN]: null } });
      const healed = pass(kept, azureWith({ [`GET ${id}`]: shows('ProtectionConfigured') }));
      expect(verdictOf(healed.end)).toBe('True');
      expect(healed.end).toMatchObject({ annotations: { [BACKUP_SYNC_RESUME_TOKEN]: null } });
    });

    it('with policy skip nothing is asked of Azure', () => {
      const { requests } = pass({ ...living, with: { policy: 'skip' } }, azureWith({ [`GET ${id}`]: USERS }));
      expect(requests.every((request) => request.startsWith('GET '))).toBe(true);
    });

    it('with an owner by ARM id it is Ready', () => {
      const owner = {
        owner: { state: 'arm', id: `${GROUP_ID}/providers/Microsoft.DataProtection/backupVaults/v` },
      } as const;
      const { end } = pass({ ...living, with: owner }, azureWith({ [`GET ${id}`]: USERS }));
      expect(verdictOf(end)).toBe('True');
    });
  });
});
