// The emulator over its real sockets, on loopback: TLS, sign-in by the library that the operator uses, the admin endpoint, faults.

import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineRequest,
  type HttpMethods,
} from '@azure/core-rest-pipeline';
import { ClientSecretCredential } from '@azure/identity';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startReplay } from '../../../src/emulator/replay.ts';
import { type Emulator, startEmulator } from '../../../src/emulator/server.ts';
import { GROUP, URLS } from '../../support/azure.ts';

const SCOPE = 'https://management.azure.com/.default';
const client = createDefaultHttpClient();
let cloud: Emulator;

beforeAll(async () => {
  cloud = await startEmulator({ limits: 'off', operationMs: 50 });
});
afterAll(() => cloud.stop());
beforeEach(() => cloud.reset());

type At = Pick<Emulator, 'endpoint' | 'caPem'>;

function credential(at: At, secret: string): ClientSecretCredential {
  const { tenantId, clients } = cloud.settings;
  return new ClientSecretCredential(tenantId, clients[0]?.clientId ?? '', secret, {
    authorityHost: at.endpoint,
    disableInstanceDiscovery: true,
    retryOptions: { maxRetries: 0 },
    httpClient: { sendRequest: (request) => client.sendRequest({ ...request, tlsSettings: { ca: at.caPem } }) },
  });
}

const secret = (): string => cloud.settings.clients[0]?.clientSecret ?? '';
const bearer = async (at: At): Promise<string> => (await credential(at, secret()).getToken(SCOPE)).token;

async function ask(at: At, method: HttpMethods, url: string, body?: object): Promise<{ status: number; text: string }> {
  const request = createPipelineRequest({
    url: `${at.endpoint}${url}`,
    method,
    headers: createHttpHeaders({ authorization: `Bearer ${await bearer(at)}` }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  request.tlsSettings = { ca: at.caPem };
  const answer = await client.sendRequest(request);
  return { status: answer.status, text: answer.bodyAsText ?? '' };
}

const makeGroup = (): Promise<{ status: number; text: string }> =>
  ask(cloud, 'PUT', URLS.group, { location: 'westus2' });

describe('signing in', () => {
  test('@azure/identity gets a token that requests are let in with', async () => {
    expect((await makeGroup()).status).toBe(201);
    expect(cloud.resources()).toEqual([GROUP]);
  });

  test('a wrong secret is AADSTS7000215', async () => {
    await expect(credential(cloud, 'wrong').getToken(SCOPE)).rejects.toThrow('AADSTS7000215');
  });
});

describe('the journal', () => {
  test('tells each request, its api-version and who sent it, and no secret', async () => {
    await makeGroup();
    await ask(cloud, 'PUT', `${GROUP}/providers/Microsoft.Sql/servers/s?api-version=2021-11-01`, {
      location: 'westus2',
      properties: { administratorLogin: 'me', administratorLoginPassword: 'Not4You' },
    });
    expect(cloud.counts()).toEqual({ PUT: 2 });
    const {
      body: _body,
      at: _at,
      ms: _ms,
      n: _n,
      ...first
    } = cloud.journal().find((entry) => entry.method === 'PUT') ?? {};
    expect(first).toEqual({
      method: 'PUT',
      url: URLS.group,
      apiVersion: '2020-06-01',
      status: 201,
      principal: cloud.settings.clients[0]?.clientId,
    });
    expect(JSON.stringify(cloud.journal())).not.toContain('Not4You');
    expect(JSON.stringify(cloud.journal())).not.toContain(secret());
  });
});

describe('faults', () => {
  test('a cut connection after the work loses the answer and not the work', async () => {
    cloud.fault({ match: { method: 'PUT' }, times: 1, cut: 'after' });
    await expect(makeGroup()).rejects.toThrow();
    expect(cloud.resources()).toEqual([GROUP]);
  });

  test('a cut connection before the work loses both', async () => {
    cloud.fault({ match: { method: 'PUT' }, times: 1, cut: 'before' });
    await expect(makeGroup()).rejects.toThrow();
    expect(cloud.resources()).toEqual([]);
    expect((await makeGroup()).status).toBe(201);
  });

  test('an answer of the fault’s own may be garbage', async () => {
    cloud.fault({ match: { path: 'resourceGroups' }, times: 1, answer: { status: 502, text: '<html>' } });
    expect(await makeGroup()).toEqual({ status: 502, text: '<html>' });
  });

  test('chance follows from the seed', async () => {
    const fates = async (): Promise<readonly number[]> => {
      cloud.clearFaults();
      cloud.fault({ match: { method: 'PUT' }, probability: 0.5, seed: 7, answer: { status: 500 } });
      const statuses: number[] = [];
      for (let at = 0; at < 12; at++) statuses.push((await makeGroup()).status === 500 ? 500 : 200);
      return statuses;
    };
    const first = await fates();
    expect(new Set(first)).toEqual(new Set([200, 500]));
    expect(await fates()).toEqual(first);
  });
});

describe('the admin endpoint', () => {
  const admin = (method: string, path: string, body?: object): Promise<Response> =>
    fetch(`${cloud.adminUrl}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });

  test('shows and changes resources behind everybody’s back', async () => {
    await makeGroup();
    const id = encodeURIComponent(GROUP.toUpperCase());
    expect((await admin('PATCH', `/resources?id=${id}`, { tags: { drifted: 'yes' } })).status).toBe(204);
    expect(await (await admin('GET', `/resources?id=${id}`)).json()).toMatchObject({ tags: { drifted: 'yes' } });
    expect(await (await admin('GET', '/resources')).json()).toEqual({ ids: [GROUP] });
    expect((await admin('DELETE', '/resources')).status).toBe(204);
    expect(cloud.resources()).toEqual([]);
  });

  test('arms and clears faults, gives and forgets the journal, tunes, and tells that it lives', async () => {
    expect((await admin('POST', '/faults', { match: { method: 'PUT' }, answer: { status: 503 } })).status).toBe(201);
    expect((await admin('POST', '/faults', {})).status).toBe(400);
    expect((await makeGroup()).status).toBe(503);
    await admin('DELETE', '/faults');
    expect((await makeGroup()).status).toBe(201);
    expect(await (await admin('GET', '/journal')).json()).toMatchObject({ counts: { PUT: 2 } });
    await admin('DELETE', '/journal');
    expect(cloud.journal()).toEqual([]);
    await admin('PATCH', '/settings', { distortions: false });
    expect(cloud.settings.distortions).toBe(false);
    cloud.tune({ distortions: true });
    expect((await admin('GET', '/healthz')).status).toBe(200);
    expect((await admin('GET', '/nothing')).status).toBe(404);
  });
});

describe('the replay server', () => {
  test('answers out of the recording and finds what differs', async () => {
    const replay = await startReplay({});
    try {
      replay.load([
        { n: 1, method: 'PUT', url: URLS.group, requestBody: { location: 'eastus', name: 'rg' }, status: 201 },
      ]);
      expect((await ask(replay, 'PUT', URLS.group, { location: 'westus2' })).status).toBe(201);
      expect((await ask(replay, 'PUT', URLS.vnet, {})).status).toBe(500);
      expect(replay.findings()).toMatchObject({
        puts: [{ isWireEqual: false, isArmEqual: false, difference: 'location: sent "westus2", recorded "eastus"' }],
        unexpected: [expect.stringContaining('virtualNetworks/v1')],
      });
    } finally {
      await replay.stop();
    }
  });
});
