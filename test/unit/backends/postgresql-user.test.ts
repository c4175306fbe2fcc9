// What a PostgreSQL user comes to as statements: table by table, with no server.

import { describe, expect, it } from 'vitest';
import {
  type PostgresqlGoal,
  type PostgresqlState,
  postgresqlDrop,
  postgresqlGoal,
  postgresqlPlan,
} from '../../../src/backends/postgresql-user.ts';
import { shown } from '../../../src/backends/statement.ts';
import { Secret } from '../../../src/values/secret.ts';
import { asking } from '../../support/backends.ts';

const GOAL: PostgresqlGoal = {
  name: 'app',
  admin: 'root',
  password: new Secret('pw'),
  roles: [],
  options: { login: true, createRole: false, createDb: false, replication: false },
};
const ABSENT: PostgresqlState = { options: undefined, memberOf: [], known: [] };
const PRESENT: PostgresqlState = { ...ABSENT, options: GOAL.options };

interface Row {
  readonly because: string;
  readonly goal?: Partial<PostgresqlGoal>;
  readonly state: PostgresqlState;
  readonly statements: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    because: 'a new user is made with its password',
    state: ABSENT,
    statements: ['CREATE ROLE "app" WITH LOGIN PASSWORD REDACTED'],
  },
  {
    because: 'the password of a user that is there is set again: nobody can read the present one',
    state: PRESENT,
    statements: ['ALTER ROLE "app" WITH PASSWORD REDACTED'],
  },
  {
    because: 'of the options only those that differ are sent: some need rights that the administrator may lack',
    goal: { options: { ...GOAL.options, createDb: true } },
    state: PRESENT,
    statements: ['ALTER ROLE "app" WITH CREATEDB PASSWORD REDACTED'],
  },
  {
    because: 'an option that is no longer wanted is taken away',
    goal: { options: { ...GOAL.options, login: false } },
    state: { ...PRESENT, options: { ...GOAL.options, createRole: true } },
    statements: ['ALTER ROLE "app" WITH NOLOGIN NOCREATEROLE PASSWORD REDACTED'],
  },
  {
    because: 'a user without login says so when it is made',
    goal: { options: { ...GOAL.options, login: false, replication: true } },
    state: ABSENT,
    statements: ['CREATE ROLE "app" WITH NOLOGIN REPLICATION PASSWORD REDACTED'],
  },
  {
    because: 'roles are made equal to the list: extra ones go, missing ones come, others stay',
    goal: { roles: ['reader', 'writer'] },
    state: { ...PRESENT, memberOf: ['reader', 'owner'], known: ['reader', 'writer'] },
    statements: ['ALTER ROLE "app" WITH PASSWORD REDACTED', 'REVOKE "owner" FROM "app"', 'GRANT "writer" TO "app"'],
  },
  {
    because: 'a quote in a name is part of the name',
    goal: { name: 'a"; DROP ROLE root; --', roles: ['r"x'] },
    state: { ...ABSENT, known: ['r"x'] },
    statements: [
      'CREATE ROLE "a""; DROP ROLE root; --" WITH LOGIN PASSWORD REDACTED',
      'GRANT "r""x" TO "a""; DROP ROLE root; --"',
    ],
  },
];

describe('statements of a PostgreSQL user', () => {
  it.each(ROWS)('$because', ({ goal, state, statements }) => {
    const plan = postgresqlPlan({ ...GOAL, ...goal }, state);
    expect(plan.ok ? plan.statements.map(shown) : plan.failure).toEqual(statements);
  });

  it('a role that the server does not have is a failure that names it, and nothing is done', () => {
    const plan = postgresqlPlan({ ...GOAL, roles: ['reader', 'ghost'] }, { ...ABSENT, known: ['reader'] });
    expect(plan).toMatchObject({ ok: false, failure: { code: 'Failed', severity: 'Warning', retry: 'slow' } });
    expect(plan.ok ? '' : plan.failure.message).toContain("'ghost'");
  });

  it('a user is dropped under its quoted name, and with no word of what it owns', () => {
    expect(postgresqlDrop({ ...GOAL, name: 'a"b' }).map(shown)).toEqual(['DROP ROLE IF EXISTS "a""b"']);
  });
});

describe('what is wanted of a PostgreSQL user', () => {
  const local = { serverAdminUsername: 'root', serverAdminPassword: new Secret('r'), password: new Secret('p') };
  it.each([
    ['no option given means login alone', { localUser: local }, { options: GOAL.options }],
    [
      'an option given as false is off',
      { localUser: local, roleOptions: { login: false } },
      { options: { ...GOAL.options, login: false } },
    ],
    ['a role named twice counts once', { localUser: local, roles: ['a', 'a'] }, { roles: ['a'] }],
  ])('%s', (_because, spec, wanted) => {
    expect(postgresqlGoal(asking('apply', { name: 'app', ...spec }))).toMatchObject({ ok: true, value: wanted });
  });

  it.each([
    ['the administrator would lose its rights', { name: 'root', localUser: local }, 'the administrator itself'],
    ['the server would cut the name off', { name: 'x'.repeat(64), localUser: local }, '63 bytes'],
    ['bytes count, not characters', { name: 'ü'.repeat(32), localUser: local }, '63 bytes'],
    ['a NUL ends a text on the wire', { name: 'a\0b', localUser: local }, 'NUL'],
    ['no password, no user', { name: 'app', localUser: { serverAdminUsername: 'root' } }, 'localUser.password'],
  ])('%s', (_because, goal, message) => {
    const read = postgresqlGoal(asking('apply', goal));
    expect(read.ok ? '' : read.failure.message).toContain(message);
  });

  it('a removal needs no password of the user', () => {
    const { password: _gone, ...rest } = local;
    expect(postgresqlGoal(asking('remove', { name: 'app', localUser: rest })).ok).toBe(true);
  });
});
