// The small HTTP servers of a pod: health and readiness, and metrics.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Path → page. A function, so that tests ask without a socket. */
export type Pages = (path: string) => Promise<Page | undefined>;

const PLAIN = 'text/plain; charset=utf-8';

export function healthPages(isReady: () => boolean): Pages {
  return async (path) => {
    if (path === '/healthz') return { status: 200, type: PLAIN, text: 'ok' };
    if (path === '/readyz')
      return isReady() ? { status: 200, type: PLAIN, text: 'ok' } : { status: 503, type: PLAIN, text: 'starting' };
    return undefined;
  };
}

export function metricsPages(registry: Registry): Pages {
  return async (path) =>
    path === '/metrics' ? { status: 200, type: registry.contentType, text: await registry.metrics() } : undefined;
}

/** Serves pages at an address such as ':8081' or '127.0.0.1:0'. */
export async function servePages(
  address: string,
  pages: Pages,
): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at) || '0.0.0.0';
  const server: Server = createServer((request, response) => {
    void pages(new URL(request.url ?? '/', 'http://host').pathname)
      .then((page) => {
        response.writeHead(page?.status ?? 404, { 'content-type': page?.type ?? PLAIN });
        response.end(page?.text ?? 'not found');
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(address.slice(at + 1)), host, resolve);
  });
  return {
    // A TCP server that listens has an address with a port.
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
