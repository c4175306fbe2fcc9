// asoctl crd hand-back: gives every object the form in which the original stores it, so that the original can take the cluster over again.

import { isOurs } from '../crds/crd.ts';
import { handBack } from '../crds/hand-back.ts';
import { installedCrds, readInstalled } from '../crds/install.ts';
import type { Kube } from '../kube/client.ts';
import { operatorsAtWork } from '../kube/lease.ts';
import { CLUSTER_OPTIONS, withCluster } from './cluster.ts';
import { type CliCommand, CliError, type Session } from './command.ts';

export const crdHandBack: CliCommand = {
  path: ['crd', 'hand-back'],
  summary: 'Gives all objects the form that the original operator stores; stop this operator first',
  options: [
    { flags: '--dry-run', summary: 'only say which objects would be written' },
    { flags: '--force', summary: 'also while an operator holds its Lease' },
    ...CLUSTER_OPTIONS,
  ],
  run: (_args, options, terminal) =>
    withCluster(options, async (kube) => {
      const isDryRun = options.dryRun === true;
      if (!isDryRun && options.force !== true) await refuseWhileAtWork(kube, terminal);
      const installed = await installedCrds(kube.send, terminal.signal);
      const names = [...installed]
        .filter(([, held]) => isOurs(held.labels))
        .map(([name]) => name)
        .sort();
      if (names.length === 0)
        throw new CliError('the cluster has no CRDs of Azure Service Operator: none carries its label');
      const count = { objects: 0, changed: 0, failed: 0 };
      for (const name of names) {
        terminal.signal.throwIfAborted();
        const crd = await readInstalled(kube.send, name, terminal.signal);
        if (crd === undefined) continue;
        const onObject = (object: string): void =>
          terminal.note(`${isDryRun ? 'would write' : 'writes'} ${name} ${object}`);
        const done = await handBack(kube.send, crd, { signal: terminal.signal, isDryRun, onObject });
        if (done.kind === 'done') {
          count.objects += done.objects;
          count.changed += done.changed;
        } else if (done.kind === 'failed') {
          count.failed += 1;
          terminal.warn(`${name}: ${done.why}`);
        }
      }
      terminal.note(
        `${count.objects} objects, ${count.changed} ${isDryRun ? 'to change' : 'changed'}, ${count.failed} kinds failed`,
      );
      if (count.failed === 0 && !isDryRun) terminal.note('now start the original; it applies its own CRDs over these');
      return count.failed === 0 ? 0 : 1;
    }),
};

/** An operator at work would take each object over again as soon as it is handed back. */
async function refuseWhileAtWork(kube: Kube, terminal: Session): Promise<void> {
  const holders = await operatorsAtWork(kube.send, Date.now(), terminal.signal);
  if (typeof holders === 'string') {
    terminal.warn(`warning: whether an operator is at work cannot be seen: ${holders}`);
    return;
  }
  if (holders.length === 0) return;
  const told = holders.map(({ namespace, holder, seconds }) => `${holder} in ${namespace}, renewed ${seconds} s ago`);
  throw new CliError(
    `an operator is at work (${told.join('; ')}) and would take back what is handed back: stop it first (kubectl scale --replicas=0); if it has just died, its Lease ends within a minute; --force goes on all the same`,
  );
}
