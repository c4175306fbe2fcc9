// What an Azure SQL user comes to as statements: table by table. There is no server to try them on.

import { describe, expect, it } from 'vitest';
import {
  type AzuresqlGoal,
  type AzuresqlState,
  azuresqlDrop,
  azuresqlGoal,
  azuresqlPlan,
  azuresqlState,
  quoted,
} from '../../../src/backends/azuresql-user.ts';
import { shown } from '../../../src/backends/statement.ts';
import { Secret } from '../../../src/values/secret.ts';
import { asking } from '../../support/backends.ts';

const GOAL: AzuresqlGoal = { name: 'app', admin: 'root', password: new Secret('pw'), roles: [] };
const ABSENT: AzuresqlState = { exists: false, memberOf: [] };
const PRESENT: AzuresqlState = { exists: true, memberOf: [] };

describe('statements of an Azure SQL user', () => {
  it.each([
    {
      because: 'a new user is contained in the database',
      goal: {},
      state: ABSENT,
      statements: ['CREATE USER [app] WITH PASSWORD = REDACTED'],
    },
    {
      because: 'the password of a user that is there is set again',
      goal: {},
      state: PRESENT,
      statements: ['ALTER USER [app] WITH PASSWORD = REDACTED'],
    },
    {
      because: 'roles are made equal to the list, without regard to case',
      goal: { roles: ['db_datareader', 'DB_OWNER'] },
      state: { exists: true, memberOf: ['db_owner', 'db_datawriter'] },
      statements: [
        'ALTER USER [app] WITH PASSWORD = REDACTED',
        'ALTER ROLE [db_datawriter] DROP MEMBER [app]',
        'ALTER ROLE [db_datareader] ADD MEMBER [app]',
      ],
    },
    {
      because: 'a bracket in a name is part of the name',
      goal: { name: 'a]; DROP TABLE t; --', roles: ['r]x'] },
      state: ABSENT,
      statements: [
        'CREATE USER [a]]; DROP TABLE t; --] WITH PASSWORD = REDACTED',
        'ALTER ROLE [r]]x] ADD MEMBER [a]]; DROP TABLE t; --]',
      ],
    },
  ])('$because', ({ goal, state, statements }) => {
    const plan = azuresqlPlan({ ...GOAL, ...goal }, state);
    expect(plan.ok ? plan.statements.map(shown) : plan.failure).toEqual(statements);
  });

  it('a user is dropped under its quoted name', () => {
    expect(azuresqlDrop({ ...GOAL, name: 'a]b' }).map(shown)).toEqual(['DROP USER IF EXISTS [a]]b]']);
  });

  it('rows of the server become a state', () => {
    expect(azuresqlState([[{ name: 'app' }], [{ name: 'db_owner' }]])).toEqual({
      exists: true,
      memberOf: ['db_owner'],
    });
  });
});

describe('a literal', () => {
  it.each([
    ["it's", "N'it''s'"],
    ["'; DROP USER x; --", "N'''; DROP USER x; --'"],
    ['back\\slash', "N'back\\slash'"],
    ['line\nbreak', "N'line\nbreak'"],
  ])('%j is %s', (value, literal) => {
    expect(quoted(value)).toBe(literal);
  });

  it('refuses what the server would read otherwise, and does not quote it', () => {
    expect(() => quoted('top\\\nsecret')).toThrow(/^a backslash before a line break/);
  });
});

it('a name longer than sysname is refused', () => {
  const localUser = { serverAdminUsername: 'root', password: new Secret('p') };
  const read = azuresqlGoal(asking('apply', { name: 'x'.repeat(129), localUser }));
  expect(read.ok ? '' : read.failure.message).toContain('128 characters');
});
