// Users of MySQL servers, over `mysql2`. TLS is required and the server's certificate is checked, name included.

import { escape as quoted } from 'mysql2';
import { createConnection } from 'mysql2/promise';
import { tokenRefusal } from '../identity/refusal.ts';
import { warning } from '../reconcile/failure.ts';
import type { Resolved } from '../reconcile/observed.ts';
import { Secret } from '../values/secret.ts';
import type { Acting, AzureDoors, Backend } from './backend.ts';
import { takesMysqlTokens } from './clouds.ts';
import { databaseBackend, type Explained, explainPlain, type Login, type Session } from './database.ts';
import {
  type MysqlGoal,
  type MysqlState,
  mysqlDrop,
  mysqlGoal,
  mysqlPlan,
  mysqlQueries,
  mysqlState,
} from './mysql-user.ts';
import { refuse } from './user-goal.ts';

/** Source of port, database, timeout and scope: contract 16.5. */
const PORT = 3306;
const DATABASE = 'mysql';
const TIMEOUT_MS = 30_000;
const TOKEN_SCOPE = 'https://ossrdbms-aad.database.windows.net/.default';
const SYNTAX_ERRORS = new Set(['ER_PARSE_ERROR', 'ER_SYNTAX_ERROR']);

export function backend({ tokens }: AzureDoors): Backend {
  return databaseBackend<MysqlGoal, MysqlState>({
    product: 'MySQL',
    goal: mysqlGoal,
    login: async (goal, request, acting) => {
      const password = goal.adminPassword;
      const login = { host: request.server ?? '', database: DATABASE, user: goal.admin };
      if (password !== undefined) return { ok: true, value: { ...login, password, isToken: false } };
      return withToken(login, tokens, acting);
    },
    connect,
    look: async (session, goal) => {
      const answers = [];
      for (const query of mysqlQueries(goal)) answers.push(await session.rows(query));
      return mysqlState(answers);
    },
    isThere: (state) => state.exists,
    plan: mysqlPlan,
    drop: mysqlDrop,
    literal: (text) => quoted(text),
    explain,
  });
}

/** Without an administrator's password the credential in effect logs in. */
async function withToken(
  login: Pick<Login, 'host' | 'database' | 'user'>,
  tokens: AzureDoors['tokens'],
  acting: Acting,
): Promise<Resolved<Login>> {
  if (!acting.credential.ok) return acting.credential;
  const { credential, from } = acting.credential.value;
  if (!takesMysqlTokens(login.host, credential.cloud)) {
    const message = `'${login.host}' is no server of Azure Database for MySQL, so no Entra token is shown to it; give spec.localUser.serverAdminPassword`;
    return refuse(warning('Failed', message));
  }
  try {
    const token = await tokens(credential).getToken(TOKEN_SCOPE, { abortSignal: acting.signal });
    if (token === null) throw new Error('the credential gave none');
    return { ok: true, value: { ...login, password: new Secret(token.token), isToken: true } };
  } catch (error) {
    const { message, retry } = tokenRefusal(error, credential, from);
    return refuse(warning('Failed', message, retry === 'settled' ? 'slow' : retry));
  }
}

async function connect(login: Login): Promise<Session> {
  const connection = await createConnection({
    host: login.host,
    port: PORT,
    user: login.user,
    password: login.password.reveal(),
    database: login.database,
    ssl: { rejectUnauthorized: true, verifyIdentity: true, minVersion: 'TLSv1.2' },
    connectTimeout: TIMEOUT_MS,
    charset: 'utf8mb4_general_ci',
    // A token is checked by the server's Entra plugin, which wants it as it is; TLS protects it.
    enableCleartextPlugin: login.isToken,
    multipleStatements: false,
  });
  // A connection that breaks between two questions is told by the next one.
  connection.on('error', () => undefined);
  // Quoting is right only where backslash escapes and the double quote is no quote of names: the server's own mode may differ.
  await connection.query("SET SESSION sql_mode = ''");
  const ask = async (sql: string, values: readonly unknown[]): Promise<unknown> =>
    (await connection.query({ sql, values: [...values], timeout: TIMEOUT_MS }))[0];
  return {
    // A SELECT answers with a list of rows.
    rows: async ({ text, values }) => (await ask(text, values)) as Awaited<ReturnType<Session['rows']>>,
    run: async (text) => void (await ask(text, [])),
    close: () => connection.end(),
    cut: () => connection.destroy(),
  };
}

function explain(error: unknown): Explained {
  const { code, sqlMessage } = error as { readonly code?: unknown; readonly sqlMessage?: unknown };
  return typeof code === 'string' && typeof sqlMessage === 'string'
    ? { code, message: sqlMessage, quotesStatement: SYNTAX_ERRORS.has(code) }
    : explainPlain(error);
}
