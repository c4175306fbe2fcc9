// Every way to prove who one is, against the login host of the emulator, which checks what Entra checks: over TLS with a private CA.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { How } from '../../../src/identity/credential.ts';
import { CredentialError } from '../../../src/identity/refusal.ts';
import { Secret } from '../../../src/values/secret.ts';
import { CLIENT, certificateFile, issuer, type SignIn, signIn, TENANT } from '../../support/sign-in.ts';

const SECRET = 'a-very-hidden-client-secret';
const SUBJECT = 'system:serviceaccount:azureserviceoperator-system:azureserviceoperator-default';
const TEAM_SUBJECT = 'system:serviceaccount:team:aso-workload';
const FEDERATED = '00000000-0000-0000-0000-0000000000fe';
const TEAMS = '00000000-0000-0000-0000-0000000000fa';
const WITHOUT = '00000000-0000-0000-0000-0000000000f0';
const USER = '00000000-0000-0000-0000-0000000000dd';
const cluster = issuer('https://cluster.test');
const stranger = issuer('https://stranger.test');
const folder = mkdtempSync(join(tmpdir(), 'sign-in-'));
const tokenFile = join(folder, 'token');

let at: SignIn;
let teamToken = '';
beforeAll(async () => {
  at = await signIn({
    emulator: {
      otherTenants: ['00000000-0000-0000-0000-0000000000ab'],
      clients: [
        { clientId: CLIENT, clientSecret: SECRET, certificates: [certificateFile('plain.pem').toString()] },
        { clientId: FEDERATED, federations: [{ issuer: cluster.name, subject: SUBJECT }] },
        { clientId: TEAMS, federations: [{ issuer: cluster.name, subject: TEAM_SUBJECT }] },
        { clientId: WITHOUT },
      ],
      issuerKeys: { [cluster.name]: cluster.keys },
      machine: { system: { clientId: CLIENT }, users: [{ clientId: USER }] },
    },
    doors: {
      tokenFile,
      serviceAccountToken: (namespace) =>
        namespace === 'team'
          ? Promise.resolve(teamToken)
          : Promise.reject(new CredentialError(`ServiceAccount '${namespace}/aso-workload' does not exist`)),
    },
  });
  // The SDK's name for another host than the fixed link-local one.
  process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST = at.emulator.metadataUrl;
});
afterAll(async () => {
  delete process.env.AZURE_POD_IDENTITY_AUTHORITY_HOST;
  rmSync(folder, { recursive: true });
  await at?.stop();
});

const certificate = (file: string, password?: string): How => ({
  kind: 'certificate',
  certificate: new Secret(certificateFile(file)),
  ...(password === undefined ? {} : { password: new Secret(password) }),
});

describe('a credential that is right is let in', () => {
  const rows: readonly (readonly [because: string, how: () => How, clientId?: string])[] = [
    ['a client secret', () => ({ kind: 'clientSecret', secret: new Secret(SECRET) })],
    ['a PEM certificate', () => certificate('plain.pem')],
    ['a PEM certificate whose key is encrypted', () => certificate('encrypted.pem', 'pem-Pa55word')],
    ['PKCS12 as OpenSSL 3 writes it', () => certificate('modern.p12', 'p12-Pa55word')],
    ['PKCS12 with RC2, as Windows writes it', () => certificate('legacy.p12', 'p12-Pa55word')],
    ['PKCS12 with triple DES', () => certificate('triple-des.p12', 'p12-Pa55word')],
    ['PKCS12 without a password', () => certificate('open.p12')],
    [
      'PKCS12 as base64 text',
      () => ({
        kind: 'certificate',
        certificate: new Secret(certificateFile('modern.p12').toString('base64')),
        password: new Secret('p12-Pa55word'),
      }),
    ],
    [
      "the operator's projected token",
      () => {
        writeFileSync(tokenFile, `${cluster.token(SUBJECT)}\n`);
        return { kind: 'workloadIdentity' };
      },
      FEDERATED,
    ],
    [
      "a token of the namespace's own service account",
      () => {
        teamToken = cluster.token(TEAM_SUBJECT);
        return { kind: 'serviceAccount', namespace: 'team' };
      },
      TEAMS,
    ],
    ['a user-assigned managed identity', () => ({ kind: 'managedIdentity' }), USER],
    ['the system-assigned managed identity', () => ({ kind: 'managedIdentity' }), ''],
    ['the chain, which ends at the managed identity', () => ({ kind: 'chain' }), USER],
    [
      'the file of a first-party managed identity',
      () => {
        const path = join(folder, 'identity.json');
        writeFileSync(path, identityFile());
        return { kind: 'identityFile', path, isOperators: false };
      },
    ],
  ];
  it.each(rows.map((row) => [row[0], row] as const))('%s', async (_because, [, how, clientId = CLIENT]) => {
    expect(await at.outcome(at.credential(how(), { clientId }))).toBe('HTTP 200');
  });
});

