// What has to happen to each shipped CRD, from the metadata of those in the cluster alone. Pure.

import type { ObjectMeta } from '../kube/types.ts';
import { isObject } from '../values/json.ts';
import { CRD_HASH, isOurs } from './crd.ts';
import type { Wish } from './desired.ts';

/** A shipped CRD as far as the plan has to know it. */
export interface Candidate {
  /** <plural>.<group> */
  readonly name: string;
  /** <group>/<Kind> */
  readonly kind: string;
  /** Digest under the wished choice of versions. */
  readonly hash: string;
  readonly labels: Readonly<Record<string, string>>;
}

export type Step<C extends Candidate> =
  | { readonly kind: 'create'; readonly candidate: C; readonly why: string }
  | { readonly kind: 'update'; readonly candidate: C; readonly why: string }
  | { readonly kind: 'current'; readonly candidate: C }
  /** Someone else's CRD has this name: it is not touched. */
  | { readonly kind: 'foreign'; readonly candidate: C; readonly why: string }
  /** Neither there nor asked for. */
  | { readonly kind: 'unwanted'; readonly candidate: C };

/** One step for each candidate; `chosen` are the `<group>/<Kind>` that --crd-pattern names. */
export function planCrds<C extends Candidate>(
  candidates: readonly C[],
  installed: ReadonlyMap<string, ObjectMeta>,
  wish: { readonly chosen: ReadonlySet<string>; readonly labels: Wish['labels'] },
): readonly Step<C>[] {
  return candidates.map((candidate) => {
    const held = installed.get(candidate.name);
    if (held === undefined)
      return wish.chosen.has(candidate.kind)
        ? { kind: 'create', candidate, why: 'it is not in the cluster' }
        : { kind: 'unwanted', candidate };
    if (!isOurs(held.labels))
      return {
        kind: 'foreign',
        candidate,
        why: 'a CRD of this name without the label app.kubernetes.io/name=azure-service-operator exists',
      };
    const why = outdated(candidate, held, wish.labels);
    return why === undefined ? { kind: 'current', candidate } : { kind: 'update', candidate, why };
  });
}

function outdated(candidate: Candidate, held: ObjectMeta, labels: Wish['labels']): string | undefined {
  const hash = held.annotations?.[CRD_HASH];
  if (hash === undefined) return 'it was applied by another hand';
  if (hash !== candidate.hash) return 'its content differs';
  const missing = Object.entries({ ...labels, ...candidate.labels }).find(
    ([key, value]) => held.labels?.[key] !== value,
  );
  if (missing !== undefined) return `label ${missing[0]} is not ${missing[1]}`;
  return isUntouched(held) ? undefined : 'its versions were changed by another hand';
}

/**
 * Whether whoever wrote the digest still owns the versions: another hand that changes them takes the field away. This is how CRDs are
 * recognised over which the original's were applied, since those writes keep our annotations.
 */
function isUntouched(held: ObjectMeta): boolean {
  const entries = held.managedFields ?? [];
  return entries.some(
    ({ fieldsV1 }) =>
      has(fieldsV1, ['f:metadata', 'f:annotations', `f:${CRD_HASH}`]) && has(fieldsV1, ['f:spec', 'f:versions']),
  );
}

function has(fields: unknown, path: readonly string[]): boolean {
  return path.reduce<unknown>((held, member) => (isObject(held) ? held[member] : undefined), fields) !== undefined;
}
