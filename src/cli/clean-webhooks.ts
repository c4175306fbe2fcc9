// asoctl clean webhooks: deletes the webhook configurations that the original left behind, which block every write of an object.

import { CRD_HASH, isOurs } from '../crds/crd.ts';
import { installedCrds } from '../crds/install.ts';
import { deleteWebhooks, originalWebhooks, type WebhookConfiguration } from '../crds/original-webhooks.ts';
import type { Kube } from '../kube/client.ts';
import { CLUSTER_OPTIONS, withCluster } from './cluster.ts';
import { type CliCommand, CliError, type Session } from './command.ts';

export const cleanWebhooks: CliCommand = {
  path: ['clean', 'webhooks'],
  summary: 'Deletes the webhook configurations that the original operator left behind',
  options: [
    { flags: '--dry-run', summary: 'only say what would be done' },
    { flags: '--force', summary: 'also where this operator has not taken over the CRDs yet' },
    ...CLUSTER_OPTIONS,
  ],
  run: (_args, options, terminal) =>
    withCluster(options, async (kube) => {
      const found = await originalWebhooks(kube.send, terminal.signal);
      if (found.length === 0) {
        terminal.note('Nothing to delete: no webhook configuration asks the Service of the original');
        return 0;
      }
      if (options.force !== true) await refuseBeforeTakingOver(kube, terminal.signal);
      let failures = 0;
      for (const configuration of found)
        if (!(await cleanOne(kube, { configuration, isDryRun: options.dryRun === true }, terminal))) failures += 1;
      return failures === 0 ? 0 : 1;
    }),
};

/** False when it stays, dry run or not. */
async function cleanOne(
  kube: Kube,
  order: { readonly configuration: WebhookConfiguration; readonly isDryRun: boolean },
  terminal: Session,
): Promise<boolean> {
  const { plural, name, webhooks, isShared } = order.configuration;
  const what = `${plural}/${name} webhooks=${webhooks}`;
  if (isShared) {
    terminal.warn(`Left alone ${what}: some of its webhooks are another program's`);
    return false;
  }
  const problem = order.isDryRun ? undefined : await deleteWebhooks(kube.send, order.configuration, terminal.signal);
  if (problem !== undefined) terminal.warn(`Failed ${what}: ${problem}`);
  else terminal.note(`${order.isDryRun ? 'Would delete' : 'Deleted'} ${what}`);
  return problem === undefined;
}

/** While the CRDs are the original's it may well be at work, and its webhooks fill in what it needs. */
async function refuseBeforeTakingOver(kube: Kube, signal: AbortSignal): Promise<void> {
  const ours = [...(await installedCrds(kube.send, signal)).values()].filter(({ labels }) => isOurs(labels));
  if (ours.length === 0 || ours.some(({ annotations }) => annotations?.[CRD_HASH] !== undefined)) return;
  throw new CliError(
    "the CRDs in the cluster are still the original operator's, which needs its webhooks: start this operator first, which takes over the CRDs, or give --force",
  );
}
