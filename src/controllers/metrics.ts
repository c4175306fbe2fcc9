// Metrics under the original's names (contract 18), and a few of our own. Counters start at 0 so that dashboards see them.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Exchange } from '../arm/client.ts';
import { parseId } from '../arm/id.ts';

export interface Metrics {
  readonly registry: Registry;
  readonly armExchange: (exchange: Exchange) => void;
  readonly kubeRequest: (verb: string, status: number) => void;
  readonly pass: (controller: string, result: 'success' | 'requeue_after' | 'error', seconds: number) => void;
  readonly queue: (depth: number) => void;
  readonly brokenKind: (crd: string) => void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const register = [registry];
  const successful = new Counter({
    name: 'azure_successful_requests_total',
    help: 'Requests to Azure that got an answer',
    labelNames: ['resource', 'requestType', 'responseCode'],
    registers: register,
  });
  const failed = new Counter({
    name: 'azure_failed_requests_total',
    help: 'Requests to Azure that got no answer',
    labelNames: ['resource', 'requestType'],
    registers: register,
  });
  const seconds = new Histogram({
    name: 'azure_requests_time_seconds',
    help: 'Duration of requests to Azure',
    labelNames: ['resource', 'requestType'],
    registers: register,
  });
  const kube = new Counter({
    name: 'aso_kubernetes_requests_total',
    help: 'Requests to the Kubernetes API server',
    labelNames: ['verb', 'code'],
    registers: register,
  });
  const passes = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Passes by kind and result',
    labelNames: ['controller', 'result'],
    registers: register,
  });
  const errors = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Passes that ended in an error',
    labelNames: ['controller'],
    registers: register,
  });
  const passSeconds = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Duration of passes',
    labelNames: ['controller'],
    registers: register,
  });
  const depth = new Gauge({
    name: 'workqueue_depth',
    help: 'Names that are due and wait for a worker',
    registers: register,
  });
  const broken = new Counter({
    name: 'aso_broken_kinds_total',
    help: 'CRDs whose arm-map could not be read',
    labelNames: ['crd'],
    registers: register,
  });
  return {
    registry,
    armExchange: ({ request, status, ms }) => {
      const id = parseId((request.url.replace(/^https?:\/\/[^/]+/, '').split('?')[0] ?? '').replace(/\/+$/, ''));
      // Requests whose path is no ARM id, such as polls, are not counted, as in the original.
      if (id === undefined) return;
      const labels = { resource: id.type, requestType: request.verb };
      if (status === 0) failed.inc(labels);
      else successful.inc({ ...labels, responseCode: String(status) });
      seconds.observe(labels, ms / 1000);
    },
    kubeRequest: (verb, status) => kube.inc({ verb, code: String(status) }),
    pass: (controller, result, duration) => {
      passes.inc({ controller, result });
      if (result === 'error') errors.inc({ controller });
      passSeconds.observe({ controller }, duration);
    },
    queue: (names) => depth.set(names),
    brokenKind: (crd) => broken.inc({ crd }),
  };
}
