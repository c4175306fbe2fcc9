// What a cluster has of the shipped CRDs, and what beside them. Pure.

import { ARM_MAP_ANNOTATION } from '../kinds/arm-map.ts';
import type { ObjectMeta } from '../kube/types.ts';
import { isOurs, NAME_LABEL } from './crd.ts';
import { hashOf } from './desired.ts';
import { planCrds } from './plan.ts';
import type { Shipped } from './shelf.ts';
import { VERSION_CHOICES, type VersionChoice } from './versions.ts';

/** available: shipped, not there. own: not shipped, but with an arm-map, made by `crd generate` or by hand. */
export const CRD_STATES = ['installed', 'outdated', 'available', 'foreign', 'own', 'unknown'] as const;
export type CrdState = (typeof CRD_STATES)[number];

export interface CrdRow {
  /** <plural>.<group> */
  readonly name: string;
  readonly state: CrdState;
  /** Release that applied it; empty when it is not there. */
  readonly release: string;
  /** Choice of versions it was applied with; empty when not known. */
  readonly versions: VersionChoice | '';
  readonly why: string;
}

const RELEASE_LABEL = 'app.kubernetes.io/version';
const STATES = {
  create: 'available',
  unwanted: 'available',
  update: 'outdated',
  current: 'installed',
  foreign: 'foreign',
} as const;

/** One row for each shipped CRD and for each other CRD of this product in the cluster, by name. */
export function overview(shipped: readonly Shipped[], installed: ReadonlyMap<string, ObjectMeta>): readonly CrdRow[] {
  const names = new Set(shipped.map(({ name }) => name));
  const rows = shipped.map((candidate) => rowOf(candidate, installed));
  const others = [...installed].flatMap(([name, held]) => (names.has(name) ? [] : otherRow(name, held)));
  return [...rows, ...others].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function rowOf(shipped: Shipped, installed: ReadonlyMap<string, ObjectMeta>): CrdRow {
  const held = installed.get(shipped.name);
  const plans = VERSION_CHOICES.map((versions) => {
    const [step] = planCrds([{ ...shipped, hash: hashOf(shipped.digest, versions) }], installed, {
      chosen: new Set(),
      labels: {},
    });
    return { versions, step };
  });
  const found = plans.find(({ step }) => step?.kind === 'current') ?? plans[0];
  const step = found?.step;
  if (step === undefined) throw new Error('planCrds answers for each candidate');
  return {
    name: shipped.name,
    state: STATES[step.kind],
    release: held?.labels?.[RELEASE_LABEL] ?? '',
    versions: step.kind === 'current' ? (found?.versions ?? '') : '',
    why: 'why' in step ? step.why : '',
  };
}

function otherRow(name: string, held: ObjectMeta): readonly CrdRow[] {
  const isOwn = held.annotations?.[ARM_MAP_ANNOTATION] !== undefined;
  if (!isOwn && !isOurs(held.labels)) return [];
  const why = isOwn
    ? 'not shipped: generated, or from another release'
    : `it has the label ${NAME_LABEL} but no arm-map, and is not shipped`;
  return [{ name, state: isOwn ? 'own' : 'unknown', release: held.labels?.[RELEASE_LABEL] ?? '', versions: '', why }];
}
