// Kinds that do not live behind ARM, from apply to gone, on real parts: an API server, the operator as a process, PostgreSQL and MariaDB
// from Debian's packages, and the emulator as Azure and as Microsoft Graph.

import tls from 'node:tls';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../src/emulator/settings.ts';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import {
  ADMIN,
  ADMIN_PASSWORD,
  type Databases,
  startDatabases,
  TOKEN_ADMIN,
  whyNoDatabases,
} from '../../tools/databases.ts';
import { group as resourceGroup } from '../support/manifests.ts';
import { type Manifest, type World, world } from '../support/world.ts';

const why = whyNoDatabases();
if (why !== undefined) console.log(`skipped: users on real databases, because ${why}`);
const NOBODY_LISTENS = '127.255.255.254';
const SERVICE = 'serviceoperator.azure.com';

/** Where the servers of the emulated Azure really are. */
const hosts = (others: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  'microsoft.dbforpostgresql/flexibleservers': databases?.postgresql.host ?? NOBODY_LISTENS,
  'microsoft.dbformysql/flexibleservers': databases?.mariadb.host ?? NOBODY_LISTENS,
  'microsoft.sql/servers': NOBODY_LISTENS,
  ...others,
});

let at: World;
let databases: Databases | undefined;
beforeAll(async () => {
  databases = why === undefined ? await startDatabases((line) => console.log(line)) : undefined;
  if (databases !== undefined) tls.setDefaultCACertificates([...tls.getCACertificates('default'), databases.caPem]);
  at = await world({
    groups: ['resources', 'dbforpostgresql', 'dbformysql', 'sql', 'entra'],
    emulator: { serverHosts: hosts() },
    ...(databases === undefined ? {} : { alsoTrusts: databases.caPem }),
  });
});
afterAll(async () => {
  await at?.stop();
  await databases?.stop();
});

const secret = (name: string, value: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData: { password: value },
});
const from = (name: string): JsonObject => ({ name, key: 'password' });
const server = (group: string, name: string): Manifest => ({
  apiVersion: group === 'dbformysql' ? 'dbformysql.azure.com/v1api20231230' : 'dbforpostgresql.azure.com/v1api20240801',
  kind: 'FlexibleServer',
  metadata: { name },
  spec: {
    location: 'westus2',
    owner: { name: 'rg' },
    version: group === 'dbformysql' ? '8.0.21' : '16',
    sku: { name: 'Standard_D4s_v3', tier: 'GeneralPurpose' },
    administratorLogin: ADMIN,
    administratorLoginPassword: from('admin'),
    storage: { storageSizeGB: 128 },
  },
});
const user = (
  group: string,
  name: string,
  owner: string,
  spec: JsonObject = {},
  annotations: JsonObject = {},
): Manifest => ({
  apiVersion: `${group}.azure.com/v1`,
  kind: 'User',
  metadata: { name, annotations },
  spec: {
    owner: { name: owner },
    localUser: { serverAdminUsername: ADMIN, serverAdminPassword: from('admin'), password: from('user') },
    ...spec,
  },
});

const group = (name: string, spec: JsonObject = {}): Manifest => ({
  apiVersion: 'entra.azure.com/v1',
  kind: 'SecurityGroup',
  metadata: { name },
  spec: { displayName: `Group ${name}`, mailNickname: name, ...spec },
});
const AFTER_RESTART = group('after-restart');

/** Members of a JSON object; none when there is no object. */
const membersOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
const annotationsOf = async (manifest: Manifest): Promise<JsonObject> =>
  membersOf(membersOf((await at.object(manifest))?.metadata).annotations);

