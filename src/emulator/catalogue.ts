// What the emulator knows of Azure's types: the project's own CRDs, read back into types, api-versions and body schemas.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ARM_MAP_ANNOTATION, type ArmMap } from '../kinds/arm-map.ts';
import { compileFields } from '../kinds/fields.ts';
import { readArmMap } from '../kinds/read-arm-map.ts';
import { isObject, type JsonObject } from '../values/json.ts';
import { type BodySchema, bodySchema } from './body-schema.ts';

export interface KnownType {
  readonly type: string;
  readonly map: ArmMap;
  /** Newest first. */
  readonly apiVersions: readonly string[];
  readonly schemaOf: (apiVersion: string) => BodySchema | undefined;
}

export interface Catalogue {
  /** By type, without regard to case. */
  readonly find: (type: string) => KnownType | undefined;
  readonly namespaces: ReadonlySet<string>;
}

/** Reads CRDs, one a file, from files and from folders with everything below them; a later one of a type wins. Schemas are made when they are first needed. */
export function openCatalogue(...paths: readonly string[]): Catalogue {
  const types = new Map<string, KnownType>();
  for (const file of paths.flatMap(filesBelow)) {
    const object: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const known = isObject(object) ? readType(object) : undefined;
    if (known !== undefined) types.set(known.type.toLowerCase(), known);
  }
  return {
    find: (type) => types.get(type.toLowerCase()),
    namespaces: new Set([...types.keys()].map((type) => type.split('/')[0] ?? '')),
  };
}

function filesBelow(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ya?ml|json)$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

function readType(crd: JsonObject): KnownType | undefined {
  const metadata = isObject(crd.metadata) ? crd.metadata : {};
  const annotations = isObject(metadata.annotations) ? metadata.annotations : {};
  const read = readArmMap(String(annotations[ARM_MAP_ANNOTATION] ?? ''));
  if (!read.ok || read.map.type === undefined) return undefined;
  const { map } = read;
  const specs = specSchemas(crd, map);
  const made = new Map<string, BodySchema>();
  return {
    type: read.map.type,
    map,
    apiVersions: [...specs.keys()].sort().reverse(),
    schemaOf: (apiVersion) => {
      const spec = specs.get(apiVersion);
      if (spec === undefined) return undefined;
      const schema = made.get(apiVersion) ?? bodySchema(spec, compileFields(map.spec, apiVersion));
      made.set(apiVersion, schema);
      return schema;
    },
  };
}

function specSchemas(crd: JsonObject, map: ArmMap): ReadonlyMap<string, JsonObject> {
  const spec = isObject(crd.spec) ? crd.spec : {};
  const versions = Array.isArray(spec.versions) ? spec.versions.filter(isObject) : [];
  return new Map(
    versions.flatMap((version) => {
      const api = map.versions[String(version.name)];
      const schema = at(version, ['schema', 'openAPIV3Schema', 'properties', 'spec']);
      return api === undefined || schema === undefined ? [] : [[api, schema] as const];
    }),
  );
}

function at(value: JsonObject, path: readonly string[]): JsonObject | undefined {
  return path.reduce<JsonObject | undefined>((held, member) => {
    const next = held?.[member];
    return isObject(next) ? next : undefined;
  }, value);
}