it('an identity file that was replaced is read for the next token', async () => {
  const path = join(folder, 'renewed.json');
  writeFileSync(path, identityFile({ client_secret: certificateFile('plain.pem').toString('base64').slice(0, 40) }));
  const credential = at.credential({ kind: 'identityFile', path, isOperators: true });
  expect(await at.outcome(credential)).toMatch(/^slow: .*cannot be used/);
  writeFileSync(path, identityFile());
  expect(await at.outcome(credential)).toBe('HTTP 200');
});

const identityFile = (more: Readonly<Record<string, string>> = {}): string =>
  JSON.stringify({
    client_id: CLIENT,
    tenant_id: TENANT,
    client_secret: certificateFile('open.p12').toString('base64'),
    authentication_endpoint: at.emulator.endpoint,
    not_before: '2026-11-24T00:00:00Z',
    ...more,
  });

describe('a refusal names the Secret, the key and the code, says how lasting it is, and holds no secret', () => {
  const wrong = 'wrong-hidden-client-secret';
  const projected = (token: string): How => {
    writeFileSync(tokenFile, token);
    return { kind: 'workloadIdentity' };
  };
  const file = (text: string): How => {
    const path = join(folder, `${Math.random()}`);
    writeFileSync(path, text);
    return { kind: 'identityFile', path, isOperators: false };
  };
  interface Row {
    readonly because: string;
    readonly how: () => How;
    readonly clientId?: string;
    readonly tenantId?: string;
    readonly says: RegExp;
  }
  const rows: readonly Row[] = [
    {
      because: 'a wrong client secret',
      how: () => ({ kind: 'clientSecret', secret: new Secret(wrong) }),
      says: /^settled: credential Secret 'team\/secret', key AZURE_CLIENT_SECRET, was refused by Entra: AADSTS7000215: Invalid client secret/,
    },
    {
      because: 'an unknown application',
      how: () => ({ kind: 'clientSecret', secret: new Secret(SECRET) }),
      clientId: '00000000-0000-0000-0000-00000000beef',
      says: /^settled: .*key AZURE_CLIENT_ID, .*AADSTS700016/,
    },
    {
      because: 'an unknown tenant',
      how: () => ({ kind: 'clientSecret', secret: new Secret(SECRET) }),
      tenantId: '00000000-0000-0000-0000-00000000beef',
      says: /^settled: .*key AZURE_TENANT_ID, .*AADSTS90002/,
    },
    {
      because: 'an application that another tenant does not know',
      how: () => ({ kind: 'clientSecret', secret: new Secret(SECRET) }),
      tenantId: '00000000-0000-0000-0000-0000000000ab',
      says: /AADSTS700016/,
    },
    {
      because: 'a certificate that is not registered',
      how: () => certificate('plain.pem'),
      clientId: FEDERATED,
      says: /^settled: .*key AZURE_CLIENT_CERTIFICATE, .*AADSTS700027.*Thumbprint of key used by client: '[0-9A-F]{64}'/,
    },
    {
      because: 'a wrong password of PKCS12',
      how: () => certificate('modern.p12', 'not-the-password'),
      says: /^slow: credential Secret 'team\/secret': key AZURE_CLIENT_CERTIFICATE cannot be used: .*AZURE_CLIENT_CERTIFICATE_PASSWORD/,
    },
    {
      because: 'a token of another issuer',
      how: () => projected(stranger.token(SUBJECT)),
      clientId: FEDERATED,
      says: /^slow: .*key AZURE_CLIENT_ID, .*AADSTS700211.*federated credential of that identity must name/,
    },
    {
      because: 'a token of another service account',
      how: () => projected(cluster.token('system:serviceaccount:other:default')),
      clientId: FEDERATED,
      says: /^slow: .*AADSTS700213.*'system:serviceaccount:other:default'/,
    },
    {
      because: 'subjects are told apart by case',
      how: () => projected(cluster.token(SUBJECT.toUpperCase())),
      clientId: FEDERATED,
      says: /AADSTS700213/,
    },
    {
      because: 'a token for another audience',
      how: () => projected(cluster.token(SUBJECT, { audience: 'https://kubernetes.default.svc' })),
      clientId: FEDERATED,
      says: /^slow: .*AADSTS700212/,
    },
    {
      because: 'a token that is over',
      how: () => projected(cluster.token(SUBJECT, { lifetimeS: -600 })),
      clientId: FEDERATED,
      says: /^slow: .*AADSTS700024/,
    },
    {
      because: 'an identity without federation',
      how: () => projected(cluster.token(SUBJECT)),
      clientId: WITHOUT,
      says: /^slow: .*AADSTS70025/,
    },
    {
      because: "another namespace's service account cannot act as this identity",
      how: () => {
        teamToken = cluster.token('system:serviceaccount:evil:aso-workload');
        return { kind: 'serviceAccount', namespace: 'team' };
      },
      clientId: TEAMS,
      says: /AADSTS700213/,
    },
    {
      because: 'a service account that is not there',
      how: () => ({ kind: 'serviceAccount', namespace: 'empty' }),
      clientId: TEAMS,
      says: /^slow: .*ServiceAccount 'empty\/aso-workload' does not exist/,
    },
    {
      because: 'a token file that is not there',
      how: () => {
        rmSync(tokenFile, { force: true });
        return { kind: 'workloadIdentity' };
      },
      clientId: FEDERATED,
      says: /^slow: .*cannot be read \(ENOENT\)/,
    },
    {
      because: 'a managed identity that the machine does not have',
      how: () => ({ kind: 'managedIdentity' }),
      clientId: WITHOUT,
      says: /^slow: no token for credential Secret 'team\/secret' \(AZURE_CLIENT_ID\): .*Identity not found/,
    },
    {
      because: 'an identity file of somebody else',
      how: () => file(identityFile({ client_id: WITHOUT })),
      says: /its identity is not the one in AZURE_CLIENT_ID and AZURE_TENANT_ID/,
    },
    {
      because: 'an identity file that lacks members',
      how: () => file('{"client_id":"a"}'),
      says: /it lacks tenant_id, client_secret, authentication_endpoint/,
    },
    {
      because: 'a file that is something else, of which not a word is told',
      how: () => file('eyJ-hidden-token-of-the-pod'),
      says: /which cannot be used: it is not a JSON object$/,
    },
    ...['/dev/zero', '/', '/dev/tty', '/nowhere'].map(
      (path): Row => ({
        because: `a path that is no file of an identity (${path})`,
        how: () => ({ kind: 'identityFile', path, isOperators: false }),
        says: /which cannot be used: it cannot be read as a file of at most 64 kB$/,
      }),
    ),
    {
      because: 'a login host that does not answer',
      how: () => ({ kind: 'clientSecret', secret: new Secret(SECRET) }),
      says: /^soon: no token for credential Secret 'team\/secret' \(AZURE_CLIENT_SECRET\): connect ECONNREFUSED 127\.0\.0\.1:1$/,
    },
  ];
  it.each(rows.map((row) => [row.because, row] as const))('%s', async (because, row) => {
    const { tenantId = TENANT, clientId = CLIENT } = row;
    const plain = at.credential(row.how(), { clientId, tenantId });
    const credential = because.startsWith('a login host')
      ? { ...plain, cloud: { ...plain.cloud, authorityHost: 'https://127.0.0.1:1' } }
      : plain;
    const outcome = await at.outcome(credential);
    expect(outcome).toMatch(row.says);
    expect(outcome).not.toMatch(/hidden|Pa55word|PRIVATE KEY|Trace ID|eyJ/);
  });

  it('an assertion that others signed in the name of the application is refused', async () => {
    const forged = issuer('unused').token(CLIENT);
    const form = new URLSearchParams({
      client_id: CLIENT,
      scope: `${at.emulator.endpoint}/.default`,
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: forged,
    });
    const answer = await fetch(`${at.emulator.endpoint}/${TENANT}/oauth2/v2.0/token`, { method: 'POST', body: form });
    expect(answer.status).toBe(401);
  });
});

describe('the instance-metadata endpoint', () => {
  it.each([
    ['without the header Metadata', {}, `api-version=2018-02-01&resource=x`, 'Required metadata header not specified'],
    [
      'from behind a proxy',
      { Metadata: 'true', 'X-Forwarded-For': '10.0.0.1' },
      `api-version=2018-02-01&resource=x`,
      'Required metadata header not specified',
    ],
    ['without an api-version', { Metadata: 'true' }, 'resource=x', "Required query variable 'api-version' is missing"],
    ['without a resource', { Metadata: 'true' }, 'api-version=2018-02-01', 'Required audience parameter not specified'],
  ] as const)('refuses a request %s', async (_because, headers, query, says) => {
    const answer = await fetch(`${at.emulator.metadataUrl}/metadata/identity/oauth2/token?${query}`, { headers });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: 'invalid_request', error_description: says });
  });
});
