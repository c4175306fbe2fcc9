// Users of Azure SQL databases, over `tedious`. TLS is required and the server's certificate is checked, name included.

import { Connection, Request, TYPES } from 'tedious';
import {
  type AzuresqlGoal,
  type AzuresqlState,
  azuresqlDrop,
  azuresqlGoal,
  azuresqlPlan,
  azuresqlQueries,
  azuresqlState,
  quoted,
} from './azuresql-user.ts';
import { databaseBackend, type Explained, explainPlain, type Login, type Session } from './database.ts';
import type { Row } from './statement.ts';
import { gone, refuse } from './user-goal.ts';

/** Source of port and timeout: contract 16.5. */
const PORT = 1433;
const TIMEOUT_MS = 30_000;
/** Incorrect syntax near ...; unclosed quotation mark; incorrect syntax near the keyword. */
const SYNTAX_ERRORS = new Set([102, 105, 156]);

export const backend = databaseBackend<AzuresqlGoal, AzuresqlState>({
  product: 'Azure SQL',
  goal: azuresqlGoal,
  login: async (goal, request) => {
    const password = goal.adminPassword;
    if (password === undefined) return refuse(gone('localUser.serverAdminPassword'));
    const place = { host: request.server ?? '', database: request.owner ?? '' };
    return { ok: true, value: { ...place, user: goal.admin, password, isToken: false } };
  },
  connect,
  look: async (session, goal) => {
    const answers = [];
    for (const query of azuresqlQueries(goal)) answers.push(await session.rows(query));
    return azuresqlState(answers);
  },
  isThere: (state) => state.exists,
  plan: azuresqlPlan,
  drop: azuresqlDrop,
  literal: quoted,
  explain,
});

async function connect(login: Login): Promise<Session> {
  const connection = new Connection({
    server: login.host,
    authentication: { type: 'default', options: { userName: login.user, password: login.password.reveal() } },
    options: {
      port: PORT,
      database: login.database,
      encrypt: true,
      trustServerCertificate: false,
      connectTimeout: TIMEOUT_MS,
      requestTimeout: TIMEOUT_MS,
      appName: 'azure-service-operator',
    },
  });
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => (error === undefined ? resolve() : reject(error)));
  });
  // A connection that breaks between two questions is told by the next one.
  connection.on('error', () => undefined);
  const ask = (text: string, values: readonly unknown[]): Promise<readonly Row[]> =>
    new Promise((resolve, reject) => {
      const rows: Row[] = [];
      const request = new Request(text, (error) => (error ? reject(error) : resolve(rows)));
      for (const [at, value] of values.entries()) request.addParameter(`p${at}`, TYPES.NVarChar, value);
      request.on(
        'row',
        (columns: readonly { readonly metadata: { readonly colName: string }; readonly value: unknown }[]) =>
          rows.push(Object.fromEntries(columns.map(({ metadata, value }) => [metadata.colName, value]))),
      );
      if (values.length === 0) connection.execSqlBatch(request);
      else connection.execSql(request);
    });
  return {
    rows: ({ text, values }) => ask(text, values),
    run: async (text) => void (await ask(text, [])),
    close: async () => connection.close(),
    cut: () => connection.close(),
  };
}

function explain(error: unknown): Explained {
  const { number, message } = error as { readonly number?: unknown; readonly message?: unknown };
  return typeof number === 'number' && typeof message === 'string'
    ? { code: String(number), message, quotesStatement: SYNTAX_ERRORS.has(number) }
    : explainPlain(error);
}
