// A user of a MySQL server as statements: from what is wanted and what is there to what must be run. Pure.
// Names and passwords are quoted by the client library.

import { escapeId, escape as quoted } from 'mysql2';
import type { BackendRequest } from '../reconcile/backend.ts';
import { fatal } from '../reconcile/failure.ts';
import type { Resolved } from '../reconcile/observed.ts';
import type { Secret } from '../values/secret.ts';
import type { Plan } from './database.ts';
import { changesAt, heldIn, oddAmong, privilegesOf } from './mysql-privileges.ts';
import type { Query, Row, Statement } from './statement.ts';
import { localUser, objectAt, refuse, text, wrongName } from './user-goal.ts';

export interface MysqlGoal {
  /** Name in mysql.user: of an Entra user its alias, when it has one. */
  readonly name: string;
  readonly hostname: string;
  readonly admin: string;
  /** Absent: the administrator logs in with an Entra token. */
  readonly adminPassword?: Secret;
  readonly identity:
    | { readonly kind: 'local'; readonly password?: Secret }
    /** `principal`: name of the identity, user or group in Entra. */
    | { readonly kind: 'entra'; readonly principal: string };
  readonly privileges: readonly string[];
  /** Database, as GRANT takes it (`_` and `%` are wildcards) → privileges. */
  readonly databases: Readonly<Record<string, readonly string[]>>;
}

export interface MysqlState {
  readonly exists: boolean;
  readonly privileges: readonly string[];
  readonly databases: Readonly<Record<string, readonly string[]>>;
  /** The server stores names of databases in lower case. */
  readonly foldsCase: boolean;
}

export function mysqlGoal(request: BackendRequest): Resolved<MysqlGoal> {
  const user = request.goal.aadUser === undefined ? localGoal(request) : entraGoal(request);
  if (!user.ok) return user;
  const privileges = privilegesOf(request.goal.privileges);
  const databases = Object.fromEntries(
    Object.entries(objectAt(request.goal, 'databasePrivileges')).map(([name, list]) => [name, privilegesOf(list)]),
  );
  const odd = oddAmong([...privileges, ...Object.values(databases).flat()]);
  if (odd !== undefined)
    return refuse(
      fatal('Failed', `'${odd.slice(0, 80)}' is not the name of a privilege; names are letters, '_' and spaces`),
    );
  return { ok: true, value: { ...user.value, hostname: text(request.goal.hostname) || '%', privileges, databases } };
}

type Who = Pick<MysqlGoal, 'name' | 'admin' | 'adminPassword' | 'identity'>;

function localGoal(request: BackendRequest): Resolved<Who> {
  const user = localUser(request);
  if (!user.ok) return user;
  const { name, admin, adminPassword, password } = user.value;
  return {
    ok: true,
    value: {
      name,
      admin,
      identity: { kind: 'local', ...(password === undefined ? {} : { password }) },
      ...(adminPassword === undefined ? {} : { adminPassword }),
    },
  };
}

function entraGoal(request: BackendRequest): Resolved<Who> {
  const user = objectAt(request.goal, 'aadUser');
  const principal = text(request.goal.name);
  const name = text(user.alias) || principal;
  const admin = text(user.serverAdminUsername);
  const wrong = wrongName(name, admin);
  return wrong === undefined
    ? { ok: true, value: { name, admin, identity: { kind: 'entra', principal } } }
    : refuse(wrong);
}

/** Four questions whose rows mysqlState reads, in this order. */
export function mysqlQueries(goal: MysqlGoal): readonly Query[] {
  // The server writes a grantee so, without escaping what is inside.
  const grantee = `'${goal.name}'@'${goal.hostname}'`;
  return [
    { text: 'SELECT 1 AS found FROM mysql.user WHERE User = ? AND Host = ?', values: [goal.name, goal.hostname] },
    {
      text: 'SELECT PRIVILEGE_TYPE AS privilege, IS_GRANTABLE AS grantable FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = ?',
      values: [grantee],
    },
    {
      text: 'SELECT TABLE_SCHEMA AS db, PRIVILEGE_TYPE AS privilege, IS_GRANTABLE AS grantable FROM information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE = ?',
      values: [grantee],
    },
    { text: 'SELECT @@lower_case_table_names AS folds', values: [] },
  ];
}

export function mysqlState(answers: readonly (readonly Row[])[]): MysqlState {
  const [found = [], server = [], databases = [], settings = []] = answers;
  const names = [...new Set(databases.map(({ db }) => String(db)))];
  return {
    exists: found.length > 0,
    privileges: heldIn(server),
    databases: Object.fromEntries(
      names.map((name) => [name, heldIn(databases.filter(({ db }) => String(db) === name))]),
    ),
    foldsCase: String(settings[0]?.folds ?? '0') !== '0',
  };
}

/**
 * Statements that make the user as wanted. What is taken away comes first: some servers have two names for one privilege, and the
 * one they list is not the one that was granted.
 */
export function mysqlPlan(goal: MysqlGoal, state: MysqlState): Plan {
  const user = accountOf(goal);
  const same = state.foldsCase ? (name: string): string => name.toLowerCase() : (name: string): string => name;
  const wanted = new Map(Object.entries(goal.databases).map(([name, list]) => [same(name), { name, list }]));
  const unwanted = Object.keys(state.databases).filter((name) => !wanted.has(same(name)));
  const changes = [
    changesAt('*.*', goal.privileges, state.privileges),
    ...[...wanted.values()].map(({ name, list }) =>
      changesAt(`${escapeId(name, true)}.*`, list, heldBy(state, name, same)),
    ),
    ...unwanted.map((name) => changesAt(`${escapeId(name, true)}.*`, [], state.databases[name] ?? [])),
  ];
  return {
    ok: true,
    statements: [
      ...identityStatements(goal, state, user),
      ...changes.flatMap(({ at, extra }) =>
        extra.length === 0 ? [] : [[`REVOKE ${extra.join(', ')} ON ${at} FROM ${user}`]],
      ),
      ...changes.flatMap(({ at, missing }) =>
        missing.length === 0 ? [] : [[`GRANT ${missing.join(', ')} ON ${at} TO ${user}`]],
      ),
    ],
  };
}

function heldBy(state: MysqlState, name: string, same: (name: string) => string): readonly string[] {
  return Object.entries(state.databases).find(([held]) => same(held) === same(name))?.[1] ?? [];
}

function identityStatements(goal: MysqlGoal, state: MysqlState, user: string): readonly Statement[] {
  const { identity } = goal;
  if (identity.kind === 'local') {
    if (identity.password === undefined) throw new Error('a plan was asked for without a password');
    return [[`${state.exists ? 'ALTER' : 'CREATE'} USER ${user} IDENTIFIED BY `, identity.password]];
  }
  if (state.exists) return [];
  const alias = goal.name === identity.principal ? '' : ` AS ${quoted(goal.name)}`;
  // Source: Azure's own statement for Entra users of Azure Database for MySQL.
  return [[`CREATE AADUSER ${quoted(identity.principal)}${alias}`]];
}

export function mysqlDrop(goal: MysqlGoal): readonly Statement[] {
  return [[`DROP USER IF EXISTS ${accountOf(goal)}`]];
}

function accountOf(goal: MysqlGoal): string {
  return `${quoted(goal.name)}@${quoted(goal.hostname)}`;
}
