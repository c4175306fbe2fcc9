// Who the operator acts as, what it reads, and what one namespace cannot do with another's: on a real API server, which signs the
// tokens of service accounts, and the emulator's login host, which checks them as Entra does.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loopbackCertificate } from '../../src/emulator/listen.ts';
import { type Emulator, startEmulator } from '../../src/emulator/server.ts';
import { DEFAULTS } from '../../src/emulator/settings.ts';
import { refusalOf } from '../../src/kube/refusal.ts';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import { apply, OPERATOR_NAMESPACE } from '../../tools/platform.ts';
import { group, postgresql, secret } from '../support/manifests.ts';
import { type Manifest, type World, world } from '../support/world.ts';

const NEVER = new AbortController().signal;
const SERVICE = 'serviceoperator.azure.com';
const OPERATOR = '00000000-0000-0000-0000-0000000000a1';
const TEAM = '00000000-0000-0000-0000-0000000000a2';
const APP = '00000000-0000-0000-0000-0000000000a3';
const HIDDEN = 'hidden-client-secret-of-the-team';
const WRONG = 'wrong-hidden-client-secret';
const { tenantId, subscriptionIds } = DEFAULTS;
const KEYS = { AZURE_SUBSCRIPTION_ID: subscriptionIds[0] ?? '', AZURE_TENANT_ID: tenantId };
const folder = mkdtempSync(join(tmpdir(), 'identity-'));

let at: World;
/** Another cloud, with the same client and none of the resources. */
let abroad: Emulator;
beforeAll(async () => {
  // One authority for both: TLS finds an issuer by its name.
  const certificate = await loopbackCertificate(Date.now());
  at = await world({
    groups: ['resources', 'managedidentity', 'authorization', 'dbforpostgresql'],
    emulator: { certificate },
  });
  abroad = await startEmulator({ limits: 'off', certificate, clients: [{ clientId: APP, clientSecret: HIDDEN }] });
  for (const name of ['other', 'late'])
    await made(`/api/v1/namespaces/${name}`, { kind: 'Namespace', metadata: { name } });
  const issuer = String((await read('/.well-known/openid-configuration')).issuer);
  const { keys } = await read('/openid/v1/jwks', 'application/jwk-set+json');
  const trusts = (subject: string) => [{ issuer, subject: `system:serviceaccount:${subject}` }];
  at.emulator.tune({
    // What the API server publishes are JSON web keys.
    issuerKeys: { [issuer]: keys as never },
    clients: [
      { clientId: OPERATOR, federations: trusts(`${OPERATOR_NAMESPACE}:manager`) },
      { clientId: TEAM, federations: trusts('team:aso-workload') },
      { clientId: APP, clientSecret: HIDDEN },
    ],
  });
  await made(serviceAccount(OPERATOR_NAMESPACE, 'manager'), { kind: 'ServiceAccount' });
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, await tokenOf(OPERATOR_NAMESPACE, 'manager'));
  await at.restart({
    USE_WORKLOAD_IDENTITY_AUTH: 'true',
    AZURE_FEDERATED_TOKEN_FILE: tokenFile,
    AZURE_WORKLOAD_IDENTITY_AUTH_MODE: 'strict',
    AZURE_CLIENT_ID: OPERATOR,
    AZURE_CLIENT_SECRET: '',
    ALLOW_MULTI_ENV_MANAGEMENT: 'true',
    // Nobody listens there: this machine is never asked through a proxy.
    HTTPS_PROXY: 'http://127.0.0.1:1',
  });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await abroad?.stop();
  await at?.stop();
});

const serviceAccount = (namespace: string, name: string): string =>
  `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`;

async function read(path: string, accept = 'application/json'): Promise<JsonObject> {
  const answer = await at.cluster.kube.send({ verb: 'GET', path, accept }, NEVER);
  return isObject(answer.body) ? answer.body : {};
}

async function made(path: string, object: JsonObject): Promise<void> {
  const metadata = { name: path.slice(path.lastIndexOf('/') + 1) };
  const answer = await apply(at.cluster.kube, path, { apiVersion: 'v1', metadata, ...object });
  if (answer.status >= 300) throw new Error(refusalOf(answer));
}

async function tokenOf(namespace: string, name: string): Promise<string> {
  const body = {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    spec: { audiences: ['api://AzureADTokenExchange'] },
  };
  const answer = await at.cluster.kube.send(
    { verb: 'POST', path: `${serviceAccount(namespace, name)}/token`, body },
    NEVER,
  );
  const status = isObject(answer.body) && isObject(answer.body.status) ? answer.body.status : {};
  return String(status.token);
}

const from = (name: string): JsonObject => ({ [`${SERVICE}/credential-from`]: name });

const putsOf = (path: RegExp) =>
  at.emulator.journal().filter((entry) => entry.method === 'PUT' && path.test(entry.url) && entry.status < 300);
/** Client ids that PUT a resource group. */
const actors = (name: string): readonly unknown[] =>
  putsOf(new RegExp(`/resourceGroups/${name}\\?`, 'i')).map((entry) => entry.principal);

