// Serves answers over HTTPS (or HTTP) on loopback: reads a request whole, asks for its answer, writes it. Shared by emulator and replay.

import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Certificate, makeCertificate } from '../values/certificate.ts';
import type { Json } from '../values/json.ts';
import type { Answer, Request } from './message.ts';

/** 'cut': the connection ends without an answer. */
export type Reply = (Answer & { readonly text?: string }) | 'cut';

export interface Listening {
  readonly base: string;
  readonly close: () => Promise<void>;
}

export async function listen(
  port: number,
  certificate: Certificate | undefined,
  reply: (request: Request) => Promise<Reply>,
): Promise<Listening> {
  let base = '';
  const onRequest = (incoming: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      void reply(requestOf(incoming, Buffer.concat(chunks).toString('utf8'), reachedAt(incoming, base)))
        .then((answer) => write(response, answer))
        .catch((error: unknown) =>
          write(response, {
            status: 500,
            body: {
              error: {
                code: 'InternalServerError',
                message: error instanceof Error ? (error.stack ?? error.message) : String(error),
              },
            },
          }),
        );
    });
  };
  const server: Server =
    certificate === undefined
      ? createHttp(onRequest)
      : createHttps({ cert: certificate.certPem, key: certificate.keyPem }, onRequest);
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  // A TCP server that listens has an address with a port.
  base = `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    base,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** As the caller wrote it: who comes by a name or through a proxy is answered with URLs of that name. */
function reachedAt(incoming: IncomingMessage, base: string): string {
  const { host } = incoming.headers;
  return host === undefined ? base : `${base.slice(0, base.indexOf(':'))}://${host}`;
}

function requestOf(incoming: IncomingMessage, text: string, base: string): Request {
  const url = incoming.url ?? '/';
  const at = url.indexOf('?');
  return {
    method: incoming.method ?? 'GET',
    path: at === -1 ? url : url.slice(0, at),
    query: new URLSearchParams(at === -1 ? '' : url.slice(at + 1)),
    // Node gives lists only for set-cookie, which no client of ours sends.
    headers: incoming.headers as Readonly<Record<string, string | undefined>>,
    body: parse(text),
    text,
    base,
  };
}

function parse(text: string): Json | undefined {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function write(response: ServerResponse, reply: Reply): void {
  if (reply === 'cut') {
    response.destroy();
    return;
  }
  const text = reply.text ?? (reply.body === undefined ? '' : JSON.stringify(reply.body));
  response.writeHead(reply.status, {
    ...(reply.body === undefined ? {} : { 'Content-Type': 'application/json; charset=utf-8' }),
    'Content-Length': String(Buffer.byteLength(text)),
    'Cache-Control': 'no-cache',
    'x-ms-request-id': crypto.randomUUID(),
    ...reply.headers,
  });
  response.end(text);
}

/** A certificate for this machine's own names, good for a day: enough for one run. */
export function loopbackCertificate(now: number): Promise<Certificate> {
  const issuer = 'Azure emulator CA';
  return makeCertificate({ now, days: 1, issuer, dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] });
}
