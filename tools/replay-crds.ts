// The CRDs that recorded cases need, and what they say of a document.

import { ARM_MAP_ANNOTATION } from '../src/kinds/arm-map.ts';
import { isObject, type JsonObject } from '../src/values/json.ts';
import { type Doc, groupOf } from './demo/documents.ts';
import { projectCrds } from './prepare.ts';
import { isAzure, type RecordedCase, versionOf } from './recorded-cases.ts';

/** '<group>/<Kind>' → its CRD. */
export type Crds = ReadonlyMap<string, JsonObject>;

/** The project's CRDs of the kinds and versions that the cases name: what is served costs the API server most of its start. */
export function crdsFor(cases: readonly RecordedCase[]): Crds {
  const docs = cases.flatMap((recorded) => recorded.manifests.map((manifest) => manifest.doc)).filter(isAzure);
  const versions = new Map<string, Set<string>>();
  for (const doc of docs) {
    const key = `${groupOf(doc)}/${doc.kind}`;
    versions.set(key, new Set([...(versions.get(key) ?? []), versionOf(doc)]));
  }
  return new Map(
    projectCrds(new Set(docs.map(groupOf))).flatMap((crd) => {
      const spec = crd.spec as JsonObject;
      const key = `${String(spec.group).replace(/\.azure\.com$/, '')}/${String((spec.names as JsonObject).kind)}`;
      const wanted = versions.get(key);
      if (wanted === undefined) return [];
      const held = versionsOf(crd).filter((version) => version.storage === true || wanted.has(String(version.name)));
      return [[key, { ...crd, spec: { ...spec, versions: held } }] as const];
    }),
  );
}

function versionsOf(crd: JsonObject): readonly JsonObject[] {
  const { versions } = crd.spec as JsonObject;
  return Array.isArray(versions) ? versions.filter(isObject) : [];
}

/** The schema of a document's version. */
export function schemaOf(crds: Crds, doc: Doc): JsonObject {
  const crd = crds.get(`${groupOf(doc)}/${doc.kind}`);
  const version = crd === undefined ? undefined : versionsOf(crd).find((held) => held.name === versionOf(doc));
  const schema = isObject(version?.schema) ? version.schema.openAPIV3Schema : undefined;
  return isObject(schema) && isObject(schema.properties) ? schema : {};
}

function mapOf(crd: JsonObject): JsonObject {
  const { annotations } = crd.metadata as { readonly annotations?: JsonObject };
  return JSON.parse(String(annotations?.[ARM_MAP_ANNOTATION] ?? '{}')) as JsonObject;
}

/** Path of the request that makes a document: its PUT, or of a kind without an ARM type the POST to Microsoft Graph. */
export function madeAt(crds: Crds, doc: Doc, expect: RecordedCase['manifests'][number]['expect']): string | undefined {
  if (expect !== null) return decodeURIComponent(expect.url.split('?')[0] ?? '').toLowerCase();
  const crd = crds.get(`${groupOf(doc)}/${doc.kind}`);
  return crd !== undefined && isObject(mapOf(crd).backend) ? '/v1.0/groups' : undefined;
}

/** Kinds without an ARM type and without a backend have a CRD of another release. */
export function lacks(crds: Crds, doc: Doc): string | undefined {
  const crd = crds.get(`${groupOf(doc)}/${doc.kind}`);
  if (crd === undefined) return `a CRD of ${doc.kind}.${groupOf(doc)}`;
  const { type, backend } = mapOf(crd);
  return type === undefined && backend === undefined ? `a backend for ${doc.kind}.${groupOf(doc)}` : undefined;
}
