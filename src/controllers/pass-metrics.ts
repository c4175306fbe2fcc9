// What dashboards for controller-runtime ask of passes and of the queue (contract 18): a kind is a controller, and each has its share of the
// one queue. Buckets are controller-runtime's, so that quantiles of both can be laid over each other.

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { controllerName, type Kind } from '../kinds/kind.ts';

export type PassResult = 'success' | 'requeue_after' | 'error';

export interface PassMetrics {
  /** Shows a kind's counters as 0. `maxConcurrent`: passes at a time over its objects. */
  readonly kindStarted: (kind: Kind, maxConcurrent: number) => void;
  /** A pass begins; call the answer when it ends. */
  readonly passBegan: (kind: Kind) => (result: PassResult) => void;
  /** A name of the kind was put into the queue, `retry` when a pass failed. */
  readonly queued: (kind: Kind, why: 'retry' | 'other') => void;
  /** A pass over a name of the kind begins, so many milliseconds after it was due. */
  readonly dequeued: (kind: Kind, waitedMs: number) => void;
  /** How many names per kind are due and wait for a worker; asked when somebody scrapes. */
  readonly depthBy: (depths: () => ReadonlyMap<string, number>) => void;
  /** An object of the kind went without a release and left its resource in Azure. */
  readonly orphaned: (kind: Kind) => void;
}

/** Seconds of a pass. */
const PASS_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
/** Seconds in the queue and of work, from 10 ns to 1,000 s. */
const QUEUE_BUCKETS = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10, 100, 1000];

export function passMetrics(registry: Registry, elapsed: () => number): PassMetrics {
  const passes = passCounters(registry);
  const queue = queueMetrics(registry, elapsed);
  return {
    kindStarted: (kind, maxConcurrent) => {
      const controller = controllerName(kind);
      passes.started(controller, maxConcurrent);
      queue.started(kind.crd, controller);
    },
    passBegan: (kind) => {
      const controller = controllerName(kind);
      const ended = passes.began(controller);
      const done = queue.began(controller);
      return (result) => {
        ended(result);
        done();
      };
    },
    queued: (kind, why) => queue.added(controllerName(kind), why),
    dequeued: (kind, waitedMs) => queue.waited(controllerName(kind), waitedMs),
    orphaned: (kind) => passes.orphaned(controllerName(kind)),
    depthBy: queue.depthBy,
  };
}

function passCounters(registry: Registry) {
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
    buckets: PASS_BUCKETS,
    registers,
  });
  return {
    started: (controller: string, maxConcurrent: number): void => {
      for (const result of ['success', 'requeue_after', 'error']) total.inc({ controller, result }, 0);
      for (const zero of [errors, panics, terminal, orphaned, active]) zero.inc({ controller }, 0);
      limit.set({ controller }, maxConcurrent);
    },
    began: (controller: string): ((result: PassResult) => void) => {
      active.inc({ controller });
      const ended = seconds.startTimer({ controller });
      return (result) => {
        active.dec({ controller });
        total.inc({ controller, result });
        if (result === 'error') errors.inc({ controller });
        ended();
      };
    },
    orphaned: (controller: string): void => orphaned.inc({ controller }),
  };
}

function queueMetrics(registry: Registry, elapsed: () => number) {
  const registers = [registry];
  const labelNames = ['controller', 'name'];
  const counter = (name: string, help: string): Counter => new Counter({ name, help, labelNames, registers });
  const histogram = (name: string, help: string): Histogram =>
    new Histogram({ name, help, labelNames, buckets: QUEUE_BUCKETS, registers });
  const adds = counter('workqueue_adds_total', 'Names put into the queue');
  const retries = counter('workqueue_retries_total', 'Names put into the queue because a pass failed');
  const worked = histogram('workqueue_work_duration_seconds', 'Duration of work on a name');
  const waited = histogram('workqueue_queue_duration_seconds', 'How long a name that was due waited for a worker');
  let depths: () => ReadonlyMap<string, number> = () => new Map();
  const controllers = new Map<string, string>();
  /** Passes that run now: when each began, by controller. */
  const running = new Map<string, Set<{ readonly since: number }>>();
  /** A gauge that is read when somebody scrapes: one value per controller. */
  const gauge = (name: string, help: string, read: (crd: string, controller: string) => number): Gauge =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        for (const [crd, controller] of controllers) this.set({ controller, name: controller }, read(crd, controller));
      },
    });
  const ages = (controller: string): readonly number[] =>
    [...(running.get(controller) ?? [])].map(({ since }) => (elapsed() - since) / 1000);
  gauge('workqueue_depth', 'Names that are due and wait for a worker', (crd) => depths().get(crd) ?? 0);
  gauge('workqueue_unfinished_work_seconds', 'Age of all work that runs now, added up', (_crd, controller) =>
    ages(controller).reduce((sum, age) => sum + age, 0),
  );
  gauge('workqueue_longest_running_processor_seconds', 'Age of the oldest work that runs now', (_crd, controller) =>
    Math.max(0, ...ages(controller)),
  );
  return {
    started: (crd: string, controller: string): void => {
      controllers.set(crd, controller);
      for (const zero of [adds, retries]) zero.inc({ controller, name: controller }, 0);
    },
    began: (controller: string): (() => void) => {
      const pass = { since: elapsed() };
      const passes = running.get(controller) ?? new Set();
      running.set(controller, passes.add(pass));
      return () => {
        passes.delete(pass);
        worked.observe({ controller, name: controller }, (elapsed() - pass.since) / 1000);
      };
    },
    added: (controller: string, why: 'retry' | 'other'): void => {
      adds.inc({ controller, name: controller });
      if (why === 'retry') retries.inc({ controller, name: controller });
    },
    waited: (controller: string, ms: number): void => waited.observe({ controller, name: controller }, ms / 1000),
    depthBy: (count: () => ReadonlyMap<string, number>): void => {
      depths = count;
    },
  };
}
