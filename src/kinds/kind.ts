// A kind as the operator knows it: what its CRD's name and arm-map say. Plain data; thousands of objects share one.

import type { ArmMap } from './arm-map.ts';
import { withHiddenSecrets } from './hidden-secrets.ts';
import { readArmMap } from './read-arm-map.ts';

export interface Kind {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  /** The storage version: the only one the operator reads and writes. */
  readonly storage: string;
  readonly map: ArmMap;
  /** Name of the CRD: <plural>.<group>. */
  readonly crd: string;
}

/** The kind that a CRD with this annotation stands for, or why it stands for none. */
export function kindOf(
  crd: string,
  annotation: string,
): { readonly ok: true; readonly kind: Kind } | { readonly ok: false; readonly why: string } {
  const read = readArmMap(annotation);
  if (!read.ok) return read;
  const map = withHiddenSecrets(read.map);
  const dot = crd.indexOf('.');
  return {
    ok: true,
    kind: {
      group: crd.slice(dot + 1),
      kind: map.kind,
      plural: crd.slice(0, dot),
      storage: map.storage,
      map,
      crd,
    },
  };
}

export function groupVersion(kind: Kind, version: string): string {
  return `${kind.group}/${version}`;
}

/** The original's name for what looks after a kind, in metrics and events: `storage_storageaccount`, `networkfrontdoor_...`. */
export function controllerName(kind: Kind): string {
  return `${kind.group.replace(/\.azure\.com$/, '').replaceAll('.', '')}_${kind.kind.toLowerCase()}`;
}

/** ARM api-version behind a CRD version, storage versions included. */
export function apiVersionOf(kind: Kind, version: string): string | undefined {
  return kind.map.versions[version.replace(/storage$/, '')];
}

export function fixedNameOf(kind: Kind, version: string): string | undefined {
  return kind.map.fixedNames?.[version] ?? kind.map.fixedName;
}

/**
 * The version kubectl takes when none is named. Kubernetes puts the highest v<number> first; names of another form (v1api20230101,
 * v20230101preview) come after all of those in the order of the alphabet, so among them the oldest is taken.
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority
 */
export function preferredVersion(kind: Kind): string {
  const [best] = Object.keys(kind.map.versions).sort(byPriority);
  return best ?? kind.storage;
}

function byPriority(a: string, b: string): number {
  const [numberA, numberB] = [numberOf(a), numberOf(b)];
  if (numberA !== numberB) return numberB - numberA;
  return a < b ? -1 : 1;
}

/** No version of these kinds is named v1beta1 or v1alpha1, the third form that Kubernetes knows. */
function numberOf(version: string): number {
  return /^v\d+$/.test(version) ? Number(version.slice(1)) : 0;
}
