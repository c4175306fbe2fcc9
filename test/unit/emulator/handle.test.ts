// The emulator without a socket: requests in, answers out, time moved by hand.

import { beforeAll, describe, expect, it } from 'vitest';
import { type Catalogue, openCatalogue } from '../../../src/emulator/catalogue.ts';
import { meet } from '../../../src/emulator/faults.ts';
import { handle } from '../../../src/emulator/handle.ts';
import { maskSecrets } from '../../../src/emulator/journal.ts';
import type { Answer, Request } from '../../../src/emulator/message.ts';
import { DEFAULTS, type EmulatorSettings } from '../../../src/emulator/settings.ts';
import { emptyState } from '../../../src/emulator/state.ts';
import type { JsonObject } from '../../../src/values/json.ts';

let catalogue: Catalogue;
beforeAll(() => {
  catalogue = openCatalogue('crds');
});

const SUB = `/subscriptions/${DEFAULTS.subscriptionIds[0]}`;
const RG = `${SUB}/resourceGroups/rg`;
const ACCOUNT = `${RG}/providers/Microsoft.Storage/storageAccounts/acc`;
const STORAGE: JsonObject = { location: 'westus2', kind: 'StorageV2', sku: { name: 'Standard_LRS' } };

function azure(settings: Partial<EmulatorSettings> = {}) {
  const state = emptyState();
  const all: EmulatorSettings = { ...DEFAULTS, ...settings };
  let now = 1_000_000;
  let token = '';
  const ask = (
    method: string,
    url: string,
    body?: JsonObject,
    operationFault?: 'never ends' | { code: string; message: string },
  ): Answer => {
    const [path = '', query = ''] = url.replace('https://emulator', '').split('?');
    const request: Request = {
      method,
      path,
      query: new URLSearchParams(query),
      headers: { authorization: `Bearer ${token}` },
      body,
      text: '',
      base: 'https://emulator',
    };
    return handle(
      { state, settings: all, catalogue, now, ...(operationFault === undefined ? {} : { operationFault }) },
      request,
    );
  };
  const login = (form: Record<string, string>, tenant = all.tenantId): Answer =>
    handle(
      { state, settings: all, catalogue, now },
      {
        method: 'POST',
        path: `/${tenant}/oauth2/v2.0/token`,
        query: new URLSearchParams(),
        headers: {},
        body: undefined,
        text: new URLSearchParams(form).toString(),
        base: 'https://emulator',
      },
    );
  token = String(
    (
      login({ client_id: all.clients[0]?.clientId ?? '', client_secret: all.clients[0]?.clientSecret ?? '' })
        .body as JsonObject
    )?.access_token,
  );
  const group = (): void => void ask('PUT', `${RG}?api-version=2020-06-01`, { location: 'westus2' });
  return {
    ask,
    login,
    group,
    wait: (ms: number) => {
      now += ms;
    },
    state,
  };
}

const codeOf = (answer: Answer): unknown => ((answer.body as JsonObject)?.error as JsonObject)?.code;
const bodyOf = (answer: Answer): JsonObject => answer.body as JsonObject;

describe('tokens', () => {
  it.each([
    {
      because: 'a wrong secret',
      form: { client_id: DEFAULTS.clients[0]?.clientId ?? '', client_secret: 'no' },
      tenant: DEFAULTS.tenantId,
      code: 7000215,
    },
    {
      because: 'an unknown application',
      form: { client_id: 'x', client_secret: 'no' },
      tenant: DEFAULTS.tenantId,
      code: 700016,
    },
    { because: 'an unknown tenant', form: { client_id: 'x', client_secret: 'no' }, tenant: 'elsewhere', code: 90002 },
  ])('$because is refused with its code', ({ form, tenant, code }) => {
    expect(bodyOf(azure().login(form, tenant)).error_codes).toEqual([code]);
  });
  it('end after an hour', () => {
    const at = azure();
    at.wait(3_600_000);
    expect(codeOf(at.ask('GET', `${RG}?api-version=2020-06-01`))).toBe('ExpiredAuthenticationToken');
  });
});

