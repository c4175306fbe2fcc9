// Metrics under the original's names (contract 18), and a few of our own. Counters start at 0 so that dashboards see them.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Exchange } from '../arm/client.ts';
import { gateClass } from '../arm/gate.ts';
import { parseId } from '../arm/id.ts';
import type { ArmRequest } from '../arm/request.ts';
import { controllerName, type Kind } from '../kinds/kind.ts';

export type PassResult = 'success' | 'requeue_after' | 'error';

export interface Metrics {
  readonly registry: Registry;
  readonly armExchange: (exchange: Exchange) => void;
  readonly armGate: (what: 'closed' | 'held', request: ArmRequest) => void;
  readonly kubeRequest: (verb: string, status: number) => void;
  /** Shows a kind's counters as 0. `maxConcurrent`: passes at a time over its objects. */
  readonly kindStarted: (kind: Kind, maxConcurrent: number) => void;
  /** A pass begins; call the answer when it ends. */
  readonly passBegan: (kind: Kind) => (result: PassResult) => void;
  /** A name of the kind was put into the queue, `retry` when a pass failed. */
  readonly queued: (kind: Kind, why: 'retry' | 'other') => void;
  /** How many names per kind are due and wait for a worker; asked when somebody scrapes. */
  readonly depthBy: (depths: () => ReadonlyMap<string, number>) => void;
  readonly brokenKind: (crd: string) => void;
  /** An object of the kind went without a release and left its resource in Azure. */
  readonly orphaned: (kind: Kind) => void;
  /** A CRD, or a shipped file, is not as it should be: foreign, refused, unreadable. */
  readonly crdTrouble: (crd: string, reason: string) => void;
  readonly crdFine: (crd: string) => void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const azure = azureMetrics(registry);
  const passes = passMetrics(registry);
  const kube = new Counter({
    name: 'aso_kubernetes_requests_total',
    help: 'Requests to the Kubernetes API server',
    labelNames: ['verb', 'code'],
    registers: [registry],
  });
  const broken = new Counter({
    name: 'aso_broken_kinds_total',
    help: 'CRDs whose arm-map could not be read',
    labelNames: ['crd'],
    registers: [registry],
  });
  const crdsFailed = new Gauge({
    name: 'aso_crds_failed',
    help: 'CRDs that are not as this release ships them',
    labelNames: ['crd', 'reason'],
    registers: [registry],
  });
  const troubles = new Map<string, string>();
  const crdFine = (crd: string): void => {
    const reason = troubles.get(crd);
    if (reason !== undefined) crdsFailed.remove({ crd, reason });
    troubles.delete(crd);
  };
  return {
    registry,
    armExchange: azure,
    armGate: gateMetrics(registry),
    kubeRequest: (verb, status) => kube.inc({ verb, code: String(status) }),
    ...passes,
    brokenKind: (crd) => broken.inc({ crd }),
    crdTrouble: (crd, reason) => {
      crdFine(crd);
      troubles.set(crd, reason);
      crdsFailed.set({ crd, reason }, 1);
    },
    crdFine,
  };
}

function azureMetrics(registry: Registry): Metrics['armExchange'] {
  const registers = [registry];
  const successful = new Counter({
    name: 'azure_successful_requests_total',
    help: 'Requests to Azure that got an answer',
    labelNames: ['resource', 'requestType', 'responseCode'],
    registers,
  });
  const failed = new Counter({
    name: 'azure_failed_requests_total',
    help: 'Requests to Azure that got no answer',
    labelNames: ['resource', 'requestType'],
    registers,
  });
  const seconds = new Histogram({
    name: 'azure_requests_time_seconds',
    help: 'Duration of requests to Azure',
    labelNames: ['resource', 'requestType'],
    registers,
  });
  return ({ request, status, ms }) => {
    const id = parseId((request.url.replace(/^https?:\/\/[^/]+/, '').split('?')[0] ?? '').replace(/\/+$/, ''));
    // Requests whose path is no ARM id, such as polls, are not counted, as in the original.
    if (id === undefined) return;
    const labels = { resource: id.type, requestType: request.verb };
    if (status === 0) failed.inc(labels);
    else successful.inc({ ...labels, responseCode: String(status) });
    seconds.observe(labels, ms / 1000);
  };
}

