// HTTP/2 connections to the API server. A connection carries a bounded number of streams; one more stream waits without a word,
// so a new connection is opened before that. A class-free pool: sessions come and go, nobody holds one.

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

export function openConnections(
  server: string,
  tls: SecureContextOptions & { readonly servername?: string; readonly rejectUnauthorized?: boolean },
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

/** Tells the server that nobody listens any more. */
export function cancel(stream: ClientHttp2Stream): void {
  stream.close(constants.NGHTTP2_CANCEL);
}