describe('resources', () => {
  it('are found without regard to case', () => {
    const at = azure();
    at.group();
    expect(at.ask('GET', `${RG.toUpperCase()}?api-version=2020-06-01`).status).toBe(200);
  });
  it.each([
    { because: 'no api-version', url: RG, code: 'MissingApiVersionParameter' },
    {
      because: 'an api-version the type lacks',
      url: `${ACCOUNT}?api-version=1999-01-01`,
      code: 'NoRegisteredProviderFound',
    },
    {
      because: 'an api-version a group lacks, which the gateway itself answers',
      url: `${RG}?api-version=1999-01-01`,
      code: 'InvalidApiVersionParameter',
    },
    {
      because: 'an unknown type',
      url: `${RG}/providers/Microsoft.Storage/nothings/x?api-version=2025-06-01`,
      code: 'InvalidResourceType',
    },
    {
      because: 'an unknown provider',
      url: `${RG}/providers/Microsoft.Nothing/nothings/x?api-version=2025-06-01`,
      code: 'InvalidResourceNamespace',
    },
    {
      because: 'another subscription',
      url: '/subscriptions/00000000-0000-0000-0000-0000000000ff/resourceGroups/rg?api-version=2020-06-01',
      code: 'SubscriptionNotFound',
    },
    { because: 'an absent resource', url: `${ACCOUNT}?api-version=2025-06-01`, code: 'ResourceNotFound' },
  ])('$because: $code', ({ url, code }) => {
    const at = azure();
    at.group();
    expect(codeOf(at.ask('GET', url))).toBe(code);
  });
  it('need their group and their parent', () => {
    const at = azure();
    expect(codeOf(at.ask('PUT', `${ACCOUNT}?api-version=2025-06-01`, STORAGE))).toBe('ResourceGroupNotFound');
    at.group();
    expect(
      codeOf(at.ask('PUT', `${RG}/providers/Microsoft.Network/virtualNetworks/v/subnets/s?api-version=2025-03-01`, {})),
    ).toBe('ParentResourceNotFound');
  });
  it('are checked against their type, with every problem told', () => {
    const at = azure();
    at.group();
    const answer = at.ask('PUT', `${ACCOUNT}?api-version=2025-06-01`, {
      location: 'westus2',
      kind: 'Nonsense',
      properties: { accessTier: 7 },
    });
    expect(codeOf(answer)).toBe('InvalidParameter');
    const { details } = bodyOf(answer).error as JsonObject;
    expect((details as readonly JsonObject[]).map((detail) => detail.target).sort()).toEqual([
      'kind',
      'properties.accessTier',
      'sku',
    ]);
  });
  it('a missing location has a code of its own', () => {
    const at = azure();
    at.group();
    expect(
      codeOf(at.ask('PUT', `${ACCOUNT}?api-version=2025-06-01`, { kind: 'StorageV2', sku: { name: 'Standard_LRS' } })),
    ).toBe('LocationRequired');
  });
  it('cannot move', () => {
    const at = azure();
    at.group();
    expect(codeOf(at.ask('PUT', `${RG}?api-version=2020-06-01`, { location: 'eastus' }))).toBe(
      'InvalidResourceGroupLocation',
    );
  });
});

describe('long-running operations', () => {
  it('a storage account answers 202 with a Location until it is there', () => {
    const at = azure();
    at.group();
    const put = at.ask('PUT', `${ACCOUNT}?api-version=2025-06-01`, STORAGE);
    expect(put).toMatchObject({ status: 202, headers: { 'Retry-After': '17' } });
    expect(put.body).toBeUndefined();
    const poll = put.headers?.Location ?? '';
    expect(at.ask('GET', poll).status).toBe(202);
    at.wait(60_000);
    expect(at.ask('GET', poll)).toMatchObject({
      status: 200,
      body: { name: 'acc', properties: { provisioningState: 'Succeeded' } },
    });
  });
  it('a network answers 201 with Azure-AsyncOperation alone', () => {
    const at = azure();
    at.group();
    const put = at.ask('PUT', `${RG}/providers/Microsoft.Network/virtualNetworks/v?api-version=2025-03-01`, {
      location: 'westus2',
      properties: { addressSpace: { addressPrefixes: ['10.0.0.0/16'] } },
    });
    expect(put).toMatchObject({ status: 201, body: { properties: { provisioningState: 'Updating' } } });
    expect(Object.keys(put.headers ?? {})).toContain('Azure-AsyncOperation');
    expect(Object.keys(put.headers ?? {})).not.toContain('Location');
    at.wait(5_000);
    expect(at.ask('GET', put.headers?.['Azure-AsyncOperation'] ?? '')).toMatchObject({
      status: 200,
      body: { status: 'Succeeded' },
    });
  });
  it('a vault names nothing: the resource itself is looked at', () => {
    const at = azure();
    at.group();
    const url = `${RG}/providers/Microsoft.KeyVault/vaults/v?api-version=2023-07-01`;
    const put = at.ask('PUT', url, {
      location: 'westus2',
      properties: { tenantId: DEFAULTS.tenantId, sku: { family: 'A', name: 'standard' } },
    });
    expect(put).toMatchObject({ status: 200, body: { properties: { provisioningState: 'RegisteringDns' } } });
    at.wait(60_000);
    expect(at.ask('GET', url)).toMatchObject({ body: { properties: { provisioningState: 'Succeeded' } } });
  });
  it('an operation that fails says so with status 200', () => {
    const at = azure();
    at.group();
    const put = at.ask(
      'PUT',
      `${RG}/providers/Microsoft.Network/virtualNetworks/v?api-version=2025-03-01`,
      { location: 'westus2', properties: { addressSpace: { addressPrefixes: ['10.0.0.0/16'] } } },
      { code: 'Boom', message: 'm' },
    );
    at.wait(5_000);
    expect(at.ask('GET', put.headers?.['Azure-AsyncOperation'] ?? '')).toMatchObject({
      status: 200,
      body: { status: 'Failed', error: { code: 'Boom' } },
    });
  });
});

