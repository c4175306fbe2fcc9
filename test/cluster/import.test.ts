// asoctl import azure-resource as a process: signs in, walks, writes.

import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type Emulator, startEmulator } from '../../src/emulator/server.ts';
import { madeInAzure } from '../support/made-in-azure.ts';

const folder = mkdtempSync(join(tmpdir(), 'aso-import-'));
let emulator: Emulator;
let group: string;

beforeAll(async () => {
  emulator = await startEmulator({ operationMs: 0, limits: 'off' });
  group = `/subscriptions/${emulator.settings.subscriptionIds[0]}/resourceGroups/Old-RG`;
  writeFileSync(join(folder, 'ca.pem'), emulator.caPem);
  await madeInAzure(emulator, group, '2020-06-01', { location: 'westus2' });
  await madeInAzure(emulator, `${group}/providers/Microsoft.Network/virtualNetworks/net`, '2020-11-01', {
    location: 'westus2',
    properties: { addressSpace: { addressPrefixes: ['10.0.0.0/16'] } },
  });
});
afterAll(async () => {
  await emulator?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly notes: string;
}

const asoctl = (...args: readonly string[]): Promise<Ran> => asoctlWith({}, ...args);

function asoctlWith(settings: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ran> {
  const [client] = emulator.settings.clients;
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    AZURE_AUTHORITY_HOST: emulator.endpoint,
    AZURE_RESOURCE_MANAGER_ENDPOINT: emulator.endpoint,
    AZURE_RESOURCE_MANAGER_AUDIENCE: emulator.endpoint,
    AZURE_TENANT_ID: emulator.settings.tenantId,
    AZURE_CLIENT_ID: client?.clientId,
    AZURE_CLIENT_SECRET: client?.clientSecret,
    ...settings,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, ['src/cli/main.ts', ...args], { env }, (error, out, notes) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, notes }),
    );
  });
}

it('a group becomes manifests on stdout, and what was done is told on stderr', async () => {
  const { code, out, notes } = await asoctl('import', 'azure-resource', group, '-n', 'team', '-l', 'a=b');
  expect(notes).toContain('INF Imported kind=VirtualNetwork.network.azure.com name=net');
  expect(notes).toContain('INF Successful imports Group=resources.azure.com Kind=ResourceGroup Count=1');
  expect(code).toBe(0);
  expect(out.startsWith('---\n') && out.endsWith('---\n')).toBe(true);
  const manifests = parseAllDocuments(out).flatMap((document) => document.toJSON() ?? []);
  expect(
    manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name} ${metadata.labels.a}`),
  ).toEqual(['VirtualNetwork team/net b', 'ResourceGroup team/old-rg b']);
  expect(manifests[0].spec).toMatchObject({
    owner: { name: 'old-rg' },
    addressSpace: { addressPrefixes: ['10.0.0.0/16'] },
  });
});

it('throttling is waited for, and with --quiet nothing is said of it', async () => {
  emulator.fault({
    match: { method: 'GET', path: 'virtualNetworks/net' },
    times: 2,
    answer: { status: 429, headers: { 'Retry-After': '0' } },
  });
  const files = join(folder, 'files');
  const { code, out, notes } = await asoctl('--quiet', 'import', 'azure-resource', group, '-f', files);
  expect({ code, out, notes }).toEqual({ code: 0, out: '', notes: '' });
  expect(readdirSync(files).sort()).toEqual(['ResourceGroup-old-rg.yaml', 'VirtualNetwork-net.yaml']);
  expect(readFileSync(join(files, 'ResourceGroup-old-rg.yaml'), 'utf8')).toContain('azureName: Old-RG');
});

it('a failure is told, the rest goes on, and the exit code says so', async () => {
  const { code, out, notes } = await asoctl(
    'import',
    'azure-resource',
    group,
    '/subscriptions/x/providers/Microsoft.Odd/odds/o',
  );
  expect(code).toBe(1);
  expect(notes).toContain('ERR Failed name=o error="no kind stands for the type microsoft.odd/odds"');
  expect(out).toContain('kind: ResourceGroup');
});

it('who cannot sign in is told why by the login host, and no secret', async () => {
  const { code, notes } = await asoctlWith({ AZURE_CLIENT_SECRET: 'wr0ng-one' }, 'import', 'azure-resource', group);
  expect(code).toBe(1);
  expect(notes).toContain('no token could be had: ');
  expect(notes).toContain('AADSTS7000215');
  expect(notes).not.toContain('wr0ng-one');
});

it('an Azure that does not answer ends it at once', async () => {
  const begun = performance.now();
  const nowhere = { AZURE_RESOURCE_MANAGER_ENDPOINT: 'https://127.0.0.1:2' };
  const { code, notes } = await asoctlWith(nowhere, 'import', 'azure-resource', group);
  expect(code).toBe(1);
  expect(notes).toContain('ECONNREFUSED 127.0.0.1:2');
  // The SDK's timer of a request would keep it for a minute.
  expect(performance.now() - begun).toBeLessThan(45_000);
});
