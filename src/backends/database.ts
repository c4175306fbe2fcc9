// A database server as a backend: log in, look, plan, run, log out; one connection for each question, a few at a time for each server.
// What differs between products is a Dialect. Passwords are opened here and in the dialects' logins, where they go onto the wire.

import type { BackendAnswer, BackendRequest } from '../reconcile/backend.ts';
import { type Failure, warning } from '../reconcile/failure.ts';
import type { Resolved } from '../reconcile/observed.ts';
import { Secret } from '../values/secret.ts';
import { whileWanted } from '../values/while-wanted.ts';
import type { Acting, Backend } from './backend.ts';
import type { Query, Row, Statement } from './statement.ts';

export interface Login {
  readonly host: string;
  readonly database: string;
  readonly user: string;
  readonly password: Secret;
  /** The password is an Entra token. */
  readonly isToken: boolean;
}

export interface Session {
  readonly rows: (query: Query) => Promise<readonly Row[]>;
  readonly run: (text: string) => Promise<void>;
  readonly close: () => Promise<void>;
  /** Ends it now: whatever waits for an answer fails. */
  readonly cut: () => void;
}

export type Plan =
  | { readonly ok: true; readonly statements: readonly Statement[] }
  | { readonly ok: false; readonly failure: Failure };

/** What an error of the client library says, and whether it may quote the statement that the server could not parse. */
export interface Explained {
  readonly code: string;
  readonly message: string;
  readonly quotesStatement: boolean;
}

export interface Dialect<Goal, State> {
  readonly product: string;
  readonly goal: (request: BackendRequest) => Resolved<Goal>;
  readonly login: (goal: Goal, request: BackendRequest, acting: Acting) => Promise<Resolved<Login>>;
  readonly connect: (login: Login) => Promise<Session>;
  readonly look: (session: Session, goal: Goal) => Promise<State>;
  readonly isThere: (state: State) => boolean;
  readonly plan: (goal: Goal, state: State) => Plan;
  readonly drop: (goal: Goal) => readonly Statement[];
  /** Text as a quoted literal. */
  readonly literal: (text: string) => string;
  readonly explain: (error: unknown) => Explained;
}

/** The longest that one question may take, login included. */
const DEADLINE_MS = 60_000;
/** The longest that leaving may take once the answer is known. */
const LEAVING_MS = 5_000;
/** Connections to one server at a time: small servers have few, and a dead one must not hold many passes. */
const PER_SERVER = 2;

export function databaseBackend<Goal, State>(dialect: Dialect<Goal, State>): Backend {
  const busy = new Map<string, number>();

  /** Everything that an answer takes, inside one session. */
  const within = async (
    { request, acting }: { readonly request: BackendRequest; readonly acting: Acting },
    work: (session: Session, goal: Goal) => Promise<BackendAnswer>,
  ): Promise<BackendAnswer> => {
    const goal = dialect.goal(request);
    if (!goal.ok) return { state: 'refused', failure: goal.failure };
    const host = request.server ?? '';
    if ((busy.get(host) ?? 0) >= PER_SERVER) return { state: 'busy' };
    busy.set(host, (busy.get(host) ?? 0) + 1);
    try {
      const login = await dialect.login(goal.value, request, acting);
      if (!login.ok) return { state: 'refused', failure: login.failure };
      return await inSession(dialect, { login: login.value, signal: acting.signal }, (session) =>
        work(session, goal.value),
      );
    } catch (error) {
      return { state: 'refused', failure: failureOf(dialect.explain(error), request, dialect.product) };
    } finally {
      const left = (busy.get(host) ?? 1) - 1;
      if (left > 0) busy.set(host, left);
      else busy.delete(host);
    }
  };
  const run = async (session: Session, statements: readonly Statement[]): Promise<void> => {
    for (const statement of statements) await session.run(written(statement, dialect.literal));
  };

  return {
    observe: (request, acting) =>
      within({ request, acting }, async (session, goal) =>
        dialect.isThere(await dialect.look(session, goal)) ? PRESENT : { state: 'absent' },
      ),
    apply: (request, acting) =>
      within({ request, acting }, async (session, goal) => {
        const plan = dialect.plan(goal, await dialect.look(session, goal));
        if (!plan.ok) return { state: 'refused', failure: plan.failure };
        await run(session, plan.statements);
        return PRESENT;
      }),
    remove: (request, acting) =>
      within({ request, acting }, async (session, goal) => {
        await run(session, dialect.drop(goal));
        return { state: 'absent' };
      }),
  };
}

/** A database user has nothing to show but that it is there. */
const PRESENT: BackendAnswer = { state: 'present', shows: {} };

async function inSession<Goal, State>(
  dialect: Dialect<Goal, State>,
  { login, signal }: { readonly login: Login; readonly signal: AbortSignal },
  work: (session: Session) => Promise<BackendAnswer>,
): Promise<BackendAnswer> {
  // A client library may forget its promises when a connection breaks: nothing here is waited for beyond the signal.
  const until = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
  const connecting = dialect.connect(login);
  const session = await whileWanted(connecting, until).catch((error: unknown) => {
    // A login that ends after all finds nobody to use it.
    void connecting.then(({ cut }) => cut()).catch(() => undefined);
    throw error;
  });
  try {
    return await whileWanted(work(session), until);
  } finally {
    // The answer is known: how the connection ends changes nothing, but it must end.
    await whileWanted(session.close(), AbortSignal.timeout(LEAVING_MS)).catch(() => session.cut());
  }
}

function written(statement: Statement, literal: (text: string) => string): string {
  return statement.map((part) => (part instanceof Secret ? literal(part.reveal()) : part)).join('');
}

const UNTRUSTED = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** The failure that an error amounts to. Statements hold passwords, so a message that may quote one is not told. */
function failureOf(explained: Explained, request: BackendRequest, product: string): Failure {
  const { code, quotesStatement } = explained;
  const message = quotesStatement ? 'the server could not parse a statement' : explained.message;
  const hint = UNTRUSTED.has(code) ? '; a private CA is trusted through NODE_EXTRA_CA_CERTS' : '';
  return warning(
    'Failed',
    `${product} server '${request.server}': ${code}: ${withoutSecrets(message, request)}${hint}`,
  );
}

/** An error that is not the server's: no connection, no trust, no answer in time. */
export function explainPlain(error: unknown): Explained {
  // Every member is looked at before it is believed; several attempts at one name come as a list of errors without a message.
  const { code, message, errors } = error as {
    readonly code?: unknown;
    readonly message?: unknown;
    readonly errors?: unknown;
  };
  const [first] = Array.isArray(errors) ? (errors as readonly unknown[]) : [];
  if (first !== undefined && !message) return explainPlain(first);
  return {
    code: typeof code === 'string' ? code : 'no answer',
    message: typeof message === 'string' ? message : String(error),
    quotesStatement: false,
  };
}

function withoutSecrets(message: string, request: BackendRequest): string {
  const secrets: string[] = [];
  const collect = (value: unknown): void => {
    if (value instanceof Secret) secrets.push(value.reveal());
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect);
  };
  collect(request.goal);
  // A few letters stand in every sentence: to take them out would spoil it, and tell them.
  return secrets
    .filter((secret) => secret.length > 3)
    .reduce((held, secret) => held.replaceAll(secret, 'REDACTED'), message)
    .slice(0, 1000);
}