describe('deletion', () => {
  it('of a group takes all that is in it along, and nothing is written into it meanwhile', () => {
    const at = azure();
    at.group();
    at.ask('PUT', `${ACCOUNT}?api-version=2025-06-01`, STORAGE);
    at.wait(30_000);
    const gone = at.ask('DELETE', `${RG}?api-version=2020-06-01`);
    expect(gone.status).toBe(202);
    expect(
      codeOf(at.ask('PUT', `${RG}/providers/Microsoft.Storage/storageAccounts/other?api-version=2025-06-01`, STORAGE)),
    ).toBe('ResourceGroupBeingDeleted');
    at.wait(60_000);
    expect(codeOf(at.ask('GET', `${ACCOUNT}?api-version=2025-06-01`))).toBe('ResourceGroupNotFound');
  });
  it('is refused by a lock on the resource or above it', () => {
    const at = azure();
    at.group();
    at.ask('PUT', `${RG}/providers/Microsoft.Authorization/locks/l?api-version=2020-05-01`, {
      properties: { level: 'CanNotDelete' },
    });
    expect(codeOf(at.ask('DELETE', `${RG}?api-version=2020-06-01`))).toBe('ScopeLocked');
  });
  it('of a vault keeps its name until it is recovered or purged', () => {
    const at = azure();
    at.group();
    const url = `${RG}/providers/Microsoft.KeyVault/vaults/v?api-version=2023-07-01`;
    const body = (createMode?: string): JsonObject => ({
      location: 'westus2',
      properties: {
        tenantId: DEFAULTS.tenantId,
        sku: { family: 'A', name: 'standard' },
        ...(createMode === undefined ? {} : { createMode }),
      },
    });
    at.ask('PUT', url, body());
    at.wait(60_000);
    at.ask('DELETE', url);
    expect(codeOf(at.ask('PUT', url, body()))).toBe('ConflictError');
    expect(
      at.ask('GET', `${SUB}/providers/Microsoft.KeyVault/locations/westus2/deletedVaults/v?api-version=2024-11-01`)
        .status,
    ).toBe(200);
    expect(at.ask('PUT', url, body('recover')).status).toBe(200);
  });
});

describe('role assignments', () => {
  const at = azure({ principalDelayMs: 5_000 });
  const assign = (name: string, principalId: string, role = 'r'): Answer =>
    at.ask('PUT', `${RG}/providers/Microsoft.Authorization/roleAssignments/${name}?api-version=2022-04-01`, {
      properties: { principalId, roleDefinitionId: `/x/${role}` },
    });
  const A = '11111111-1111-4111-8111-111111111111';
  const B = '22222222-2222-4222-8222-222222222222';
  it('have a name that is a GUID, cannot change, and exist once for a scope, principal and role', () => {
    at.group();
    expect(codeOf(assign('no-guid', A))).toBe('InvalidRoleAssignmentId');
    expect(assign(A, A).status).toBe(201);
    expect(codeOf(assign(A, B))).toBe('RoleAssignmentUpdateNotPermitted');
    expect(codeOf(assign(B, A))).toBe('RoleAssignmentExists');
  });
  it('wait until a new identity is known', () => {
    const identity = at.ask(
      'PUT',
      `${RG}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i?api-version=2023-01-31`,
      { location: 'westus2' },
    );
    const principal = String((bodyOf(identity).properties as JsonObject).principalId);
    expect(codeOf(assign(B, principal))).toBe('PrincipalNotFound');
    at.wait(6_000);
    expect(assign(B, principal).status).toBe(201);
  });
});

