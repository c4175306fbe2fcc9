// A CustomResourceDefinition as this room knows it, and the labels and annotations by which CRDs are recognised. Pure.

import { refusalOf } from '../kube/refusal.ts';
import type { KubeAnswer, ObjectMeta } from '../kube/types.ts';
import { isObject, type Json, type JsonObject } from '../values/json.ts';

export const CRD_API = 'apiextensions.k8s.io/v1';
export const CRDS_PATH = `/apis/${CRD_API}/customresourcedefinitions`;

/** Owner of the fields that we apply. */
export const CRD_FIELD_MANAGER = 'azure-service-operator';

/** What was applied: a digest of the shipped CRD and of the choice of versions. */
export const CRD_HASH = 'serviceoperator.azure.com/crd-hash';
/** Versions, separated by commas, that are listed beside the shipped ones because objects are, or were, stored in them. */
export const KEPT_VERSIONS = 'serviceoperator.azure.com/kept-versions';

export const NAME_LABEL = 'app.kubernetes.io/name';
export const NAME_VALUE = 'azure-service-operator';
/** By this the original knew its CRDs before its version 2.3. */
export const LEGACY_LABEL = 'serviceoperator.azure.com/version';

/** Of anything: the API server keeps what it is given. */
export const OPEN_SCHEMA: JsonObject = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

export interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema?: JsonObject;
  readonly [other: string]: Json | undefined;
}

export interface Crd {
  readonly metadata: ObjectMeta & { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string; readonly plural: string; readonly [other: string]: Json | undefined };
    readonly conversion?: JsonObject;
    readonly versions: readonly CrdVersion[];
    readonly [other: string]: unknown;
  };
  readonly status?: { readonly storedVersions?: readonly string[]; readonly conditions?: readonly JsonObject[] };
}

/** A value checked to be a CRD with versions; else a sentence that says what it lacks. */
export function readCrd(value: unknown): Crd | string {
  if (!isObject(value) || value.kind !== 'CustomResourceDefinition' || value.apiVersion !== CRD_API)
    return `it is no ${CRD_API} CustomResourceDefinition`;
  const { metadata, spec } = value;
  if (!isObject(metadata) || typeof metadata.name !== 'string') return 'metadata.name is missing';
  if (!isObject(spec) || typeof spec.group !== 'string') return 'spec.group is missing';
  if (!isObject(spec.names) || typeof spec.names.kind !== 'string' || typeof spec.names.plural !== 'string')
    return 'spec.names.kind or spec.names.plural is missing';
  if (
    !Array.isArray(spec.versions) ||
    !spec.versions.every((version) => isObject(version) && typeof version.name === 'string')
  )
    return 'spec.versions is missing';
  // Checked above, as far as this room looks.
  return value as unknown as Crd;
}

/** `<group>/<Kind>`, as --crd-pattern names it. */
export function kindName(crd: Crd): string {
  return `${crd.spec.group}/${crd.spec.names.kind}`;
}

/** Whether a CRD with these labels is one of this product, or of the original. */
export function isOurs(labels: Readonly<Record<string, string>> | undefined): boolean {
  return labels?.[NAME_LABEL] === NAME_VALUE || labels?.[LEGACY_LABEL] !== undefined;
}

/** The API server did not give what was asked for; `status` is the answer's. */
export class ReadRefused extends Error {
  readonly status: number;

  constructor(what: string, answer: KubeAnswer) {
    super(`${what} could not be read: ${refusalOf(answer)}`);
    this.status = answer.status;
  }
}

/** Items of a list; the API server answers an empty metadata-only list with null. */
export function itemsOf(answer: KubeAnswer): readonly JsonObject[] {
  const items = isObject(answer.body) ? answer.body.items : undefined;
  return Array.isArray(items) ? items.filter(isObject) : [];
}
