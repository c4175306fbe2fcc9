// One life of the operator inside this process: the real manager between two doors that can be shut for good. A death shuts them at a
// chosen request, before it leaves or once it was done and before its answer arrives; from then on no request leaves and no answer
// comes in. As all state is outside the process, that is what SIGKILL does; tests with real processes are beside this.

import { type Logger, pino } from 'pino';
import { type ArmSend, createArm } from '../../../src/arm/client.ts';
import { createHttp } from '../../../src/arm/http.ts';
import { throttle } from '../../../src/arm/throttle.ts';
import { type ManagerOptions, startManager } from '../../../src/controllers/manager.ts';
import { createMetrics } from '../../../src/controllers/metrics.ts';
import { DEFAULTS } from '../../../src/emulator/settings.ts';
import { tokenCredential } from '../../../src/identity/token.ts';
import type { Kube } from '../../../src/kube/client.ts';
import type { KubeRequest, KubeSend } from '../../../src/kube/types.ts';
import { Secret } from '../../../src/values/secret.ts';
import { OPERATOR_NAMESPACE } from '../../../tools/platform.ts';
import type { Ground } from './ground.ts';

/** Something that happens at a chosen request: before it leaves, or once it was done and before its answer arrives. */
export interface Moment {
  /** Counted from when it was set; 0 is the next request. */
  readonly at: number;
  readonly how: 'before' | 'after';
  /** Absent: the process dies. */
  readonly happens?: () => Promise<void>;
}

export interface Seen {
  readonly door: 'arm' | 'kube';
  readonly verb: string;
  /** Path without query, as sent. */
  readonly path: string;
  readonly body: unknown;
  readonly at: number;
  /** undefined while it runs, 0 when no answer came. */
  status?: number;
}

/** Has a say on every request before it leaves: it may wait, answer itself, or throw. */
export interface Between {
  readonly kube?: (request: KubeRequest, send: KubeSend, signal: AbortSignal) => ReturnType<KubeSend>;
  readonly stream?: Kube['stream'];
  readonly arm?: (...sent: Parameters<ArmSend>) => ReturnType<ArmSend>;
}

/** The doors to Azure and its tokens, as src/main.ts makes them. */
export type Azure = Pick<ManagerOptions, 'arm' | 'tokens'>;

export function azureDoors(): Azure {
  const http = createHttp({ proxy: { except: [] }, timeoutMs: 30_000 });
  const arm = createArm({
    http,
    version: 'v1.0.0',
    userAgentSuffix: '',
    timeoutMs: 30_000,
    onExchange: () => undefined,
  });
  return {
    arm: throttle(arm, { elapsed: () => performance.now(), now: () => Date.now(), onGate: () => undefined }),
    tokens: (credential) =>
      tokenCredential(
        { http, tokenFile: '', serviceAccountToken: () => Promise.reject(new Error('no such account')) },
        credential,
      ),
  };
}

export interface LifeOptions {
  readonly ground: Ground;
  readonly namespace: string;
  readonly azure: Azure;
  /** Absent: the emulator's first. */
  readonly subscription?: string;
  readonly between?: (doors: { readonly kube: Kube; readonly arm: ArmSend }) => Between;
  readonly settings?: Partial<ManagerOptions>;
}

export interface Life {
  readonly requests: readonly Seen[];
  /** Sets what happens at a request to come, in place of what was set before; undefined: nothing. */
  readonly set: (moment: Moment | undefined) => void;
  readonly isDead: () => boolean;
  /** Passes that ended. */
  readonly passes: () => number;
  readonly isReady: () => boolean;
  readonly log: () => string;
  /** SIGKILL now. */
  readonly kill: () => void;
  /** SIGTERM; resolves when the manager has stopped. */
  readonly stop: () => Promise<boolean>;
  /** Resolves when the manager has stopped by whatever cause: false when the Lease was lost. */
  readonly ended: Promise<boolean>;
}

const shared = createMetrics();
const DEAD = 'the process is dead';

/** Requests that no pass makes: events, the Lease, and what fills the store. */
function isAside(request: KubeRequest): boolean {
  return (
    /\/events$|\/leases\/|\/leases$|\/customresourcedefinitions\//.test(request.path) ||
    request.query?.limit !== undefined
  );
}

