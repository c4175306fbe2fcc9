// Keeps the CRDs of the cluster as this release ships them: whoever holds the Lease applies those that --crd-pattern chooses and those
// that exist already, only where their digest differs, while the operator runs. New kinds start by themselves, by the watch on CRDs.
//
// Expected flow: a round at the start, then one every hour. What fails and may pass (throttling, a conflict, a lost answer) begins
// another round soon, later each time. What the API server refuses is told in the log, an event and a metric, and the rest goes on. A
// missing right is told likewise and tried again as if it might pass, once a minute in the end: nothing says when rights change.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { CRD_API, isOurs } from '../crds/crd.ts';
import { hashOf } from '../crds/desired.ts';
import { applyCrd, installedCrds, type Outcome } from '../crds/install.ts';
import { planCrds, type Step } from '../crds/plan.ts';
import { type Shipped, takeFrom } from '../crds/shelf.ts';
import type { CrdWish } from '../crds/wish.ts';
import { ARM_MAP_ANNOTATION } from '../kinds/arm-map.ts';
import type { KubeSend, ObjectMeta } from '../kube/types.ts';
import { backoffMs } from '../values/backoff.ts';
import { migrateStored } from './crd-migration.ts';
import type { EventSink } from './events.ts';
import type { Metrics } from './metrics.ts';

export interface CrdManagement {
  readonly wish: CrdWish;
  readonly send: KubeSend;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly events: EventSink;
  readonly signal: AbortSignal;
}

const AGAIN_MS = 60 * 60 * 1000;
const FIRST_MS = 1_000;
const CAP_MS = 60_000;
const AT_ONCE = 4;
const PROGRESS_MS = 5_000;

/** Why a CRD is not as it should be; the words of the metric `aso_crds_failed`. */
export type CrdTrouble = 'foreign' | 'forbidden' | 'refused' | 'unreadable';

/** What was said last of a CRD: a try each minute says it once. */
type Told = Map<string, string>;

