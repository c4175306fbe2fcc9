// The metrics server: plain when that is asked for; else over TLS, for callers whom the API server lets see the page.

import type { Registry } from 'prom-client';
import type { KubeSend } from '../kube/types.ts';
import { eitherPages, metricsPages, profilePages } from './metrics-pages.ts';
import { servePages } from './probes.ts';
import { guarded } from './scrape-access.ts';
import { createCertificates } from './serving-certificate.ts';

export interface MetricsServerOptions {
  readonly address: string;
  readonly isSecure: boolean;
  readonly hasProfiles: boolean;
  /** Folder with tls.crt and tls.key; '': none. */
  readonly certificateFolder: string;
  readonly tlsMinVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly podNamespace: string;
  readonly registry: Registry;
  readonly send: KubeSend;
  readonly now: () => number;
  readonly complain: (message: string) => void;
}

const SERVICE = 'azureserviceoperator-controller-manager-metrics-service';
/** kubelet takes a minute to bring a changed Secret into a pod; to look every ten seconds adds little to that. */
const LOOK_AGAIN_MS = 10_000;

export async function serveMetrics(
  options: MetricsServerOptions,
): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const pages = metricsPages(options.registry);
  if (!options.isSecure) return servePages(options.address, pages);
  const certificates = createCertificates({
    folder: options.certificateFolder,
    dnsNames: [
      `${SERVICE}.${options.podNamespace}.svc`,
      `${SERVICE}.${options.podNamespace}.svc.cluster.local`,
      'localhost',
    ],
    now: options.now,
    complain: options.complain,
  });
  const contextOf = ({ cert, key }: { readonly cert: string; readonly key: string }) => ({
    cert,
    key,
    minVersion: options.tlsMinVersion,
  });
  let served = await certificates();
  const server = await servePages(
    options.address,
    guarded(options.hasProfiles ? eitherPages(pages, profilePages()) : pages, options),
    contextOf(served),
  );
  const look = async (): Promise<void> => {
    const current = await certificates();
    if (current === served) return;
    served = current;
    server.renew(contextOf(current));
  };
  const timer = setInterval(
    () => void look().catch((error: unknown) => options.complain(String(error))),
    LOOK_AGAIN_MS,
  );
  timer.unref();
  return {
    port: server.port,
    close: async () => {
      clearInterval(timer);
      await server.close();
    },
  };
}
