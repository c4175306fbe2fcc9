// Wires: config → doors → manager. The one file that knows every room. No logic.

import { fileURLToPath } from 'node:url';
import type { TokenCredential } from '@azure/core-auth';
import { KubeConfig } from '@kubernetes/client-node';
import packageJson from '../package.json' with { type: 'json' };
import { createArm } from './arm/client.ts';
import { createHttp } from './arm/http.ts';
import { remember } from './arm/remember.ts';
import { throttle } from './arm/throttle.ts';
import { createBackends } from './backends/list.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { accountTokens } from './controllers/account-tokens.ts';
import { createLog } from './controllers/log.ts';
import { startManager } from './controllers/manager.ts';
import { createMetrics } from './controllers/metrics.ts';
import { serveMetrics } from './controllers/metrics-server.ts';
import { healthPages, servePages } from './controllers/probes.ts';
import { findShelf } from './crds/shelf.ts';
import { type CrdWish, readWish } from './crds/wish.ts';
import type { Credential } from './identity/credential.ts';
import { tokenCredential } from './identity/token.ts';
import { createKube, MADE_UP_SERVER } from './kube/client.ts';

const REQUEST_TIMEOUT_MS = 90_000;
const KUBE_TIMEOUT_MS = 60_000;

/** The shipped CRDs lie beside the program: in a checkout, beside the bundle, or in the image. */
const CRD_FOLDERS = ['../crds', './crds'].map((path) => fileURLToPath(new URL(path, import.meta.url)));

/** Runs the operator until the signal; false when it did not end as it should. Throws ConfigError for what only shows at the start. */
export async function run(config: Config, signal: AbortSignal): Promise<boolean> {
  const version = `v${packageJson.version}`;
  const log = createLog({ verbosity: config.verbosity, isJson: config.jsonLogging, pid: process.pid });
  for (const remark of config.remarks) log.info(remark);
  const crds = crdWish(config);
  const metrics = createMetrics();
  const kube = await createKube({
    config: kubeConfig(config),
    timeoutMs: KUBE_TIMEOUT_MS,
    userAgent: `aso-controller/${version}`,
    onRequest: metrics.kubeRequest,
  });
  const http = createHttp({ proxy: config.proxy, timeoutMs: REQUEST_TIMEOUT_MS });
  const throttled = throttle(
    createArm({
      http,
      version,
      userAgentSuffix: config.userAgentSuffix,
      timeoutMs: REQUEST_TIMEOUT_MS,
      onExchange: metrics.armExchange,
    }),
    { elapsed: () => performance.now(), now: () => Date.now(), onGate: metrics.armGate },
  );
  const arm = remember(throttled, () => Date.now());
  const serviceAccountToken = accountTokens(kube.send, signal);
  const tokens = (credential: Credential): TokenCredential =>
    tokenCredential({ http, tokenFile: config.tokenFile, serviceAccountToken }, credential);
  const manager = startManager(
    {
      kube,
      arm,
      tokens,
      backends: createBackends({ arm, tokens }),
      log,
      metrics,
      version,
      podNamespace: config.podNamespace,
      host: config.host,
      syncPeriodMs: config.syncPeriodMs,
      defaultPolicy: config.defaultPolicy,
      targetNamespaces: config.targetNamespaces,
      maxConcurrentReconciles: config.maxConcurrentReconciles,
      rateLimit: config.rateLimit,
      leaderElection: config.leaderElection,
      reconciles: config.mode !== 'webhooks',
      shippedCrds: findShelf(CRD_FOLDERS),
      crds,
      credentials: {
        values: config.identity,
        podNamespace: config.podNamespace,
        cloud: config.cloud,
        useWorkloadIdentity: config.useWorkloadIdentity,
        workloadIdentityMode: config.workloadIdentityMode,
        allowMultiEnvironment: config.allowMultiEnvironment,
      },
      now: () => Date.now(),
    },
    signal,
  );
  const servers = [
    ...(config.healthAddress === '' ? [] : [await servePages(config.healthAddress, healthPages(manager.isReady))]),
    ...(config.metricsAddress === ''
      ? []
      : [
          await serveMetrics({
            address: config.metricsAddress,
            ...config.metrics,
            tlsMinVersion: config.tlsMinVersion,
            podNamespace: config.podNamespace,
            registry: metrics.registry,
            send: kube.send,
            now: () => Date.now(),
            complain: (message) => log.warn(message),
          }),
        ]),
  ];
  log.info({ version, namespace: config.podNamespace }, 'operator started');
  const isClean = await manager.done;
  await Promise.all(servers.map((server) => server.close()));
  kube.close();
  log.info('operator stopped');
  return isClean;
}

/** Watchers alone never apply CRDs. */
function crdWish(config: Config): CrdWish | undefined {
  if (config.crds.management === 'none' || config.mode === 'watchers') return undefined;
  const read = readWish(config.crds, CRD_FOLDERS);
  if (!read.ok) throw new ConfigError('config', read.problem);
  return read.wish;
}

function kubeConfig(config: Config): KubeConfig {
  const kube = new KubeConfig();
  try {
    if (config.kubeconfig === undefined) kube.loadFromDefault();
    else kube.loadFromFile(config.kubeconfig);
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : error;
    const which = config.kubeconfig === undefined ? '~/.kube/config' : `KUBECONFIG is '${config.kubeconfig}', which`;
    throw new ConfigError(
      'config',
      `${which} cannot be read (${why}); allowed: the path of one kubeconfig, or nothing`,
    );
  }
  const server = kube.getCurrentCluster()?.server;
  if (server === undefined || server === MADE_UP_SERVER)
    throw new ConfigError(
      'config',
      'no cluster is named: set KUBECONFIG, have a ~/.kube/config with a current context, or run in a pod',
    );
  return kube;
}

if (import.meta.main) {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  try {
    process.exitCode = (await run(readConfig(), stop.signal)) ? 0 : 1;
  } catch (error) {
    const isHelp = error instanceof ConfigError && error.code === 'help';
    if (isHelp) process.stdout.write(error.message);
    else
      process.stderr.write(
        `${error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : error}\n`,
      );
    // What was started already, such as watches, must not keep a failed start alive.
    process.exit(isHelp ? 0 : 1);
  }
}