function gateMetrics(registry: Registry): Metrics['armGate'] {
  const registers = [registry];
  const closed = new Counter({
    name: 'aso_azure_throttled_total',
    help: 'Requests that Azure answered with 429',
    labelNames: ['class'],
    registers,
  });
  const held = new Counter({
    name: 'aso_azure_held_total',
    help: 'Requests that were not sent because Azure throttles their class',
    labelNames: ['class'],
    registers,
  });
  for (const of of ['reads', 'writes', 'deletes']) {
    closed.inc({ class: of }, 0);
    held.inc({ class: of }, 0);
  }
  return (what, request) => (what === 'closed' ? closed : held).inc({ class: gateClass(request) });
}

type PassMetrics = Pick<Metrics, 'kindStarted' | 'passBegan' | 'queued' | 'depthBy' | 'orphaned'>;

/** The names of controller-runtime and its work queue: a kind is a controller, and each has its share of the one queue. */
function passMetrics(registry: Registry): PassMetrics {
  const registers = [registry];
  const counter = (name: string, help: string, ...labelNames: readonly string[]): Counter =>
    new Counter({ name, help, labelNames: ['controller', ...labelNames], registers });
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, labelNames: ['controller'], registers });
  const total = counter('controller_runtime_reconcile_total', 'Passes by kind and result', 'result');
  const errors = counter('controller_runtime_reconcile_errors_total', 'Passes that ended in an error');
  const panics = counter('controller_runtime_reconcile_panics_total', 'Always 0: what escapes a pass is an error');
  const terminal = counter(
    'controller_runtime_terminal_reconcile_errors_total',
    'Always 0: every failure is tried again',
  );
  const orphaned = counter('aso_orphaned_resources_total', 'Objects that went unreleased and left a resource in Azure');
  const active = gauge('controller_runtime_active_workers', 'Passes that run now');
  const limit = gauge('controller_runtime_max_concurrent_reconciles', 'Passes that may run at a time');
  const seconds = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Duration of passes',
    labelNames: ['controller'],
    registers,
  });
  const adds = counter('workqueue_adds_total', 'Names put into the queue', 'name');
  const retries = counter('workqueue_retries_total', 'Names put into the queue because a pass failed', 'name');
  const worked = new Histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'Duration of work on a name',
    labelNames: ['controller', 'name'],
    registers,
  });
  let depths: () => ReadonlyMap<string, number> = () => new Map();
  const controllers = new Map<string, string>();
  new Gauge({
    name: 'workqueue_depth',
    help: 'Names that are due and wait for a worker',
    labelNames: ['controller', 'name'],
    registers,
    collect() {
      const now = depths();
      for (const [crd, name] of controllers) this.set({ controller: name, name }, now.get(crd) ?? 0);
    },
  });
  return {
    kindStarted: (kind, maxConcurrent) => {
      const controller = controllerName(kind);
      controllers.set(kind.crd, controller);
      for (const result of ['success', 'requeue_after', 'error']) total.inc({ controller, result }, 0);
      for (const zero of [errors, panics, terminal, orphaned, active]) zero.inc({ controller }, 0);
      for (const zero of [adds, retries]) zero.inc({ controller, name: controller }, 0);
      limit.set({ controller }, maxConcurrent);
    },
    passBegan: (kind) => {
      const controller = controllerName(kind);
      active.inc({ controller });
      const ended = seconds.startTimer({ controller });
      const done = worked.startTimer({ controller, name: controller });
      return (result) => {
        active.dec({ controller });
        total.inc({ controller, result });
        if (result === 'error') errors.inc({ controller });
        ended();
        done();
      };
    },
    queued: (kind, why) => {
      const labels = { controller: controllerName(kind), name: controllerName(kind) };
      adds.inc(labels);
      if (why === 'retry') retries.inc(labels);
    },
    orphaned: (kind) => orphaned.inc({ controller: controllerName(kind) }),
    depthBy: (count) => {
      depths = count;
    },
  };
}