describe('who acts', () => {
  it('the operator acts by its projected token where a namespace has no credential', async () => {
    await at.applied(group('global'));
    await at.eventuallyReady(group('global'));
    expect(actors('global')).toEqual([OPERATOR]);
  });

  it('a wrong secret is told with Secret, key and code; the right one takes effect at once', async () => {
    const object = group('mended', from('app'));
    await at.applied(secret('app', { ...KEYS, AZURE_CLIENT_ID: APP, AZURE_CLIENT_SECRET: WRONG }));
    await at.applied(object);
    const refused = await at.eventually(object, 'Failed', 'Warning');
    expect(refused.message).toMatch(
      /credential Secret 'team\/app', key AZURE_CLIENT_SECRET, was refused by Entra: AADSTS7000215/,
    );
    await at.applied(secret('app', { ...KEYS, AZURE_CLIENT_ID: APP, AZURE_CLIENT_SECRET: HIDDEN }));
    await at.eventuallyReady(object);
    expect(actors('mended')).toEqual([APP]);
    const seen = at.operator().log() + JSON.stringify(await read('/api/v1/namespaces/team/events'));
    for (const hidden of [WRONG, HIDDEN]) expect(seen).not.toContain(hidden);
  });

  it('strict: a namespace acts by its own service account, which is named while it is missing', async () => {
    const object = group('strict', from('team-identity'));
    await at.applied(secret('team-identity', { ...KEYS, AZURE_CLIENT_ID: TEAM }));
    await at.applied(object);
    const waiting = await at.eventually(object, 'Failed', 'Warning');
    expect(waiting.message).toContain("ServiceAccount 'team/aso-workload' does not exist");
    await made(serviceAccount('team', 'aso-workload'), { kind: 'ServiceAccount' });
    await at.eventuallyReady(object);
    expect(actors('strict')).toEqual([TEAM]);
  });

  it('strict: another namespace that names the same identity is refused, service account or not', async () => {
    await made(serviceAccount('other', 'aso-workload'), { kind: 'ServiceAccount' });
    await made('/api/v1/namespaces/other/secrets/aso-credential', {
      kind: 'Secret',
      stringData: { ...KEYS, AZURE_CLIENT_ID: TEAM },
    });
    const path = '/apis/resources.azure.com/v1api20200601/namespaces/other/resourcegroups/stolen';
    await made(path, { ...group('stolen') });
    await at.until(async () => JSON.stringify((await read(path)).status ?? {}).includes('AADSTS700213'), 'the refusal');
    expect(JSON.stringify((await read(path)).status)).toContain('system:serviceaccount:other:aso-workload');
    expect(actors('stolen')).toEqual([]);
  });

  it('a Secret may name another cloud where that is allowed', async () => {
    const cloud = {
      AZURE_AUTHORITY_HOST: abroad.endpoint,
      AZURE_RESOURCE_MANAGER_ENDPOINT: abroad.endpoint,
      AZURE_RESOURCE_MANAGER_AUDIENCE: abroad.endpoint,
    };
    const object = group('abroad', from('abroad'));
    await at.applied(secret('abroad', { ...KEYS, ...cloud, AZURE_CLIENT_ID: APP, AZURE_CLIENT_SECRET: HIDDEN }));
    await at.applied(object);
    await at.eventuallyReady(object);
    expect(abroad.resources()).toEqual([expect.stringMatching(/\/resourceGroups\/abroad$/)]);
    expect(actors('abroad')).toEqual([]);
  });

  it('objects that went out before their namespace had a credential move to it, and say so where it has another subscription', async () => {
    const path = '/apis/resources.azure.com/v1api20200601/namespaces/late/resourcegroups/early';
    const credential = (subscription: string): Promise<void> =>
      made('/api/v1/namespaces/late/secrets/aso-credential', {
        kind: 'Secret',
        stringData: {
          ...KEYS,
          AZURE_SUBSCRIPTION_ID: subscription,
          AZURE_CLIENT_ID: APP,
          AZURE_CLIENT_SECRET: HIDDEN,
        },
      });
    const ready = async (): Promise<JsonObject> => {
      const { status } = await read(path);
      const [condition] = isObject(status) && Array.isArray(status.conditions) ? status.conditions : [];
      return isObject(condition) ? condition : {};
    };
    // An annotation that only objects can have: the original, too, looks for it nowhere else.
    await made('/api/v1/namespaces/late', {
      kind: 'Namespace',
      metadata: { name: 'late', annotations: from('nowhere') },
    });
    await made(path, group('early'));
    await at.until(async () => (await ready()).status === 'True', 'the group to be Ready');
    expect(actors('early')).toEqual([OPERATOR]);
    await credential('00000000-0000-0000-0000-000000000002');
    await at.until(async () => (await ready()).reason === 'SubscriptionMismatch', 'the mismatch to be told');
    expect(await ready()).toMatchObject({ status: 'False', severity: 'Error' });
    await credential(KEYS.AZURE_SUBSCRIPTION_ID);
    await at.until(async () => (await ready()).status === 'True', 'the group to be Ready again');
    await made(path, { ...group('early'), spec: { location: 'westus2', tags: { by: 'team' } } });
    await at.until(() => actors('early').length === 2, 'the edit to be sent');
    expect(actors('early')).toEqual([OPERATOR, APP]);
  });

  it('a Secret of another namespace cannot be named', async () => {
    expect(await at.refused(group('thief', from('other/aso-credential')))).toContain("it cannot hold '/'");
    const thief = group('thief', from('..'));
    await at.applied(thief);
    expect((await at.eventually(thief, 'Failed')).message).toContain("credential Secret 'team/..'");
    await at.deleted(thief);
    await at.gone(thief);
  });
});