describe('limits, registration, children, secrets, faults', () => {
  it('a bucket that is empty answers 429 with Retry-After, and tells what is left before', () => {
    const at = azure();
    expect(at.ask('GET', `${RG}?api-version=2020-06-01`).headers).toMatchObject({
      'x-ms-ratelimit-remaining-subscription-reads': '249',
    });
    for (let n = 0; n < 249; n += 1) at.ask('GET', `${RG}?api-version=2020-06-01`);
    const refused = at.ask('GET', `${RG}?api-version=2020-06-01`);
    expect(refused.status).toBe(429);
    at.wait(Number(refused.headers?.['Retry-After']) * 1000);
    expect(at.ask('GET', `${RG}?api-version=2020-06-01`).status).toBe(404);
  });
  it('a provider that is not registered must be registered first', () => {
    const at = azure({ unregistered: ['Microsoft.Storage'] });
    at.group();
    expect(codeOf(at.ask('PUT', `${ACCOUNT}?api-version=2025-06-01`, STORAGE))).toBe('MissingSubscriptionRegistration');
    at.ask('POST', `${SUB}/providers/Microsoft.Storage/register?api-version=2019-05-01`);
    expect(at.ask('PUT', `${ACCOUNT}?api-version=2025-06-01`, STORAGE).status).toBe(202);
  });
  it('a subnet that a PUT of its network leaves out is deleted', () => {
    const at = azure();
    at.group();
    const vnet = `${RG}/providers/Microsoft.Network/virtualNetworks/v`;
    const body = { location: 'westus2', properties: { addressSpace: { addressPrefixes: ['10.0.0.0/16'] } } };
    at.ask('PUT', `${vnet}?api-version=2025-03-01`, body);
    at.wait(10_000);
    at.ask('PUT', `${vnet}/subnets/s?api-version=2025-03-01`, { properties: { addressPrefix: '10.0.0.0/24' } });
    at.wait(10_000);
    expect(at.ask('GET', `${vnet}?api-version=2025-03-01`)).toMatchObject({
      body: { properties: { subnets: [{ name: 's' }] } },
    });
    at.ask('PUT', `${vnet}?api-version=2025-03-01`, body);
    at.wait(10_000);
    expect(at.ask('GET', `${vnet}/subnets/s?api-version=2025-03-01`).status).toBe(404);
  });
  it('keys come through actions alone, and a read-only lock blocks them', () => {
    const at = azure();
    at.group();
    at.ask('PUT', `${ACCOUNT}?api-version=2025-06-01`, STORAGE);
    at.wait(30_000);
    expect(at.ask('POST', `${ACCOUNT}/listKeys?api-version=2024-01-01`)).toMatchObject({
      status: 200,
      body: { keys: [{ keyName: 'key1' }, { keyName: 'key2' }] },
    });
    at.ask('PUT', `${RG}/providers/Microsoft.Authorization/locks/l?api-version=2020-05-01`, {
      properties: { level: 'ReadOnly' },
    });
    expect(codeOf(at.ask('POST', `${ACCOUNT}/listKeys?api-version=2024-01-01`))).toBe('ScopeLocked');
  });
  it('a fault meets so many requests, after so many', () => {
    const faults = [{ fault: { match: { method: 'PUT', path: '/x' }, after: 1, times: 2, latencyMs: 1 }, seen: 0 }];
    expect([1, 2, 3, 4].map(() => meet(faults, 'PUT', '/X?y') !== undefined)).toEqual([false, true, true, false]);
    expect(meet(faults, 'GET', '/x')).toBeUndefined();
  });
  it('the journal keeps no secret', () => {
    expect(maskSecrets({ properties: { administratorLoginPassword: 'p', sku: 's', accountKey: 'k' } })).toEqual({
      properties: { administratorLoginPassword: 'REDACTED', sku: 's', accountKey: 'REDACTED' },
    });
  });
});