describe.skipIf(why !== undefined)('users of databases', () => {
  const asPostgres = async <T>(name: string, password: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const host = databases?.postgresql.host ?? '';
    const client = new pg.Client({ host, user: name, password, database: 'postgres', ssl: { host } });
    await client.connect();
    return work(client).finally(() => client.end());
  };
  const canLogIn = (name: string, password: string): Promise<boolean> =>
    asPostgres(name, password, async () => true).catch((error: { code?: string }) => {
      if (error.code !== '28P01') throw error;
      return false;
    });
  const canLogInToMysql = async (name: string, password: string): Promise<boolean> => {
    try {
      const host = databases?.mariadb.host ?? '';
      await (await mysql.createConnection({ host, user: name, password, ssl: {} })).end();
      return true;
    } catch (error) {
      const { code, message } = error as { readonly code?: string; readonly message: string };
      // The server asks a user that it does not know for a password in any of its ways.
      if (code !== 'ER_ACCESS_DENIED_ERROR' && !message.includes('mysql_clear_password')) throw error;
      return false;
    }
  };
  const adminLogins = (): number =>
    databases?.postgresql.log().split(`connection authorized: user=${ADMIN}`).length ?? 0;

  beforeAll(async () => {
    await at.applied(resourceGroup('rg'));
    await at.applied(secret('admin', ADMIN_PASSWORD));
    await at.applied(secret('user', 'first'));
    await asPostgres(ADMIN, ADMIN_PASSWORD, async (client) => {
      await client.query('CREATE ROLE reader');
      await client.query('CREATE ROLE writer');
    });
  });

  it('a user waits for its server, is made, follows its Secret, and goes', async () => {
    const app = user('dbforpostgresql', 'app', 'pg', { roles: ['reader'] });
    await at.applied(app);
    expect((await at.eventually(app, 'WaitingForOwner', 'Warning')).message).toContain("'team/pg' does not exist");
    await at.applied(server('dbforpostgresql', 'pg'));
    await at.eventuallyReady(app);
    expect(await canLogIn('app', 'first')).toBe(true);
    const object = await at.object(app);
    expect(membersOf(object?.metadata).finalizers).toEqual([`${SERVICE}/finalizer`]);
    expect(await annotationsOf(app)).not.toHaveProperty(`${SERVICE}/resource-id`);
    expect(membersOf(object?.spec).azureName).toBe('app');

    const goalOf = async (): Promise<unknown> => membersOf(membersOf((await at.object(app))?.status).lastSync).goal;
    const first = await goalOf();
    await at.applied(secret('user', 'second'));
    // The pass that changes the password has ended when it has noted what it reached.
    await at.until(async () => (await goalOf()) !== first, 'the new password to be noted');
    expect(await canLogIn('app', 'second')).toBe(true);
    expect(await canLogIn('app', 'first')).toBe(false);

    await at.eventuallyReady(app);
    const before = adminLogins();
    await at.restart();
    await at.patched(app, { metadata: { labels: { touched: 'yes' } } });
    // A group that is made after the restart shows that the passes have begun.
    await at.applied(AFTER_RESTART);
    await at.eventuallyReady(AFTER_RESTART);
    expect(adminLogins()).toBe(before);

    await at.patched(app, { spec: { roles: ['writer', 'ghost'] } });
    expect((await at.eventually(app, 'Failed', 'Warning')).message).toContain("'ghost'");
    await at.patched(app, { spec: { roles: ['writer'] } });
    await at.eventuallyReady(app);

    // The Secret of the user goes first: a removal does not need it.
    await at.deleted(secret('user', ''));
    await at.deleted(app);
    await at.gone(app);
    expect(await canLogIn('app', 'second')).toBe(false);
    await at.applied(secret('user', 'first'));
  });

  it('a name is a name, whatever stands in it', async () => {
    const hostile = user('dbforpostgresql', 'hostile', 'pg', {
      azureName: `x"; DROP ROLE reader; --`,
      roles: ['reader'],
    });
    await at.applied(hostile);
    await at.eventuallyReady(hostile);
    expect(await canLogIn(`x"; DROP ROLE reader; --`, 'first')).toBe(true);
    await at.deleted(hostile);
    await at.gone(hostile);
    expect(await canLogIn(`x"; DROP ROLE reader; --`, 'first')).toBe(false);
  });

  it('policy skip makes nothing and says so', async () => {
    const seen = user('dbforpostgresql', 'seen', 'pg', {}, { [`${SERVICE}/reconcile-policy`]: 'skip' });
    await at.applied(seen);
    await at.eventually(seen, 'AzureResourceNotFound', 'Warning');
    await asPostgres(ADMIN, ADMIN_PASSWORD, (client) => client.query('CREATE ROLE seen'));
    await at.patched(seen, { metadata: { annotations: { [`${SERVICE}/reconcile-requested-at`]: '1' } } });
    await at.eventuallyReady(seen);
    await at.deleted(seen);
    await at.gone(seen);
    const found = await asPostgres(ADMIN, ADMIN_PASSWORD, (client) =>
      client.query("SELECT 1 FROM pg_roles WHERE rolname = 'seen'"),
    );
    expect(found.rowCount).toBe(1);
  });

  it('a server that cannot be reached keeps the object until the policy lets it go', async () => {
    at.emulator.tune({ serverHosts: hosts({ 'microsoft.dbforpostgresql/flexibleservers': NOBODY_LISTENS }) });
    const [dead, lost] = [server('dbforpostgresql', 'dead'), user('dbforpostgresql', 'lost', 'dead')];
    await at.applied(dead);
    await at.applied(lost);
    expect((await at.eventually(lost, 'Failed', 'Warning')).message).toContain('ECONNREFUSED');
    await at.deleted(lost);
    await at.until(
      async () => membersOf((await at.object(lost))?.status).observedGeneration !== 1,
      'a pass over the deletion',
    );
    expect(membersOf((await at.object(lost))?.metadata).finalizers).toEqual([`${SERVICE}/finalizer`]);
    await at.patched(lost, { metadata: { annotations: { [`${SERVICE}/reconcile-policy`]: 'detach-on-delete' } } });
    await at.gone(lost);
  });

  it('a user goes with its server', async () => {
    at.emulator.tune({ serverHosts: hosts() });
    const [brief, child] = [server('dbforpostgresql', 'brief'), user('dbforpostgresql', 'child', 'brief')];
    await at.applied(brief);
    await at.applied(child);
    await at.eventuallyReady(child);
    await at.deleted(brief);
    await at.gone(brief);
    await at.deleted(child);
    await at.gone(child);
  });

  it('a MySQL user gets its privileges, loses them, and goes', async () => {
    const shop = user('dbformysql', 'shop', 'my', {
      privileges: ['PROCESS'],
      databasePrivileges: { shop: ['SELECT'] },
    });
    await at.applied(server('dbformysql', 'my'));
    await at.applied(shop);
    await at.eventuallyReady(shop);
    expect(await canLogInToMysql('shop', 'first')).toBe(true);
    await at.deleted(shop);
    await at.gone(shop);
    expect(await canLogInToMysql('shop', 'first')).toBe(false);
  });

  it('without a password of the administrator the credential logs in to MySQL with a token', async (context) => {
    const token = databases?.mariadb.token;
    if (token === undefined) return context.skip('only root can say how MariaDB looks at a token');
    const localUser = { serverAdminUsername: TOKEN_ADMIN, password: from('user') };
    const modern = user('dbformysql', 'modern', 'my', { localUser });
    await at.applied(modern);
    await at.eventuallyReady(modern);
    expect(await canLogInToMysql('modern', 'first')).toBe(true);
    const claims = JSON.parse(Buffer.from(token().split('.')[1] ?? '', 'base64url').toString('utf8')) as JsonObject;
    expect(claims).toMatchObject({
      aud: 'https://ossrdbms-aad.database.windows.net',
      appid: DEFAULTS.clients[0]?.clientId,
    });
    // Azure's own statement for its users is not MariaDB's: the answer is told without the text.
    const azure = user('dbformysql', 'azure', 'my', { aadUser: { serverAdminUsername: TOKEN_ADMIN } });
    const { localUser: _none, ...spec } = membersOf(azure.spec);
    await at.applied({ ...azure, spec });
    expect((await at.eventually(azure, 'Failed', 'Warning')).message).toContain('ER_PARSE_ERROR');
    await at.deleted(modern);
    await at.gone(modern);
    expect(await canLogInToMysql('modern', 'first')).toBe(false);
  });

  it('no password and no token stands in the log of the operator', () => {
    const log = at.operator().log();
    expect(log.length).toBeGreaterThan(0);
    const secrets = [
      ADMIN_PASSWORD,
      JSON.stringify(ADMIN_PASSWORD).slice(1, -1),
      databases?.mariadb.token?.() ?? ADMIN_PASSWORD,
    ];
    expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
  });

  it('a MySQL user is local or of Entra, and stays so', async () => {
    const both = user('dbformysql', 'both', 'my', { aadUser: { serverAdminUsername: ADMIN } });
    expect(await at.refused(both)).toContain('exactly one of localUser and aadUser');
    const local = user('dbformysql', 'local', 'my');
    await at.applied(local);
    await at.eventuallyReady(local);
    const { localUser: _local, ...spec } = membersOf(local.spec);
    const entra = { ...local, spec: { ...spec, aadUser: { serverAdminUsername: ADMIN } } };
    expect(await at.refused(entra)).toContain('cannot change between local and Entra');
  });

  it('an Azure SQL user connects to the server above its database', async () => {
    const sql = (kind: string, name: string, spec: JsonObject): Manifest => ({
      apiVersion: 'sql.azure.com/v1api20211101',
      kind,
      metadata: { name },
      spec,
    });
    await at.applied(
      sql('Server', 'srv', {
        location: 'westus2',
        owner: { name: 'rg' },
        administratorLogin: ADMIN,
        administratorLoginPassword: from('admin'),
      }),
    );
    await at.applied(sql('ServersDatabase', 'db', { location: 'westus2', owner: { name: 'srv' } }));
    const app = user('sql', 'app', 'db');
    await at.applied(app);
    const { message } = await at.eventually(app, 'Failed', 'Warning');
    expect(message).toContain(`Azure SQL server '${NOBODY_LISTENS}'`);
    await at.patched(app, { metadata: { annotations: { [`${SERVICE}/reconcile-policy`]: 'detach-on-delete' } } });
    await at.deleted(app);
    await at.gone(app);
  });
});