describe('inputs', () => {
  const server = (name: string, owner = 'global'): Manifest => postgresql(name, 'pg', owner);
  const passes = async (): Promise<number> => {
    const page = await (await fetch(`${at.operator().metricsUrl}/metrics`)).text();
    return [...page.matchAll(/^controller_runtime_reconcile_total\{[^}]*flexibleserver[^}]*\} (\d+)/gim)].reduce(
      (sum, match) => sum + Number(match[1]),
      0,
    );
  };
  const another = async (before: number): Promise<void> =>
    at.until(async () => (await passes()) > before, 'the operator to look at the server again');

  it('a changed key that the body holds is one PUT; another key, a label, and the same again are none', async () => {
    const data = { password: 'first-hidden-Pa55', other: 'a' };
    await at.applied(secret('pg', data));
    await at.applied(server('pg'));
    await at.eventuallyReady(server('pg'));
    const puts = (): number => putsOf(/flexibleServers\/pg\?/i).length;
    const before = puts();
    for (const change of [
      secret('pg', { ...data, other: 'b' }),
      { ...secret('pg', { ...data, other: 'b' }), metadata: { name: 'pg', labels: { a: 'b' } } },
      secret('pg', { ...data, third: 'c' }),
    ]) {
      const looked = await passes();
      await at.applied(change);
      await another(looked);
      await at.eventuallyReady(server('pg'));
    }
    expect(puts()).toBe(before);
    await at.applied(secret('pg', { ...data, password: 'second-hidden-Pa55' }));
    await at.until(() => puts() === before + 1, 'the PUT of the new password');
    await at.eventuallyReady(server('pg'));
  });

  it('an owner of another namespace is no owner', async () => {
    const orphan = server('orphan', 'stolen');
    await at.applied(orphan);
    const waiting = await at.eventually(orphan, 'WaitingForOwner');
    expect(waiting.message).toContain("'team/stolen' does not exist");
    await at.deleted(orphan);
    await at.gone(orphan);
  });
});

describe('role assignments', () => {
  const identity: Manifest = {
    apiVersion: 'managedidentity.azure.com/v1api20230131',
    kind: 'UserAssignedIdentity',
    metadata: { name: 'someone' },
    spec: {
      location: 'westus2',
      owner: { name: 'global' },
      operatorSpec: { configMaps: { principalId: { name: 'someone', key: 'principal' } } },
    },
  };
  const assignment = (name: string, spec: JsonObject = {}, annotations: JsonObject = {}): Manifest => ({
    apiVersion: 'authorization.azure.com/v1api20220401',
    kind: 'RoleAssignment',
    metadata: { name, annotations },
    spec: {
      owner: { group: 'resources.azure.com', kind: 'ResourceGroup', name: 'global' },
      principalIdFromConfig: { name: 'someone', key: 'principal' },
      roleDefinitionReference: { wellKnownName: 'Reader' },
      ...spec,
    },
  });
  const GUID = '0f8fad5b-d9cb-469f-a165-70867728950e';
  const idOf = async (manifest: Manifest): Promise<string> => {
    const metadata = (await at.object(manifest))?.metadata as JsonObject | undefined;
    return String((metadata?.annotations as JsonObject | undefined)?.[`${SERVICE}/resource-id`]);
  };

  it('a principal that the directory does not know yet is waited out', async () => {
    at.emulator.tune({ principalDelayMs: 3_600_000 });
    const first = assignment('given', { azureName: GUID }, { [`${SERVICE}/reconcile-policy`]: 'detach-on-delete' });
    await at.applied(identity);
    await at.applied(first);
    await at.eventually(first, 'PrincipalNotFound', 'Warning');
    at.emulator.tune({ principalDelayMs: 0 });
    await at.eventuallyReady(identity, first);
  });

  it('one that exists under another name is taken over, used, and deleted with the object', async () => {
    const first = assignment('given');
    await at.deleted(first);
    await at.gone(first);
    const adopting = assignment('made');
    await at.applied(adopting);
    await at.eventuallyReady(adopting);
    expect(await idOf(adopting)).toMatch(new RegExp(`/roleAssignments/${GUID}$`));
    await at.deleted(adopting);
    await at.gone(adopting);
    expect(at.emulator.resources().filter((id) => id.endsWith(GUID))).toEqual([]);
  });
});
