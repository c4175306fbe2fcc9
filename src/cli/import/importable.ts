// The kinds that can be imported: each in its newest stable version, with what turns an answer of Azure into a spec.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KindFacts } from '../../generate/facts.ts';
import { readFacts } from '../../generate/read-facts.ts';
import { ARM_MAP_ANNOTATION } from '../../kinds/arm-map.ts';
import { compileFields, type Fields } from '../../kinds/fields.ts';
import { apiVersionOf, type Kind, kindOf } from '../../kinds/kind.ts';
import { isObject, type Json, type JsonObject } from '../../values/json.ts';
import { findLoosely } from '../../values/loose.ts';

export interface Importable {
  readonly kind: Kind;
  /** ARM type with the letter case of its URLs. */
  readonly type: string;
  readonly version: string;
  readonly apiVersion: string;
  /** Of spec. */
  readonly schema: JsonObject;
  readonly fields: Fields;
  readonly skips: NonNullable<KindFacts['importSkips']>;
}

/** All kinds behind ARM that can be read, out of the shipped CRDs and facts. */
export function readImportable(crds: string, facts: string): readonly Importable[] {
  const skips = new Map(
    readFacts(facts).flatMap(({ group, kinds }) =>
      kinds.map((kind) => [`${group}/${kind.kind}`, kind.importSkips ?? []] as const),
    ),
  );
  return readdirSync(crds, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yaml'))
    .sort()
    .flatMap((path) => {
      const crd: unknown = JSON.parse(readFileSync(join(crds, path), 'utf8'));
      return isObject(crd) ? (importableOf(crd, skips) ?? []) : [];
    });
}

function importableOf(crd: JsonObject, skips: ReadonlyMap<string, Importable['skips']>): Importable | undefined {
  const metadata = isObject(crd.metadata) ? crd.metadata : {};
  const read = kindOf(String(metadata.name), String(findLoosely(metadata, ['annotations', ARM_MAP_ANNOTATION]) ?? ''));
  if (!read.ok || read.kind.map.type === undefined || read.kind.map.verbs?.includes('GET') === false) return undefined;
  const { kind } = read;
  const version = kind.storage.replace(/storage$/, '');
  const apiVersion = apiVersionOf(kind, version);
  const schema = specSchema(crd, version);
  if (apiVersion === undefined || schema === undefined) return undefined;
  return {
    kind,
    type: read.kind.map.type,
    version,
    apiVersion,
    schema,
    fields: compileFields(kind.map.spec, apiVersion),
    skips: skips.get(`${kind.group}/${kind.kind}`) ?? [],
  };
}

function specSchema(crd: JsonObject, version: string): JsonObject | undefined {
  const spec = isObject(crd.spec) ? crd.spec : {};
  const versions: readonly Json[] = Array.isArray(spec.versions) ? spec.versions : [];
  const held = versions.filter(isObject).find((candidate) => candidate.name === version);
  const found = findLoosely(held ?? {}, ['schema', 'openAPIV3Schema', 'properties', 'spec']);
  return isObject(found) ? found : undefined;
}