describe('a group of Entra', () => {
  const idOf = async (manifest: Manifest): Promise<string> =>
    String((await annotationsOf(manifest))[`${SERVICE}/resource-id`] ?? '');
  const inGraph = (id: string): JsonObject | undefined => at.emulator.group(id);

  it('is made, shown, exported, changed and taken away', async () => {
    const team = group('made', {
      displayName: "The O'Haras",
      description: 'all of them',
      operatorSpec: { configmaps: { entraID: { name: 'made-id', key: 'id' } } },
    });
    await at.applied(team);
    await at.eventuallyReady(team);
    const id = await idOf(team);
    expect(inGraph(id)).toMatchObject({ displayName: "The O'Haras", groupTypes: [], securityEnabled: true });
    expect(membersOf((await at.object(team))?.status)).toMatchObject({
      entraID: id,
      displayName: "The O'Haras",
      description: 'all of them',
      groupEmailAddress: 'made',
    });
    expect(membersOf((await at.core('configmaps', 'made-id'))?.data)).toEqual({ id });

    await at.patched(team, { spec: { description: 'nobody' } });
    await at.until(() => inGraph(id)?.description === 'nobody', 'the description to change');
    await at.eventuallyReady(team);
    await at.deleted(team);
    await at.gone(team);
    expect(inGraph(id)).toBeUndefined();
  });

  it('is adopted by exactly its name', async () => {
    const id = at.emulator.addGroup({ displayName: "O'Brien", mailNickname: 'old', groupTypes: ['Unified'] });
    at.emulator.addGroup({ displayName: "o'brien", mailNickname: 'other' });
    const adopted = group('adopted', { displayName: "O'Brien" });
    await at.applied(adopted);
    await at.eventuallyReady(adopted);
    expect(await idOf(adopted)).toBe(id);
    expect(inGraph(id)).toMatchObject({ mailNickname: 'adopted', groupTypes: ['Unified'] });
  });

  it('is managed by one object: a second one of its name is told so', async () => {
    const [first, second] = [group('first', { displayName: 'One' }), group('second', { displayName: 'One' })];
    await at.applied(first);
    await at.eventuallyReady(first);
    await at.applied(second);
    expect((await at.eventually(second, 'ReconciliationBlocked', 'Warning')).message).toContain("'team/first'");
    expect(inGraph(await idOf(first))).toMatchObject({ mailNickname: 'first' });
    await at.deleted(second);
    await at.gone(second);
    expect(inGraph(await idOf(first))).toMatchObject({ mailNickname: 'first' });
  });

  it('is not adopted when there are several of its name, unless a new one is wanted in any case', async () => {
    for (const mailNickname of ['a', 'b']) at.emulator.addGroup({ displayName: 'Twin', mailNickname });
    const twin = group('twin', { displayName: 'Twin' });
    await at.applied(twin);
    expect((await at.eventually(twin, 'Failed', 'Warning')).message).toContain("several groups are named 'Twin'");
    await at.patched(twin, { spec: { operatorSpec: { creationMode: 'AlwaysCreate' } } });
    await at.eventuallyReady(twin);
    expect(inGraph(await idOf(twin))).toMatchObject({ mailNickname: 'twin' });
  });

  it('that was there a moment ago is not taken for gone', async () => {
    const lasting = group('lasting');
    await at.applied(lasting);
    await at.eventuallyReady(lasting);
    const id = await idOf(lasting);
    at.emulator.removeGroup(id);
    await at.patched(lasting, { spec: { description: 'again' } });
    expect((await at.eventually(lasting, 'Failed', 'Warning')).message).toContain('before it is taken for gone');
    expect(await idOf(lasting)).toBe(id);
  });

  it('that keeps its id in the status alone is still the same one', async () => {
    const stripped = group('stripped', { operatorSpec: { creationMode: 'AlwaysCreate' } });
    await at.applied(stripped);
    await at.eventuallyReady(stripped);
    const id = await idOf(stripped);
    await at.patched(stripped, { metadata: { annotations: { [`${SERVICE}/resource-id`]: null } } });
    await at.until(async () => (await idOf(stripped)) === id, 'the id to be put back');
  });
});
