// Backends against real PostgreSQL and MariaDB servers: what a statement does is the server's word, not ours. Installs the servers from
// Debian's packages where it can, and says that it is skipped where it cannot.

import tls from 'node:tls';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBackends } from '../../src/backends/list.ts';
import type { BackendAnswer, BackendRequest } from '../../src/reconcile/backend.ts';
import { warning } from '../../src/reconcile/failure.ts';
import { type SealedObject, Secret } from '../../src/values/secret.ts';
import { ADMIN, ADMIN_PASSWORD, type Databases, startDatabases, whyNoDatabases } from '../../tools/databases.ts';
import { asking } from '../support/backends.ts';

const why = whyNoDatabases();
if (why !== undefined) console.log(`skipped: users on real databases, because ${why}`);

/** Texts that end a literal, a name or a statement where quoting is wrong. */
const NASTY = [
  `o'hara`,
  `a"b`,
  'back`tick',
  `end\\`,
  `\\'; DROP ROLE victim; --`,
  `"; DROP ROLE victim; --`,
  `x'@'%' IDENTIFIED BY ''; DROP USER victim; -- `,
  `$$; DROP ROLE victim; $$`,
  'ünï',
  '%',
  '?',
  'semi;colon',
  '/*comment*/',
];

describe.skipIf(why !== undefined)('users on real servers', () => {
  let databases: Databases;
  const backends = createBackends({
    arm: () => Promise.reject(new Error('no Azure here')),
    tokens: () => {
      throw new Error('no tokens here');
    },
  });

  beforeAll(async () => {
    databases = await startDatabases((line) => console.log(line));
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), databases.caPem]);
    await asPostgres(ADMIN, ADMIN_PASSWORD, async (client) => {
      for (const role of ['victim', 'reader', 'writer', `r"'x`])
        await client.query(`CREATE ROLE ${pg.escapeIdentifier(role)}`);
    });
    await asMysql(ADMIN, ADMIN_PASSWORD, async (client) => {
      await client.query("CREATE USER victim IDENTIFIED BY 'v'");
      for (const name of ['shop', 'my_db', 'a`b']) await client.query(`CREATE DATABASE ${mysql.escapeId(name, true)}`);
    });
  });
  afterAll(() => databases?.stop());

  const ask = (
    name: 'postgresql' | 'mysql',
    what: BackendRequest['ask'],
    goal: SealedObject,
    more: Partial<BackendRequest> = {},
  ): Promise<BackendAnswer> => {
    const server = (name === 'mysql' ? databases.mariadb : databases.postgresql).host;
    const credential = { ok: false as const, failure: warning('Failed', 'no credential') };
    return backends(
      { name, request: asking(what, goal, { server, ...more }), credential },
      AbortSignal.timeout(30_000),
    );
  };
  const goal = (name: string, password: string, more: SealedObject = {}): SealedObject => ({
    name,
    localUser: {
      serverAdminUsername: ADMIN,
      serverAdminPassword: new Secret(ADMIN_PASSWORD),
      password: new Secret(password),
    },
    ...more,
  });

  async function asPostgres<T>(user: string, password: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const { host } = databases.postgresql;
    const client = new pg.Client({ host, user, password, database: 'postgres', ssl: { host } });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
  async function asMysql<T>(
    user: string,
    password: string,
    work: (client: mysql.Connection) => Promise<T>,
  ): Promise<T> {
    const client = await mysql.createConnection({ host: databases.mariadb.host, user, password, ssl: {} });
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
  const rolesOf = (name: string): Promise<readonly string[]> =>
    asPostgres(ADMIN, ADMIN_PASSWORD, async (client) => {
      const found = await client.query(
        'SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = $1 ORDER BY 1',
        [name],
      );
      return found.rows.map((row: { rolname: string }) => row.rolname);
    });
  const grantsOf = (name: string): Promise<readonly string[]> =>
    asMysql(ADMIN, ADMIN_PASSWORD, async (client) => {
      const [rows] = await client.query(`SHOW GRANTS FOR ${mysql.escape(name)}@'%'`);
      return (rows as readonly Record<string, string>[])
        .map((row) => (Object.values(row)[0] ?? '').replace(/ IDENTIFIED BY.*$/, ''))
        .map((grant) => grant.replace(/ TO .*?( WITH|$)/, '$1'))
        .sort();
    });

  describe('PostgreSQL', () => {
    it('makes a user that can log in, changes its password, and takes it away', async () => {
      expect(await ask('postgresql', 'observe', goal('app', 'one'))).toEqual({ state: 'absent' });
      expect(await ask('postgresql', 'apply', goal('app', 'one'))).toEqual({ state: 'present', shows: {} });
      expect(await asPostgres('app', 'one', async () => 'in')).toBe('in');
      expect(await ask('postgresql', 'observe', goal('app', 'one'))).toMatchObject({ state: 'present' });
      await ask('postgresql', 'apply', goal('app', 'two'));
      await expect(asPostgres('app', 'one', async () => 'in')).rejects.toMatchObject({ code: '28P01' });
      expect(await asPostgres('app', 'two', async () => 'in')).toBe('in');
      expect(await ask('postgresql', 'remove', goal('app', 'two'))).toEqual({ state: 'absent' });
      await expect(asPostgres('app', 'two', async () => 'in')).rejects.toMatchObject({ code: '28P01' });
      expect(await ask('postgresql', 'remove', goal('app', 'two'))).toEqual({ state: 'absent' });
    });

    it('makes roles and options equal to what is wanted', async () => {
      await ask(
        'postgresql',
        'apply',
        goal('ranger', 'p', { roles: ['reader', `r"'x`], roleOptions: { createDb: true } }),
      );
      expect(await rolesOf('ranger')).toEqual([`r"'x`, 'reader']);
      await ask('postgresql', 'apply', goal('ranger', 'p', { roles: ['writer'], roleOptions: { createRole: true } }));
      expect(await rolesOf('ranger')).toEqual(['writer']);
      const options = await asPostgres(ADMIN, ADMIN_PASSWORD, (client) =>
        client.query("SELECT rolcreatedb, rolcreaterole, rolcanlogin FROM pg_roles WHERE rolname = 'ranger'"),
      );
      expect(options.rows).toEqual([{ rolcreatedb: false, rolcreaterole: true, rolcanlogin: true }]);
    });

    it('a role that does not exist leaves everything as it was', async () => {
      const answer = await ask('postgresql', 'apply', goal('nobody', 'p', { roles: ['reader', 'ghost'] }));
      expect(answer).toMatchObject({ state: 'refused', failure: { code: 'Failed', severity: 'Warning' } });
      expect(await ask('postgresql', 'observe', goal('nobody', 'p'))).toEqual({ state: 'absent' });
    });

    it('a user that owns something is not dropped, and the answer says what it owns', async () => {
      await ask('postgresql', 'apply', goal('owner', 'p'));
      await asPostgres(ADMIN, ADMIN_PASSWORD, (client) => client.query('CREATE SCHEMA mine AUTHORIZATION owner'));
      const answer = await ask('postgresql', 'remove', goal('owner', 'p'));
      expect(answer.state === 'refused' ? answer.failure.message : '').toContain('owner of schema mine');
    });

    it.each(NASTY.map((text) => [text]))('%j is a name, a password and nothing else', async (text) => {
      expect(await ask('postgresql', 'apply', goal(text, text, { roles: ['reader'] }))).toMatchObject({
        state: 'present',
      });
      expect(await asPostgres(text, text, async () => 'in')).toBe('in');
      expect(await rolesOf(text)).toEqual(['reader']);
      expect(await rolesOf('victim')).toEqual([]);
      expect(await ask('postgresql', 'remove', goal(text, text))).toEqual({ state: 'absent' });
      expect(await ask('postgresql', 'observe', goal('victim', 'v'))).toMatchObject({ state: 'present' });
    });
  });

  describe('MariaDB', () => {
    it('makes a user that can log in, changes its password, and takes it away', async () => {
      expect(await ask('mysql', 'observe', goal('app', 'one'))).toEqual({ state: 'absent' });
      expect(await ask('mysql', 'apply', goal('app', 'one'))).toEqual({ state: 'present', shows: {} });
      expect(await asMysql('app', 'one', async () => 'in')).toBe('in');
      await ask('mysql', 'apply', goal('app', 'two'));
      await expect(asMysql('app', 'one', async () => 'in')).rejects.toMatchObject({ code: 'ER_ACCESS_DENIED_ERROR' });
      expect(await asMysql('app', 'two', async () => 'in')).toBe('in');
      expect(await ask('mysql', 'remove', goal('app', 'two'))).toEqual({ state: 'absent' });
      await expect(asMysql('app', 'two', async () => 'in')).rejects.toMatchObject({ code: 'ER_ACCESS_DENIED_ERROR' });
      expect(await ask('mysql', 'remove', goal('app', 'two'))).toEqual({ state: 'absent' });
    });

    it('makes privileges equal to what is wanted, on the server and in databases', async () => {
      const first = {
        privileges: ['create user', 'RELOAD'],
        databasePrivileges: { shop: ['SELECT', 'INSERT'], 'a`b': ['ALL'] },
      };
      await ask('mysql', 'apply', goal('ranger', 'p', first));
      expect(await grantsOf('ranger')).toEqual([
        'GRANT ALL PRIVILEGES ON `a``b`.*',
        'GRANT RELOAD, CREATE USER ON *.*',
        'GRANT SELECT, INSERT ON `shop`.*',
      ]);
      const second = {
        privileges: ['USAGE'],
        databasePrivileges: { shop: ['SELECT', 'GRANT OPTION'], my_db: ['DROP'] },
      };
      await ask('mysql', 'apply', goal('ranger', 'p', second));
      expect(await grantsOf('ranger')).toEqual([
        'GRANT DROP ON `my_db`.*',
        'GRANT SELECT ON `shop`.* WITH GRANT OPTION',
        'GRANT USAGE ON *.*',
      ]);
      await ask('mysql', 'apply', goal('ranger', 'p'));
      expect(await grantsOf('ranger')).toEqual(['GRANT USAGE ON *.*']);
    });

    it('two names of one privilege come to the one that is wanted', async () => {
      const wanted = goal('alias', 'p', { privileges: ['REPLICATION CLIENT'] });
      await ask('mysql', 'apply', wanted);
      await ask('mysql', 'apply', wanted);
      expect(await grantsOf('alias')).toEqual(['GRANT BINLOG MONITOR ON *.*']);
    });

    it('quoting holds on a server whose mode would break it', async () => {
      const name = `q\\' OR 1=1 -- `;
      await asMysql(ADMIN, ADMIN_PASSWORD, (client) =>
        client.query("SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'"),
      );
      try {
        expect(await ask('mysql', 'apply', goal(name, name))).toMatchObject({ state: 'present' });
      } finally {
        await asMysql(ADMIN, ADMIN_PASSWORD, (client) => client.query('SET GLOBAL sql_mode = DEFAULT'));
      }
      expect(await asMysql(name, name, async () => 'in')).toBe('in');
    });

    it.each(NASTY.map((text) => [text]))('%j is a name, a password and nothing else', async (text) => {
      const wanted = goal(text, text, { databasePrivileges: { shop: ['SELECT'], [text]: ['INSERT'] } });
      expect(await ask('mysql', 'apply', wanted)).toMatchObject({ state: 'present' });
      expect(await ask('mysql', 'apply', wanted)).toMatchObject({ state: 'present' });
      expect(await asMysql(text, text, async () => 'in')).toBe('in');
      expect(await grantsOf(text)).toHaveLength(3);
      await ask('mysql', 'apply', goal(text, text));
      expect(await grantsOf(text)).toEqual(['GRANT USAGE ON *.*']);
      expect(await ask('mysql', 'remove', goal(text, text))).toEqual({ state: 'absent' });
      expect(await ask('mysql', 'observe', goal('victim', 'v'))).toMatchObject({ state: 'present' });
    });
  });

  describe.each(['postgresql', 'mysql'] as const)('what goes wrong with %s', (name) => {
    const failureOf = async (
      answer: Promise<BackendAnswer>,
    ): Promise<{ code: string; retry: string; message: string }> => {
      const given = await answer;
      if (given.state !== 'refused') throw new Error(`it was not refused: ${given.state}`);
      return given.failure;
    };

    it('a wrong password of the administrator is told without it', async () => {
      const wrong = {
        ...goal('app', 'p'),
        localUser: { serverAdminUsername: ADMIN, serverAdminPassword: new Secret('wr0ng!'), password: new Secret('p') },
      };
      const failure = await failureOf(ask(name, 'apply', wrong));
      expect(failure).toMatchObject({ code: 'Failed', retry: 'slow' });
      expect(failure.message).toMatch(/28P01|ER_ACCESS_DENIED_ERROR/);
      expect(failure.message).not.toContain('wr0ng!');
    });

    it('a server that does not listen is told with its name', async () => {
      const failure = await failureOf(ask(name, 'apply', goal('app', 'p'), { server: '127.255.255.254' }));
      expect(failure.message).toMatch(/'127\.255\.255\.254': ECONNREFUSED/);
    });

    it('a certificate of another name is not taken', async () => {
      // Another spelling of the server's address, which the resolver reads and the certificate does not name.
      const [a, b, c, d] = databases.postgresql.host.split('.').map(Number);
      const server = `${a}.${b}.${(c ?? 0) * 256 + (d ?? 0)}`;
      const failure = await failureOf(ask(name, 'apply', goal('app', 'p'), { server }));
      expect(failure.message).toMatch(/ERR_TLS_CERT_ALTNAME_INVALID|does not match certificate/);
    });

    it('more questions at a time than the server should bear are told to come again', async () => {
      const answers = await Promise.all([1, 2, 3, 4].map((n) => ask(name, 'observe', goal(`n${n}`, 'p'))));
      expect(answers.map((answer) => answer.state).sort()).toEqual(['absent', 'absent', 'busy', 'busy']);
    });
  });
});
