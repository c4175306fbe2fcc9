// The CRD to apply: the shipped one with the versions that were chosen, the labels that were asked for, the versions that stored
// objects still need, and a digest by which the next start sees that there is nothing to do. Pure.

import { ARM_MAP_ANNOTATION } from '../kinds/arm-map.ts';
import { narrowedTo } from '../kinds/narrow.ts';
import { readArmMap } from '../kinds/read-arm-map.ts';
import { writeArmMap } from '../kinds/write-arm-map.ts';
import { digestOf } from '../values/hash.ts';
import { isObject, type JsonObject } from '../values/json.ts';
import { CRD_API, CRD_HASH, type Crd, type CrdVersion, KEPT_VERSIONS, OPEN_SCHEMA } from './crd.ts';
import { lean } from './lean.ts';
import { chooseVersions, type VersionChoice } from './versions.ts';

export interface Wish {
  readonly versions: VersionChoice;
  /** --crd-labels. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What the cluster holds of a kind and must not lose. */
export interface Needs {
  /** status.storedVersions. */
  readonly stored: readonly string[];
  /** Versions that objects were applied in. */
  readonly used: readonly string[];
}

export const NO_NEEDS: Needs = { stored: [], used: [] };

/** Changes when this room makes something else of the same shipped CRD, so that what an older release applied is applied anew. */
const MAKING = 1;

/** Digest of what a shipped CRD (the digest of its text) becomes under a choice of versions; labels are compared one by one instead. */
export function hashOf(digest: string, versions: VersionChoice): string {
  return digestOf(`${digest} ${versions} ${MAKING}`).slice(0, 32);
}

export function desiredCrd(
  shipped: { readonly crd: Crd; readonly digest: string },
  wish: Wish,
  needs: Needs,
): JsonObject {
  const { crd, digest } = shipped;
  const needed = new Set([...needs.stored, ...needs.used]);
  const listed = chooseVersions(crd.spec.versions, wish.versions, needed);
  const lost = needs.stored.filter((name) => !crd.spec.versions.some((version) => version.name === name));
  const kept = needs.stored.filter(
    (name) => !crd.spec.versions.some((version) => version.name === name && version.storage),
  );
  // Metadata and spec of a CRD that was read from a file: JSON.
  const { metadata, spec } = crd as unknown as { readonly metadata: JsonObject; readonly spec: JsonObject };
  return {
    apiVersion: CRD_API,
    kind: 'CustomResourceDefinition',
    metadata: {
      ...metadata,
      labels: { ...wish.labels, ...(isObject(metadata.labels) ? metadata.labels : {}) },
      annotations: {
        ...(isObject(metadata.annotations) ? narrowed(metadata.annotations, crd.spec.versions, listed) : {}),
        [CRD_HASH]: hashOf(digest, wish.versions),
        ...(kept.length === 0 ? {} : { [KEPT_VERSIONS]: kept.join(',') }),
      },
    },
    spec: { ...spec, versions: [...lean(listed), ...lost.map(unserved)] },
  };
}

/** A version that objects are stored in and nobody asks for: the API server wants it listed until the last object is rewritten. */
function unserved(name: string): CrdVersion {
  return {
    name,
    served: false,
    storage: false,
    schema: { openAPIV3Schema: OPEN_SCHEMA },
    subresources: { status: {} },
  };
}

/** The arm-map names no version that the CRD does not list. */
function narrowed(annotations: JsonObject, all: readonly CrdVersion[], listed: readonly CrdVersion[]): JsonObject {
  const text = annotations[ARM_MAP_ANNOTATION];
  if (all.length === listed.length || typeof text !== 'string') return annotations;
  const read = readArmMap(text);
  // A map that cannot be read is left as it is and reported by who reads it.
  if (!read.ok) return annotations;
  const map = narrowedTo(read.map, new Set(listed.map((version) => version.name)));
  return { ...annotations, [ARM_MAP_ANNOTATION]: writeArmMap(map) };
}
