// asoctl crd hand-back: gives every object the form in which the original stores it, so that the original can take the cluster over again.

import { isOurs } from '../crds/crd.ts';
import { handBack } from '../crds/hand-back.ts';
import { installedCrds, readInstalled } from '../crds/install.ts';
import { CLUSTER_OPTIONS, withCluster } from './cluster.ts';
import { type CliCommand, CliError } from './command.ts';

export const crdHandBack: CliCommand = {
  path: ['crd', 'hand-back'],
  summary: 'Gives all objects the form that the original operator stores; stop this operator first',
  options: [{ flags: '--dry-run', summary: 'only say which objects would be written' }, ...CLUSTER_OPTIONS],
  run: (_args, options, terminal) =>
    withCluster(options, async (kube) => {
      const isDryRun = options.dryRun === true;
      const installed = await installedCrds(kube.send, terminal.signal);
      const names = [...installed]
        .filter(([, held]) => isOurs(held.labels))
        .map(([name]) => name)
        .sort();
      if (names.length === 0)
        throw new CliError('the cluster has no CRDs of Azure Service Operator: none carries its label');
      const count = { objects: 0, changed: 0, failed: 0 };
      for (const name of names) {
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
