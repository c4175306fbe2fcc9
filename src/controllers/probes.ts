// The small HTTP servers of a pod. Pages are functions from request to page, so that tests ask without a socket; `servePages` puts
// them behind an address. Here too: the pages of health and readiness.

import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SecureContextOptions } from 'node:tls';

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

export interface PageRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  /** What follows `Bearer ` in the Authorization header. */
  readonly token: string | undefined;
}

/** Request → page; undefined: there is none. */
export type Pages = (request: PageRequest) => Promise<Page | undefined>;

export interface Served {
  readonly port: number;
  /** Other key and certificate for connections from now on. */
  readonly renew: (context: SecureContextOptions) => void;
  readonly close: () => Promise<void>;
}

const PLAIN = 'text/plain; charset=utf-8';

export function plain(status: number, text: string): Page {
  return { status, type: PLAIN, text };
}

export function healthPages(isReady: () => boolean): Pages {
  return async ({ path }) => {
    if (path === '/healthz') return plain(200, 'ok');
    if (path === '/readyz') return isReady() ? plain(200, 'ok') : plain(503, 'starting');
    return undefined;
  };
}

/** As Go reads them: every address of this machine, of either IP version. In a cluster of IPv6 alone the probes come by that. */
const ANY_HOST = ['', '0.0.0.0', '::'];

/** Where to listen for an address such as ':8081' or '[::1]:0'. */
export function listenAt(address: string): { readonly port: number; readonly host?: string } {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[|\]$/g, '');
  return { port: Number(address.slice(at + 1)), ...(ANY_HOST.includes(host) ? {} : { host }) };
}

/** Serves pages at an address such as ':8081' or '127.0.0.1:0'; over TLS when a context is given. */
export async function servePages(address: string, pages: Pages, tls?: SecureContextOptions): Promise<Served> {
  const secure = tls === undefined ? undefined : createTlsServer(tls, answerWith(pages));
  const server: Server = secure ?? createServer(answerWith(pages));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listenAt(address), resolve);
  });
  return {
    // A TCP server that listens has an address with a port.
    port: (server.address() as AddressInfo).port,
    renew: (context) => secure?.setSecureContext(context),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function answerWith(pages: Pages): RequestListener {
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://host');
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    void pages({ path: url.pathname, query: url.searchParams, token })
      .catch(() => plain(500, 'the page could not be made; the log of the operator may say more'))
      .then((page = plain(404, 'not found')) => {
        response.writeHead(page.status, { 'content-type': page.type });
        response.end(page.text);
      });
  };
}
