// What a MySQL user comes to as statements: table by table, with no server.

import { describe, expect, it } from 'vitest';
import {
  type MysqlGoal,
  type MysqlState,
  mysqlDrop,
  mysqlGoal,
  mysqlPlan,
  mysqlState,
} from '../../../src/backends/mysql-user.ts';
import { shown } from '../../../src/backends/statement.ts';
import { Secret } from '../../../src/values/secret.ts';
import { asking } from '../../support/backends.ts';

const GOAL: MysqlGoal = {
  name: 'app',
  hostname: '%',
  admin: 'root',
  identity: { kind: 'local', password: new Secret('pw') },
  privileges: [],
  databases: {},
};
const ABSENT: MysqlState = { exists: false, privileges: [], databases: {}, foldsCase: false };
const PRESENT: MysqlState = { ...ABSENT, exists: true };
const CREATED = "CREATE USER 'app'@'%' IDENTIFIED BY REDACTED";
const ALTERED = "ALTER USER 'app'@'%' IDENTIFIED BY REDACTED";

interface Row {
  readonly because: string;
  readonly goal?: Partial<MysqlGoal>;
  readonly state: MysqlState;
  readonly statements: readonly string[];
}

const ROWS: readonly Row[] = [
  { because: 'a new user is made with its password', state: ABSENT, statements: [CREATED] },
  { because: 'the password of a user that is there is set again', state: PRESENT, statements: [ALTERED] },
  {
    because: 'server privileges are made equal to the list, and what goes goes first',
    goal: { privileges: ['SELECT', 'CREATE USER'] },
    state: { ...PRESENT, privileges: ['SELECT', 'RELOAD'] },
    statements: [ALTERED, "REVOKE RELOAD ON *.* FROM 'app'@'%'", "GRANT CREATE USER ON *.* TO 'app'@'%'"],
  },
  {
    because: 'databases that are no longer named lose all privileges',
    goal: { databases: { shop: ['SELECT'] } },
    state: { ...PRESENT, databases: { shop: ['SELECT', 'INSERT'], old: ['DROP', 'ALTER'] } },
    statements: [ALTERED, "REVOKE INSERT ON `shop`.* FROM 'app'@'%'", "REVOKE DROP, ALTER ON `old`.* FROM 'app'@'%'"],
  },
  {
    because: 'a dot in the name of a database is part of the name',
    goal: { databases: { 'a.b`c': ['SELECT'] } },
    state: PRESENT,
    statements: [ALTERED, "GRANT SELECT ON `a.b``c`.* TO 'app'@'%'"],
  },
  {
    because: 'a server that stores names in lower case does not revoke and grant for ever',
    goal: { databases: { Shop: ['SELECT'] } },
    state: { ...PRESENT, databases: { shop: ['SELECT'] }, foldsCase: true },
    statements: [ALTERED],
  },
  {
    because: 'names that differ in case are two databases elsewhere',
    goal: { databases: { Shop: ['SELECT'] } },
    state: { ...PRESENT, databases: { shop: ['SELECT'] } },
    statements: [ALTERED, "REVOKE SELECT ON `shop`.* FROM 'app'@'%'", "GRANT SELECT ON `Shop`.* TO 'app'@'%'"],
  },
  {
    because: 'all privileges are granted as such and none of them is extra',
    goal: { databases: { shop: ['ALL'] } },
    state: { ...PRESENT, databases: { shop: ['SELECT', 'GRANT OPTION'] } },
    statements: [
      ALTERED,
      "REVOKE GRANT OPTION ON `shop`.* FROM 'app'@'%'",
      "GRANT ALL PRIVILEGES ON `shop`.* TO 'app'@'%'",
    ],
  },
  {
    because: 'quotes and backslashes in names are part of the names',
    goal: { name: "a'; DROP USER root; -- \\", hostname: "h'x" },
    state: ABSENT,
    statements: ["CREATE USER 'a\\'; DROP USER root; -- \\\\'@'h\\'x' IDENTIFIED BY REDACTED"],
  },
  {
    because: 'an Entra user is made by its name in Entra and has no password',
    goal: { name: 'app', identity: { kind: 'entra', principal: 'app' }, privileges: ['SELECT'] },
    state: ABSENT,
    statements: ["CREATE AADUSER 'app'", "GRANT SELECT ON *.* TO 'app'@'%'"],
  },
  {
    because: 'an alias is its name in the server',
    goal: { name: 'short', identity: { kind: 'entra', principal: "someone'very@long.example" } },
    state: ABSENT,
    statements: ["CREATE AADUSER 'someone\\'very@long.example' AS 'short'"],
  },
  {
    because: 'an Entra user that is there is not made again',
    goal: { identity: { kind: 'entra', principal: 'app' } },
    state: PRESENT,
    statements: [],
  },
];

describe('statements of a MySQL user', () => {
  it.each(ROWS)('$because', ({ goal, state, statements }) => {
    const plan = mysqlPlan({ ...GOAL, ...goal }, state);
    expect(plan.ok ? plan.statements.map(shown) : plan.failure).toEqual(statements);
  });

  it('a user is dropped with its host', () => {
    expect(mysqlDrop({ ...GOAL, hostname: '10.%' }).map(shown)).toEqual(["DROP USER IF EXISTS 'app'@'10.%'"]);
  });
});

it('USAGE is no privilege, and the right to grant is one', () => {
  const state = mysqlState([
    [{ found: 1 }],
    [{ privilege: 'USAGE', grantable: 'YES' }],
    [{ db: 'shop', privilege: 'SELECT', grantable: 'NO' }],
    [{ folds: 1 }],
  ]);
  expect(state).toEqual({
    exists: true,
    privileges: ['GRANT OPTION'],
    databases: { shop: ['SELECT'] },
    foldsCase: true,
  });
});

describe('what is wanted of a MySQL user', () => {
  const localUser = { serverAdminUsername: 'root', serverAdminPassword: new Secret('r'), password: new Secret('p') };
  const read = (goal: object) => mysqlGoal(asking('apply', { name: 'app', localUser, ...goal }));

  it.each([
    ['any host when none is given', {}, { hostname: '%' }],
    [
      'privileges without regard to case and space',
      { privileges: [' create  user ', 'Select'] },
      { privileges: ['CREATE USER', 'SELECT'] },
    ],
    ['USAGE asks for nothing', { privileges: ['USAGE'] }, { privileges: [] }],
    [
      'an Entra user goes by its alias',
      { localUser: undefined, aadUser: { alias: 'short', serverAdminUsername: 'admins' } },
      { name: 'short', admin: 'admins', identity: { kind: 'entra', principal: 'app' } },
    ],
  ])('%s', (_because, goal, wanted) => {
    expect(read(goal)).toMatchObject({ ok: true, value: wanted });
  });

  it.each([
    "SELECT ON *.* TO 'x'@'%'; --",
    'SELECT ON shop TO root',
    'ALL PRIVILEGES WITH GRANT OPTION',
    'SELECT, DROP',
    'SELECT/**/',
    'SELECT (a)',
    '',
  ])('%j is no privilege', (privilege) => {
    for (const goal of [{ privileges: [privilege] }, { databasePrivileges: { shop: [privilege] } }]) {
      const made = read(goal);
      expect(made.ok ? 'accepted' : made.failure).toMatchObject({ severity: 'Error', code: 'Failed' });
    }
  });
});
