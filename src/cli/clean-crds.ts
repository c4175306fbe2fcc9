// asoctl clean crds: writes every object in its CRD's storage version and takes the old ones out of status.storedVersions, at once and
// not in the background as the operator does. It works on the original's CRDs as well.

import { CRD_HASH, isOurs, KEPT_VERSIONS } from '../crds/crd.ts';
import { hashOf } from '../crds/desired.ts';
import { applyCrd, installedCrds } from '../crds/install.ts';
import { type Migrating, migrate } from '../crds/migrate.ts';
import { readShelf, type Shipped, takeFrom } from '../crds/shelf.ts';
import { VERSION_CHOICES } from '../crds/versions.ts';
import type { Kube } from '../kube/client.ts';
import type { ObjectMeta } from '../kube/types.ts';
import { CLUSTER_OPTIONS, withCluster } from './cluster.ts';
import { type CliCommand, CliError, type Session } from './command.ts';
import { SHIPPED_CRDS } from './project.ts';

export const cleanCrds: CliCommand = {
  path: ['clean', 'crds'],
  summary: 'Rewrites stored objects in the storage version of their CRD and drops the old versions',
  options: [{ flags: '--dry-run', summary: 'only say what would be done' }, ...CLUSTER_OPTIONS],
  run: (_args, options, terminal) =>
    withCluster(options, async (kube) => {
      const installed = await installedCrds(kube.send, terminal.signal);
      const ours = [...installed].filter(([, held]) => isOurs(held.labels)).sort(([a], [b]) => (a < b ? -1 : 1));
      if (ours.length === 0)
        throw new CliError('the cluster has no CRDs of Azure Service Operator: none carries its label');
      terminal.note(`Starting cleanup crds=${ours.length}`);
      let failures = 0;
      for (const [name, held] of ours) {
        terminal.signal.throwIfAborted();
        if (!(await cleanOne(kube, { name, held, isDryRun: options.dryRun === true }, terminal))) failures += 1;
      }
      terminal.note(`Update finished failed=${failures}`);
      return failures === 0 ? 0 : 1;
    }),
};

interface Crd {
  readonly name: string;
  readonly held: ObjectMeta;
  readonly isDryRun: boolean;
}

async function cleanOne(kube: Kube, crd: Crd, terminal: Session): Promise<boolean> {
  const migrating: Migrating = {
    send: kube.send,
    signal: terminal.signal,
    isDryRun: crd.isDryRun,
    pause: () => Promise.resolve(),
    onObject: ({ name }) =>
      terminal.note(`${crd.isDryRun ? 'Would migrate' : 'Migrated'} resource crd-name=${crd.name} name=${name}`),
  };
  const done = await migrate(migrating, crd.name);
  switch (done.kind) {
    case 'current':
      terminal.note(`Nothing to update crd-name=${crd.name}`);
      return true;
    case 'failed':
      terminal.warn(`Failed crd-name=${crd.name}: ${done.why}`);
      return false;
    case 'migrated':
      terminal.note(`Migration finished crd-name=${crd.name} resources=${done.objects}`);
      if (!crd.isDryRun) {
        terminal.note(
          `Updated CRD status storedVersions crd-name=${crd.name} dropped=${done.from.join(',')} storedVersions=${done.to}`,
        );
        await unlist(kube, crd, terminal);
      }
      return true;
  }
}

/** A CRD that we applied still lists the dropped versions; it is applied once more, as it was chosen. */
async function unlist(kube: Kube, crd: Crd, terminal: Session): Promise<void> {
  const shipped = readShelf(SHIPPED_CRDS).shipped.find(({ name }) => name === crd.name);
  const versions = shipped === undefined ? undefined : choiceOf(shipped, crd.held);
  const taken = shipped === undefined ? undefined : takeFrom(shipped);
  if (crd.held.annotations?.[KEPT_VERSIONS] === undefined || versions === undefined) return;
  if (taken === undefined || typeof taken === 'string') return;
  const applied = await applyCrd(
    kube.send,
    { shipped: taken, wish: { versions, labels: crd.held.labels ?? {} }, isNew: false },
    terminal.signal,
  );
  if (!applied.ok) terminal.warn(`crd-name=${crd.name} still lists the dropped versions: ${applied.why}`);
}

/** The choice of versions under which this release applied it; undefined when it was another release, or another hand. */
function choiceOf(shipped: Shipped, held: ObjectMeta) {
  return VERSION_CHOICES.find((choice) => hashOf(shipped.digest, choice) === held.annotations?.[CRD_HASH]);
}
