// Metrics under the original's names (contract 18), and a few of our own. Counters start at 0 so that dashboards see them.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Exchange } from '../arm/client.ts';
import { gateClass } from '../arm/gate.ts';
import { parseId } from '../arm/id.ts';
import type { ArmRequest } from '../arm/request.ts';
import { type PassMetrics, passMetrics } from './pass-metrics.ts';

export type Metrics = PassMetrics & {
  readonly registry: Registry;
  readonly armExchange: (exchange: Exchange) => void;
  readonly armGate: (what: 'closed' | 'held', request: ArmRequest) => void;
  readonly kubeRequest: (verb: string, status: number) => void;
  readonly brokenKind: (crd: string) => void;
  /** A CRD, or a shipped file, is not as it should be: foreign, forbidden, refused, unreadable. */
  readonly crdTrouble: (crd: string, reason: string) => void;
  readonly crdFine: (crd: string) => void;
};

/** `elapsed`: a clock in milliseconds that never jumps. */
export function createMetrics(elapsed: () => number = () => performance.now()): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const azure = azureMetrics(registry);
  const passes = passMetrics(registry, elapsed);
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
  for (const name of ['reads', 'writes', 'deletes']) {
    closed.inc({ class: name }, 0);
    held.inc({ class: name }, 0);
  }
  return (what, request) => (what === 'closed' ? closed : held).inc({ class: gateClass(request) });
}
