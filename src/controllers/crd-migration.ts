// Storage versions of the past: what objects are still stored in is rewritten in the background, at a bounded pace, and then dropped.

import { setTimeout as sleep } from 'node:timers/promises';
import { KEPT_VERSIONS } from '../crds/crd.ts';
import { applyCrd, installedCrds } from '../crds/install.ts';
import { type Migrating, migrate } from '../crds/migrate.ts';
import { takeFrom } from '../crds/shelf.ts';
import type { CrdManagement } from './crd-management.ts';

/** At most 20 objects a second. */
const PACE_MS = 50;
/** By then every API server of a cluster stores objects in the version that was just applied. */
const SETTLE_MS = 10_000;

/** Migrates every kind whose CRD keeps an old version. Never throws; what fails is tried again in the next round. */
export async function migrateStored(management: CrdManagement): Promise<void> {
  const { send, signal, log } = management;
  const installed = await installedCrds(send, signal).catch(() => new Map());
  const due = management.wish.shelf.shipped.filter(
    ({ name }) => installed.get(name)?.annotations?.[KEPT_VERSIONS] !== undefined,
  );
  if (due.length === 0) return;
  log.info({ crds: due.length }, 'objects in old storage versions will be rewritten');
  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal }).catch(() => undefined);
  await pause(SETTLE_MS);
  const migrating: Migrating = {
    send,
    signal,
    pause: () => pause(PACE_MS),
    onObject: ({ crd, done }) => {
      if (done % 100 === 0) log.info({ crd, done }, 'objects rewritten');
    },
  };
  for (const shipped of due) {
    if (signal.aborted) return;
    const done = await migrate(migrating, shipped.name);
    if (done.kind === 'failed') {
      log.warn({ crd: shipped.name, why: done.why }, 'old storage versions of a CRD stay for now');
      continue;
    }
    const taken = takeFrom(shipped);
    if (typeof taken === 'string') continue;
    const applied = await applyCrd(send, { shipped: taken, wish: management.wish, isNew: false }, signal);
    log.info({ crd: shipped.name, ...done, isDropped: applied.ok }, 'old storage versions migrated');
  }
}
