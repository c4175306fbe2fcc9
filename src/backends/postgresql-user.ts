// A user of a PostgreSQL server as statements: from what is wanted and what is there to what must be run. Pure.
// Names become identifiers and passwords literals by the client library's own quoting.

import { escapeIdentifier } from 'pg';
import type { BackendRequest } from '../reconcile/backend.ts';
import { type Failure, fatal, warning } from '../reconcile/failure.ts';
import type { Resolved } from '../reconcile/observed.ts';
import { difference, type Query, type Row, type Statement } from './statement.ts';
import { type LocalUser, localUser, objectAt, refuse, texts } from './user-goal.ts';

/** Member of spec.roleOptions → the word of CREATE ROLE, and its column in pg_roles. */
const OPTIONS = {
  login: { word: 'LOGIN', column: 'rolcanlogin' },
  createRole: { word: 'CREATEROLE', column: 'rolcreaterole' },
  createDb: { word: 'CREATEDB', column: 'rolcreatedb' },
  replication: { word: 'REPLICATION', column: 'rolreplication' },
} as const;
type Option = keyof typeof OPTIONS;
const OPTION_NAMES = Object.keys(OPTIONS) as readonly Option[];

/** The server cuts longer names off without an error (NAMEDATALEN - 1): two objects would mean one user. */
const MAX_NAME_BYTES = 63;

export interface PostgresqlGoal extends LocalUser {
  readonly roles: readonly string[];
  readonly options: Readonly<Record<Option, boolean>>;
}

export interface PostgresqlState {
  /** undefined: there is no such user. */
  readonly options: Readonly<Record<Option, boolean>> | undefined;
  readonly memberOf: readonly string[];
  /** Which of the wanted roles there are. */
  readonly known: readonly string[];
}

export function postgresqlGoal(request: BackendRequest): Resolved<PostgresqlGoal> {
  const user = localUser(request);
  if (!user.ok) return user;
  const roles = texts(request.goal.roles);
  const long = [user.value.name, ...roles].find((name) => Buffer.byteLength(name) > MAX_NAME_BYTES);
  if (long !== undefined)
    return refuse(
      fatal('Failed', `'${long.slice(0, 80)}' is longer than the ${MAX_NAME_BYTES} bytes of a name in PostgreSQL`),
    );
  const given = objectAt(request.goal, 'roleOptions');
  const options = Object.fromEntries(
    OPTION_NAMES.map((name) => [name, typeof given[name] === 'boolean' ? given[name] : name === 'login']),
  );
  // Made from all of OPTION_NAMES.
  return { ok: true, value: { ...user.value, roles, options: options as PostgresqlGoal['options'] } };
}

/** Three questions whose rows stateOf reads, in this order. */
export function postgresqlQueries(goal: PostgresqlGoal): readonly Query[] {
  return [
    {
      text: `SELECT ${OPTION_NAMES.map((name) => OPTIONS[name].column).join(', ')} FROM pg_catalog.pg_roles WHERE rolname = $1`,
      values: [goal.name],
    },
    {
      text: 'SELECT DISTINCT r.rolname FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.roleid JOIN pg_catalog.pg_roles u ON u.oid = m.member WHERE u.rolname = $1',
      values: [goal.name],
    },
    { text: 'SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = ANY($1)', values: [goal.roles] },
  ];
}

export function postgresqlState(answers: readonly (readonly Row[])[]): PostgresqlState {
  const [found, memberOf = [], known = []] = answers;
  const row = found?.[0];
  const names = (rows: readonly Row[]): readonly string[] => rows.map(({ rolname }) => String(rolname));
  return {
    options:
      row === undefined
        ? undefined
        : // Made from all of OPTION_NAMES.
          (Object.fromEntries(
            OPTION_NAMES.map((name) => [name, row[OPTIONS[name].column] === true]),
          ) as PostgresqlGoal['options']),
    memberOf: names(memberOf),
    known: names(known),
  };
}

/** One transaction's worth of statements that make the user as wanted. The password is always among them: nobody can read the present one. */
export function postgresqlPlan(
  goal: PostgresqlGoal,
  state: PostgresqlState,
):
  | { readonly ok: true; readonly statements: readonly Statement[] }
  | { readonly ok: false; readonly failure: Failure } {
  const unknown = goal.roles.filter((role) => !state.known.includes(role));
  if (unknown.length > 0)
    return refuse(
      warning(
        'Failed',
        `spec.roles names ${unknown.map((role) => `'${role}'`).join(', ')}, which the server does not have; create the role or take it off the list`,
      ),
    );
  if (goal.password === undefined) throw new Error('a plan was asked for without a password');
  const user = escapeIdentifier(goal.name);
  const present = state.options;
  const words = OPTION_NAMES.filter((name) =>
    present === undefined ? goal.options[name] || name === 'login' : goal.options[name] !== present[name],
  ).map((name) => `${goal.options[name] ? '' : 'NO'}${OPTIONS[name].word}`);
  const verb = present === undefined ? 'CREATE' : 'ALTER';
  const { missing, extra } = difference(goal.roles, state.memberOf);
  return {
    ok: true,
    statements: [
      [`${verb} ROLE ${user} WITH ${[...words, 'PASSWORD '].join(' ')}`, goal.password],
      ...extra.map((role): Statement => [`REVOKE ${escapeIdentifier(role)} FROM ${user}`]),
      ...missing.map((role): Statement => [`GRANT ${escapeIdentifier(role)} TO ${user}`]),
    ],
  };
}

/** A user that owns something stays, and the server says what: nobody's data is dropped with a user. */
export function postgresqlDrop(goal: PostgresqlGoal): readonly Statement[] {
  return [[`DROP ROLE IF EXISTS ${escapeIdentifier(goal.name)}`]];
}