/** Runs until the signal ends it. False: the cluster has no CRDs of ours and none were asked for, so there is nothing to run for. */
export async function manageCrds(management: CrdManagement): Promise<boolean> {
  const { signal, log } = management;
  let failures = 0;
  let before: Round = 'done';
  const told: Told = new Map();
  for (const { file, why } of management.wish.shelf.unreadable) {
    log.error({ file, why }, 'a shipped CRD cannot be read; the others go on');
    management.metrics.crdTrouble(file, 'unreadable');
  }
  while (!signal.aborted) {
    const round = await oneRound(management, told).catch((error: unknown): Round => {
      if (!signal.aborted) log.warn({ err: error }, 'the CRDs could not be looked at; they are looked at again');
      return 'passing';
    });
    if (round === 'nothing') return false;
    failures = round === 'done' ? 0 : failures + 1;
    if (round === 'done' || (round === 'forbidden' && before !== 'forbidden')) await migrateStored(management);
    before = round;
    const waitMs = failures === 0 ? AGAIN_MS : backoffMs(failures - 1, FIRST_MS, CAP_MS);
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
  return true;
}

/** done: nothing is left that trying again soon would mend. forbidden: rights are missing. */
type Round = 'done' | 'passing' | 'forbidden' | 'nothing';

async function oneRound(management: CrdManagement, told: Told): Promise<Round> {
  const { wish, send, signal, log } = management;
  const installed = await installedCrds(send, signal);
  const candidates = wish.shelf.shipped.map((shipped) => ({ ...shipped, hash: hashOf(shipped.digest, wish.versions) }));
  const plan = planCrds(candidates, installed, wish);
  const due = plan.filter((step) => step.kind === 'create' || step.kind === 'update');
  if (due.length === 0 && !hasOurs(installed)) {
    log.error(
      'there are no CRDs of this operator in the cluster and --crd-pattern asks for none: give --crd-pattern (for example "resources.azure.com/*;storage.azure.com/*"), or --crd-management=none and apply CRDs by other means',
    );
    return 'nothing';
  }
  const teller = { ...management, told };
  for (const step of plan) {
    if (step.kind === 'foreign' && wish.chosen.has(step.candidate.kind))
      tell(
        teller,
        { name: step.candidate.name, held: installed.get(step.candidate.name) },
        { trouble: 'foreign', why: step.why },
      );
    if (step.kind === 'current') tellFine(teller, step.candidate.name);
  }
  const current = plan.filter((step) => step.kind === 'current').length;
  if (due.length === 0) {
    log.info({ current }, 'the CRDs are as this release ships them');
    return 'done';
  }
  log[levelOf(due, told)]({ crds: due.length, current }, 'applying CRDs');
  const { passing, forbidden } = await applyAll(teller, due, installed);
  return passing > 0 ? 'passing' : forbidden > 0 ? 'forbidden' : 'done';
}

type Due = Extract<Step<Shipped & { readonly hash: string }>, { kind: 'create' | 'update' }>;

/** Trying once more what was told of already is no news. */
function levelOf(due: readonly Due[], told: Told): 'info' | 'debug' {
  return due.every((step) => told.has(step.candidate.name)) ? 'debug' : 'info';
}

/** Gives how many failed in a way that may pass, and how many for a missing right. */
async function applyAll(
  management: Teller,
  due: readonly Due[],
  installed: ReadonlyMap<string, ObjectMeta>,
): Promise<{ readonly passing: number; readonly forbidden: number }> {
  const { log, signal } = management;
  const count = { applied: 0, refused: 0, forbidden: 0, passing: 0 };
  const begun = performance.now();
  const level = levelOf(due, management.told);
  let saidAt = begun;
  const rest = [...due];
  const work = async (): Promise<void> => {
    for (let step = rest.shift(); step !== undefined && !signal.aborted; step = rest.shift()) {
      const { name } = step.candidate;
      const outcome = await applyOne(management, step);
      if (outcome.ok) {
        count.applied += 1;
        tellFine(management, name);
        log.debug({ crd: name, why: step.why }, 'CRD applied');
      } else if (outcome.trouble === 'passing') {
        count.passing += 1;
        log.info({ crd: name, why: outcome.why }, 'a CRD could not be applied yet; it is tried again');
      } else {
        count[outcome.trouble === 'forbidden' ? 'forbidden' : 'refused'] += 1;
        tell(management, { name, held: installed.get(name) }, { trouble: outcome.trouble, why: outcome.why });
      }
      if (performance.now() - saidAt > PROGRESS_MS) {
        saidAt = performance.now();
        log.info({ ...count, of: due.length }, 'CRDs are being applied');
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const seconds = Math.round((performance.now() - begun) / 100) / 10;
  log[level]({ ...count, of: due.length, seconds }, 'CRDs applied');
  return count;
}

/** What became of one CRD: as of any apply, or the shipped file could not be read any more. */
type OneOutcome = Outcome | { readonly ok: false; readonly trouble: 'unreadable'; readonly why: string };

async function applyOne(management: CrdManagement, step: Due): Promise<OneOutcome> {
  const shipped = takeFrom(step.candidate);
  if (typeof shipped === 'string') return { ok: false, trouble: 'unreadable', why: shipped };
  return applyCrd(
    management.send,
    { shipped, wish: management.wish, isNew: step.kind === 'create' },
    management.signal,
  );
}

type Teller = CrdManagement & { readonly told: Told };

function tell(
  teller: Teller,
  crd: { readonly name: string; readonly held: ObjectMeta | undefined },
  what: { readonly trouble: CrdTrouble; readonly why: string },
): void {
  teller.metrics.crdTrouble(crd.name, what.trouble);
  if (teller.told.get(crd.name) !== what.why)
    teller.log.error({ crd: crd.name, why: what.why }, 'a CRD is not as this release ships it; the others go on');
  teller.told.set(crd.name, what.why);
  if (crd.held === undefined) return;
  const subject = { apiVersion: CRD_API, kind: 'CustomResourceDefinition', component: 'crd_management' };
  teller.events.say(subject, crd.held, { type: 'Warning', reason: 'CrdNotApplied', message: what.why });
}

function tellFine(teller: Teller, crd: string): void {
  teller.metrics.crdFine(crd);
  if (teller.told.delete(crd)) teller.log.info({ crd }, 'a CRD is as this release ships it now');
}

function hasOurs(installed: ReadonlyMap<string, ObjectMeta>): boolean {
  return [...installed.values()].some(
    (held) => isOurs(held.labels) || held.annotations?.[ARM_MAP_ANNOTATION] !== undefined,
  );
}
