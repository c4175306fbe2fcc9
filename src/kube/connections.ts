// HTTP/2 connections to the API server. A connection carries a bounded number of streams; one more stream waits without a word,
// so a new connection is opened before that. A connection whose other end has gone without a word (a failed node, a balancer that forgot
// it) looks open for many minutes: each is asked now and then whether it is still there. Sessions come and go, nobody holds one.

import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { SecureContextOptions } from 'node:tls';

/** The API server's default limit is 100; some room is left for requests that begin at the same time. */
const STREAMS_PER_CONNECTION = 90;

export interface Connections {
  /** Opens a stream; the session under it may already be closing, which shows as an error on the stream. */
  readonly open: (headers: OutgoingHttpHeaders, endStream: 'with-body' | 'no-body') => ClientHttp2Stream;
  readonly close: () => void;
}

export interface Pace {
  /** How long a connection may take to be made. */
  readonly connectMs: number;
  /** How often a connection is asked whether it is still there, and how long it may take to answer. */
  readonly pingEveryMs: number;
  readonly pingMs: number;
}

const PACE: Pace = { connectMs: 10_000, pingEveryMs: 30_000, pingMs: 15_000 };

export function openConnections(
  server: string,
  tls: SecureContextOptions & { readonly servername?: string; readonly rejectUnauthorized?: boolean },
  pace = PACE,
): Connections {
  const sessions = new Map<ClientHttp2Session, number>();

  const drop = (session: ClientHttp2Session): void => {
    sessions.delete(session);
  };
  const session = (): ClientHttp2Session => {
    for (const [open, streams] of sessions) {
      if (open.closed || open.destroyed) drop(open);
      else if (streams < STREAMS_PER_CONNECTION) return open;
    }
    const made = connect(server, { ...tls });
    sessions.set(made, 0);
    made.on('close', () => drop(made));
    made.on('goaway', () => drop(made));
    // The error reaches every stream of the session too; without this listener it would end the process.
    made.on('error', () => drop(made));
    keepAlive(made, pace);
    return made;
  };

  return {
    open: (headers, endStream) => {
      const on = session();
      sessions.set(on, (sessions.get(on) ?? 0) + 1);
      const stream = on.request(headers, { endStream: endStream === 'no-body' });
      stream.once('close', () => {
        const streams = sessions.get(on);
        if (streams !== undefined) sessions.set(on, streams - 1);
      });
      return stream;
    },
    close: () => {
      for (const open of sessions.keys()) open.destroy();
      sessions.clear();
    },
  };
}

/** Ends a session that is not made in time, or does not answer a ping in time; its streams end with an error. */
function keepAlive(session: ClientHttp2Session, { connectMs, pingEveryMs, pingMs }: Pace): void {
  const endAfter = (ms: number, why: string): NodeJS.Timeout =>
    setTimeout(() => session.destroy(new Error(why)), ms).unref();
  let late = endAfter(connectMs, `no connection within ${connectMs} ms`);
  session.once('connect', () => clearTimeout(late));
  const asking = setInterval(() => {
    if (session.connecting || session.closed || session.destroyed) return;
    const mine = endAfter(pingMs, `the connection did not answer within ${pingMs} ms`);
    late = mine;
    session.ping(() => clearTimeout(mine));
  }, pingEveryMs).unref();
  session.once('close', () => {
    clearTimeout(late);
    clearInterval(asking);
  });
}

/** Tells the server that nobody listens any more. */
export function cancel(stream: ClientHttp2Stream): void {
  stream.close(constants.NGHTTP2_CANCEL);
}
