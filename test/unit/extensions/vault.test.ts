// createMode of a key vault: what becomes of a deleted one of the same name (extensions section 2.1).

import { describe, expect, it } from 'vitest';
import type { ArmAnswer } from '../../../src/arm/request.ts';
import {
  azureWith,
  GROUP_ID,
  type Living,
  memberAt,
  ok,
  pass,
  putOf,
  refusal,
  SUBSCRIPTION_ID,
  verdictOf,
} from '../../support/life.ts';

const ABSENT = refusal(404, 'ResourceNotFound');

describe('createMode of a vault (section 2.1)', () => {
  const id = `${GROUP_ID}/providers/Microsoft.KeyVault/vaults/kv`;
  const deleted = `/subscriptions/${SUBSCRIPTION_ID}/providers/Microsoft.KeyVault/locations/westus2/deletedVaults/kv`;
  const vault = (createMode?: string): Living => ({
    apiVersion: 'keyvault.azure.com/v1api20230701',
    kind: 'Vault',
    id,
    spec: { location: 'westus2', properties: createMode === undefined ? {} : { createMode } },
  });
  const from = (group: string): ArmAnswer =>
    ok({
      properties: {
        vaultId: `/subscriptions/${SUBSCRIPTION_ID}/resourcegroups/${group}/providers/Microsoft.KeyVault/vaults/kv`,
      },
    });

  it.each([
    { mode: undefined, seen: from('RG'), sends: undefined, looks: 0, because: 'unset is the user’s business' },
    { mode: 'default', seen: from('RG'), sends: 'default', looks: 0, because: 'it is sent as it is' },
    { mode: 'recover', seen: ABSENT, sends: 'recover', looks: 0, because: 'it is sent as it is' },
    {
      mode: 'createOrRecover',
      seen: from('RG'),
      sends: 'recover',
      looks: 1,
      because: 'one of this group is there',
    },
    { mode: 'createOrRecover', seen: ABSENT, sends: 'default', looks: 1, because: 'none is there' },
    { mode: 'purgeThenCreate', seen: ABSENT, sends: 'default', looks: 1, because: 'there is nothing to purge' },
    {
      mode: 'purgeThenCreate',
      seen: refusal(403, 'Forbidden'),
      sends: 'default',
      looks: 1,
      because: 'unread is as absent',
    },
    { mode: 'purgeThenCreate', seen: from('RG'), sends: 'default', looks: 2, because: 'it was purged at once' },
  ])('$mode sends $sends, because $because', ({ mode, seen, sends, looks }) => {
    const { sent, requests } = pass(vault(mode), azureWith({ [`GET ${deleted}`]: seen, [`GET ${id}`]: ok({}) }));
    expect(memberAt(putOf(sent), 'properties/createMode')).toBe(sends);
    expect(requests.filter((request) => request.includes('/deletedVaults/'))).toHaveLength(looks);
  });

  it('one of another group is not taken', () => {
    const { sent, end } = pass(vault('createOrRecover'), azureWith({ [`GET ${deleted}`]: from('other') }));
    expect(putOf(sent)).toEqual({});
    expect(verdictOf(end)).toMatch(/^Error Failed: .*another resource group/);
  });

  it('a purge that takes its time is waited for without holding the pass', () => {
    const poll = 'https://arm/purge';
    const { sent, end } = pass(
      vault('purgeThenCreate'),
      azureWith({
        [`GET ${deleted}`]: from('rg'),
        [`POST ${deleted}/purge`]: { status: 202, headers: { location: poll }, body: undefined },
        [`GET ${poll}`]: { status: 202, headers: { location: poll }, body: undefined },
      }),
    );
    expect(putOf(sent)).toEqual({});
    expect(end.do === 'report' && end.again).toEqual({ kind: 'after', afterMs: 10_000, lane: 'retry' });
  });
});
