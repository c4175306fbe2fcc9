// Replicas of the operator as real processes, the Lease between them, and a storage account by which their work is seen.

import { LEASE_NAME } from '../../../src/kube/lease.ts';
import { readyOf } from '../../../src/reconcile/conditions.ts';
import { OPERATOR_NAMESPACE, type OperatorProcess, startOperator, until } from '../../../tools/platform.ts';
import { type Ground, ground, membersOf, NEVER } from './ground.ts';
import { GROUP, manifestOf, pathOf, SUBJECTS, type Subject } from './subjects.ts';

export const NAMESPACE = 'team';
export const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${OPERATOR_NAMESPACE}/leases/${LEASE_NAME}`;
// The first one answers a creation with 202 and an operation.
export const [ACCOUNT] = SUBJECTS as readonly [Subject, ...Subject[]];

export interface Replicas {
  readonly on: Ground;
  /** Starts one; it waits for the Lease unless it is told not to. */
  readonly replica: (election?: 'none') => Promise<OperatorProcess>;
  readonly ended: (
    operator: OperatorProcess,
    how: NodeJS.Signals,
  ) => Promise<{ readonly code: number | null; readonly ms: number }>;
  readonly lease: () => Promise<Readonly<Record<string, unknown>>>;
  /** Somebody holds the Lease. */
  readonly elected: () => Promise<void>;
  /** Applies group and account of a number. */
  readonly applied: (seed: number, subjects: readonly Subject[], edit?: number) => Promise<void>;
  readonly ready: (seed: number) => Promise<void>;
  readonly claimed: (seed: number) => Promise<void>;
  /** PUTs of a name that Azure accepted. */
  readonly puts: (name: string) => number;
  readonly killAll: () => Promise<void>;
}

export async function replicas(): Promise<Replicas> {
  const on = await ground();
  for (const name of [NAMESPACE, OPERATOR_NAMESPACE]) await on.namespace(name);
  const running = new Set<OperatorProcess>();
  const lease = async (): Promise<Readonly<Record<string, unknown>>> => {
    const answer = await on.cluster.kube.send({ verb: 'GET', path: LEASE }, NEVER);
    return answer.status === 200 ? { ...membersOf(answer.body) } : {};
  };
  const account = (seed: number) => on.object(`${ACCOUNT.plural}/${NAMESPACE}/account${seed}`);
  const least = new Map<number, number>();
  return {
    on,
    lease,
    replica: async (election) => {
      const operator = await startOperator({
        kubeconfigPath: on.cluster.plane.kubeconfigPath,
        endpoint: on.emulator.endpoint,
        caPem: on.emulator.caPem,
        subscriptionId: on.emulator.settings.subscriptionIds[0] ?? '',
        leaderElection: election !== 'none',
      });
      running.add(operator);
      return operator;
    },
    ended: async (operator, how) => {
      const begun = performance.now();
      running.delete(operator);
      return { code: await operator.stop(how), ms: performance.now() - begun };
    },
    elected: () =>
      until(async () => (membersOf((await lease()).spec).holderIdentity ?? '') !== '', {
        timeoutMs: 60_000,
        what: () => 'somebody to hold the Lease',
      }),
    applied: async (seed, subjects, edit = 1) => {
      for (const subject of subjects) {
        const name = subject === GROUP ? `rg${seed}` : `account${seed}`;
        const manifest = manifestOf(subject, name, seed, { edit, exports: false });
        const version = await on.applied(pathOf(subject, NAMESPACE, name), manifest);
        if (subject !== GROUP) least.set(seed, version);
      }
    },
    ready: (seed) =>
      on.when(
        () => {
          const object = account(seed);
          const condition = readyOf(membersOf(object?.status));
          return (
            condition?.status === 'True' &&
            Number(object?.metadata.resourceVersion) >= (least.get(seed) ?? 0) &&
            condition.observedGeneration === object?.metadata.generation
          );
        },
        () => `account${seed} to be Ready: ${JSON.stringify(membersOf(account(seed)?.status))}`,
      ),
    claimed: (seed) =>
      on.when(
        () => account(seed)?.metadata.annotations?.['serviceoperator.azure.com/resource-id'] !== undefined,
        () => `account${seed} to be claimed`,
      ),
    puts: (name) =>
      on.emulator
        .journal()
        .filter((entry) => entry.method === 'PUT' && entry.status < 300 && entry.url.includes(`/${name}?`)).length,
    killAll: async () => {
      for (const operator of running) await operator.stop('SIGKILL');
      running.clear();
    },
  };
}
