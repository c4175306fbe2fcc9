// Users of PostgreSQL servers, over `pg`. TLS is required and the server's certificate is checked, name included.

import { isIP } from 'node:net';
import { Client, DatabaseError, escapeLiteral, type QueryConfig } from 'pg';
import { databaseBackend, type Explained, explainPlain, type Login, type Session } from './database.ts';
import {
  type PostgresqlGoal,
  type PostgresqlState,
  postgresqlDrop,
  postgresqlGoal,
  postgresqlPlan,
  postgresqlQueries,
  postgresqlState,
} from './postgresql-user.ts';
import { gone, refuse } from './user-goal.ts';

/** Source of port, database and timeout: contract 16.5. */
const PORT = 5432;
const DATABASE = 'postgres';
const TIMEOUT_MS = 30_000;
const SYNTAX_ERROR = '42601';

export const backend = databaseBackend<PostgresqlGoal, PostgresqlState>({
  product: 'PostgreSQL',
  goal: postgresqlGoal,
  login: async (goal, request) =>
    goal.adminPassword === undefined
      ? refuse(gone('localUser.serverAdminPassword'))
      : {
          ok: true,
          value: {
            host: request.server ?? '',
            database: DATABASE,
            user: goal.admin,
            password: goal.adminPassword,
            isToken: false,
          },
        },
  connect,
  look: async (session, goal) => {
    const answers = [];
    for (const query of postgresqlQueries(goal)) answers.push(await session.rows(query));
    return postgresqlState(answers);
  },
  isThere: (state) => state.options !== undefined,
  plan: (goal, state) => {
    const plan = postgresqlPlan(goal, state);
    // What roles a user has and what its password is changes as a whole or not at all.
    return plan.ok ? { ok: true, statements: [['BEGIN'], ...plan.statements, ['COMMIT']] } : plan;
  },
  drop: postgresqlDrop,
  literal: escapeLiteral,
  explain,
});

async function connect(login: Login): Promise<Session> {
  const { host } = login;
  const client = new Client({
    host,
    port: PORT,
    user: login.user,
    password: login.password.reveal(),
    database: login.database,
    // `host` makes node check the certificate's name for addresses too.
    ssl: { host, minVersion: 'TLSv1.2', ...(isIP(host) === 0 ? { servername: host } : {}) },
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    application_name: 'azure-service-operator',
  });
  // A connection that breaks between two questions is told by the next one.
  client.on('error', () => undefined);
  await client.connect();
  return {
    rows: async ({ text, values }) => (await client.query(alone(text, [...values]))).rows,
    run: async (text) => void (await client.query(alone(text, []))),
    close: () => client.end(),
    cut: () => client.connection.stream.destroy(new Error('the deadline of the request is over')),
  };
}

/** In the extended protocol the server takes one statement at a time, whatever stands in the text. */
function alone(text: string, values: unknown[]): QueryConfig {
  // pg reads queryMode (since 8.12); its types do not know it.
  return { text, values, queryMode: 'extended' } as QueryConfig;
}

function explain(error: unknown): Explained {
  if (error instanceof DatabaseError) {
    const more = [error.detail, error.hint].filter((text) => text !== undefined && text !== '');
    return {
      code: error.code ?? 'error',
      message: [error.message, ...more].join('. '),
      quotesStatement: error.code === SYNTAX_ERROR,
    };
  }
  return explainPlain(error);
}
