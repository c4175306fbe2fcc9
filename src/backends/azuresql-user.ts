// A user of an Azure SQL database as statements: from what is wanted and what is there to what must be run. Pure.

import type { BackendRequest } from '../reconcile/backend.ts';
import { fatal } from '../reconcile/failure.ts';
import type { Resolved } from '../reconcile/observed.ts';
import type { Plan } from './database.ts';
import { difference, type Query, type Row, type Statement } from './statement.ts';
import { type LocalUser, localUser, refuse, texts } from './user-goal.ts';

/** Length of sysname. */
const MAX_NAME = 128;

export interface AzuresqlGoal extends LocalUser {
  readonly roles: readonly string[];
}

export interface AzuresqlState {
  readonly exists: boolean;
  readonly memberOf: readonly string[];
}

export function azuresqlGoal(request: BackendRequest): Resolved<AzuresqlGoal> {
  const user = localUser(request);
  if (!user.ok) return user;
  const roles = texts(request.goal.roles);
  const long = [user.value.name, ...roles].find((name) => name.length > MAX_NAME);
  if (long !== undefined)
    return refuse(
      fatal('Failed', `'${long.slice(0, 80)}' is longer than the ${MAX_NAME} characters of a name in Azure SQL`),
    );
  return { ok: true, value: { ...user.value, roles } };
}

/** Two questions whose rows azuresqlState reads, in this order; @p0 is the first value. */
export function azuresqlQueries(goal: AzuresqlGoal): readonly Query[] {
  return [
    {
      text: "SELECT name FROM sys.database_principals WHERE name = @p0 AND type IN ('S', 'U', 'G', 'E', 'X')",
      values: [goal.name],
    },
    {
      text: 'SELECT r.name FROM sys.database_role_members m JOIN sys.database_principals r ON r.principal_id = m.role_principal_id JOIN sys.database_principals u ON u.principal_id = m.member_principal_id WHERE u.name = @p0',
      values: [goal.name],
    },
  ];
}

export function azuresqlState(answers: readonly (readonly Row[])[]): AzuresqlState {
  const [found = [], roles = []] = answers;
  return { exists: found.length > 0, memberOf: roles.map(({ name }) => String(name)) };
}

/** Names of roles are compared without regard to case, as a database does by its default collation. */
export function azuresqlPlan(goal: AzuresqlGoal, state: AzuresqlState): Plan {
  if (goal.password === undefined) throw new Error('a plan was asked for without a password');
  const user = bracketed(goal.name);
  const { missing, extra } = difference(goal.roles, state.memberOf, (name) => name.toLowerCase());
  return {
    ok: true,
    statements: [
      [`${state.exists ? 'ALTER' : 'CREATE'} USER ${user} WITH PASSWORD = `, goal.password],
      ...extra.map((role): Statement => [`ALTER ROLE ${bracketed(role)} DROP MEMBER ${user}`]),
      ...missing.map((role): Statement => [`ALTER ROLE ${bracketed(role)} ADD MEMBER ${user}`]),
    ],
  };
}

export function azuresqlDrop(goal: AzuresqlGoal): readonly Statement[] {
  return [[`DROP USER IF EXISTS ${bracketed(goal.name)}`]];
}

/** Transact-SQL has no library for quoting: QUOTENAME's rule for names. */
export function bracketed(name: string): string {
  return `[${name.replaceAll(']', ']]')}]`;
}

/** A literal. Only the quote is special in it, but for a backslash at a line's end, which the server would leave out together with the end. */
export function quoted(value: string): string {
  if (/\\\r?\n/.test(value)) throw new Error('a backslash before a line break cannot stand in a password of Azure SQL');
  return `N'${value.replaceAll("'", "''")}'`;
}