export function beginLife(options: LifeOptions): Life {
  const { ground, namespace } = options;
  const term = new AbortController();
  const dying = new AbortController();
  const requests: Seen[] = [];
  let lines: string[] = [];
  let passes = 0;
  let moment: Moment | undefined;
  let count = 0;

  const kill = (): void => {
    dying.abort(new Error(DEAD));
    term.abort(new Error(DEAD));
  };

  /** One counted request: dies before or after it where that was chosen. */
  const counted = async <T extends { readonly status: number }>(seen: Seen, send: () => Promise<T>): Promise<T> => {
    if (dying.signal.aborted) throw new Error(DEAD);
    const mine = moment !== undefined && count === moment.at ? moment : undefined;
    count += 1;
    const happen = async (): Promise<void> => {
      if (mine === undefined || moment !== mine) return;
      moment = undefined;
      if (mine.happens === undefined) kill();
      else await mine.happens();
      if (dying.signal.aborted) throw new Error(DEAD);
    };
    if (mine?.how === 'before') await happen();
    requests.push(seen);
    try {
      const answer = await send();
      seen.status = answer.status;
      if (mine?.how === 'after') await happen();
      if (dying.signal.aborted) throw new Error(DEAD);
      return answer;
    } catch (error) {
      seen.status ??= 0;
      if (mine !== undefined && moment === mine && mine.happens === undefined) kill();
      throw error;
    }
  };

  const { kube } = ground.cluster;
  const between = options.between?.({ kube, arm: options.azure.arm }) ?? {};
  const narrowed = (request: KubeRequest): KubeRequest => ({ ...request, path: inNamespace(request.path, namespace) });
  const tapped: Kube = {
    send: async (request, signal) => {
      const send: KubeSend = (sent, until) =>
        between.kube === undefined ? kube.send(sent, until) : between.kube(sent, kube.send, until);
      if (isAside(request)) {
        if (dying.signal.aborted) throw new Error(DEAD);
        return send(narrowed(request), signal);
      }
      const { verb, path, body } = request;
      const seen: Seen = { door: 'kube', verb, path, body, at: Date.now() };
      // What left before the death is done whatever becomes of the caller.
      return counted(seen, () => send(request, signal));
    },
    stream: (request, signal) => {
      const stream = between.stream ?? kube.stream;
      return stream(narrowed(request), AbortSignal.any([signal, dying.signal]));
    },
    close: () => undefined,
  };
  const arm: ArmSend = (request, principal, signal) => {
    const { verb, url, body } = request;
    const path = url.replace(/^https?:\/\/[^/]+/, '').split('?')[0] ?? '';
    const send = between.arm ?? options.azure.arm;
    return counted({ door: 'arm', verb, path, body, at: Date.now() }, () => send(request, principal, signal));
  };

  const manager = startManager(
    {
      kube: tapped,
      arm,
      tokens: options.azure.tokens,
      crds: undefined,
      backends: () => Promise.reject(new Error('no history has a kind that does not live behind ARM')),
      log: logInto((line) => {
        lines.push(line);
        if (lines.length > 400) lines = lines.slice(-200);
      }),
      metrics: {
        ...shared,
        passBegan: () => () => {
          passes += 1;
        },
      },
      version: 'v1.0.0',
      podNamespace: OPERATOR_NAMESPACE,
      host: 'test',
      syncPeriodMs: 3_600_000,
      defaultPolicy: 'manage',
      targetNamespaces: [namespace],
      maxConcurrentReconciles: undefined,
      rateLimit: undefined,
      credentials: credentialsFor(ground, options.subscription),
      reconciles: true,
      shippedCrds: undefined,
      leaderElection: false,
      now: () => Date.now(),
      ...options.settings,
    },
    term.signal,
  );
  return {
    requests,
    set: (next) => {
      count = 0;
      moment = next;
    },
    isDead: () => dying.signal.aborted,
    passes: () => passes,
    isReady: manager.isReady,
    log: () => lines.join(''),
    kill,
    ended: manager.done,
    stop: () => {
      term.abort();
      return manager.done;
    },
  };
}

/** The operator's own credential, as its settings give it. */
function credentialsFor(ground: Ground, subscription: string | undefined): ManagerOptions['credentials'] {
  const { endpoint, settings } = ground.emulator;
  return {
    values: {
      AZURE_SUBSCRIPTION_ID: subscription ?? settings.subscriptionIds[0],
      AZURE_TENANT_ID: settings.tenantId,
      AZURE_CLIENT_ID: DEFAULTS.clients[0]?.clientId,
      AZURE_CLIENT_SECRET: new Secret(DEFAULTS.clients[0]?.clientSecret ?? ''),
    },
    podNamespace: OPERATOR_NAMESPACE,
    cloud: { authorityHost: endpoint, endpoint, audience: endpoint },
    useWorkloadIdentity: false,
    workloadIdentityMode: 'relaxed',
    allowMultiEnvironment: false,
  };
}

/** A watch or list of all namespaces narrowed to one: histories side by side do not pay for each other. */
function inNamespace(path: string, namespace: string): string {
  if (path.includes('/namespaces') || path.includes('/customresourcedefinitions')) return path;
  const at = path.lastIndexOf('/');
  return `${path.slice(0, at)}/namespaces/${namespace}${path.slice(at)}`;
}

function logInto(write: (line: string) => void): Logger {
  return pino({ level: process.env.DEBUG === undefined ? 'warn' : 'debug', base: null }, { write });
}
