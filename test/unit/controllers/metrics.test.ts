// Names and labels that dashboards made for the original ask for (contract section 18).

import { expect, it } from 'vitest';
import { createMetrics } from '../../../src/controllers/metrics.ts';
import { controllerName, type Kind } from '../../../src/kinds/kind.ts';
import { shippedKinds } from '../../support/kinds.ts';

function kindNamed(group: string, name: string): Kind {
  const found = shippedKinds().get(`${group}.azure.com/${name}`);
  if (found === undefined) throw new Error(`crds/ holds no ${group} ${name}`);
  return found.kind;
}

it.each([
  ['cache', 'Redis', 'cache_redis'],
  ['network.frontdoor', 'WebApplicationFirewallPolicy', 'networkfrontdoor_webapplicationfirewallpolicy'],
  ['sql', 'User', 'sql_user'],
])('%s %s is looked after by %s', (group, kind, name) => {
  expect(controllerName(kindNamed(group, kind))).toBe(name);
});

it('a kind that started shows its counters as 0, and a pass counts once everywhere', async () => {
  let now = 0;
  const metrics = createMetrics(() => now);
  const kind = kindNamed('storage', 'StorageAccount');
  metrics.kindStarted(kind, 4);
  metrics.depthBy(() => new Map([[kind.crd, 3]]));
  const at = 'controller="storage_storageaccount"';
  const text = await metrics.registry.metrics();
  for (const line of [
    `controller_runtime_reconcile_total{${at},result="success"} 0`,
    `controller_runtime_reconcile_total{${at},result="error"} 0`,
    `controller_runtime_reconcile_errors_total{${at}} 0`,
    `controller_runtime_reconcile_panics_total{${at}} 0`,
    `controller_runtime_terminal_reconcile_errors_total{${at}} 0`,
    `controller_runtime_max_concurrent_reconciles{${at}} 4`,
    `controller_runtime_active_workers{${at}} 0`,
    `workqueue_depth{${at},name="storage_storageaccount"} 3`,
    `workqueue_adds_total{${at},name="storage_storageaccount"} 0`,
    `workqueue_retries_total{${at},name="storage_storageaccount"} 0`,
  ])
    expect(text).toContain(line);
  const named = `${at},name="storage_storageaccount"`;
  metrics.queued(kind, 'retry');
  metrics.dequeued(kind, 250);
  const ended = metrics.passBegan(kind);
  now = 2000;
  metrics.passBegan(kind)('success');
  const other = metrics.passBegan(kind);
  now = 3000;
  const during = await metrics.registry.metrics();
  for (const line of [
    `controller_runtime_active_workers{${at}} 2`,
    `workqueue_unfinished_work_seconds{${named}} 4`,
    `workqueue_longest_running_processor_seconds{${named}} 3`,
    `workqueue_queue_duration_seconds_sum{${named}} 0.25`,
  ])
    expect(during).toContain(line);
  ended('error');
  other('success');
  const after = await metrics.registry.metrics();
  for (const line of [
    `controller_runtime_reconcile_total{${at},result="error"} 1`,
    `controller_runtime_reconcile_errors_total{${at}} 1`,
    `controller_runtime_active_workers{${at}} 0`,
    `controller_runtime_reconcile_time_seconds_count{${at}} 3`,
    `workqueue_work_duration_seconds_count{${named}} 3`,
    `workqueue_work_duration_seconds_sum{${named}} 4`,
    `workqueue_unfinished_work_seconds{${named}} 0`,
    `workqueue_longest_running_processor_seconds{${named}} 0`,
    `workqueue_adds_total{${at},name="storage_storageaccount"} 1`,
    `workqueue_retries_total{${at},name="storage_storageaccount"} 1`,
  ])
    expect(after).toContain(line);
});
