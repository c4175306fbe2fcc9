// The kinds of the project's own crds/, as the operator would learn them.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ARM_MAP_ANNOTATION } from '../../src/kinds/arm-map.ts';
import { compileFields, type Fields } from '../../src/kinds/fields.ts';
import { apiVersionOf, type Kind, kindOf } from '../../src/kinds/kind.ts';
import { type StatusShape, statusShape } from '../../src/kinds/shape.ts';
import { isObject, type Json, type JsonObject } from '../../src/values/json.ts';

export interface ShippedKind {
  readonly kind: Kind;
  readonly schemas: Readonly<Record<string, JsonObject>>;
}

let shipped: ReadonlyMap<string, ShippedKind> | undefined;

/** By '<group>/<Kind>'. */
export function shippedKinds(): ReadonlyMap<string, ShippedKind> {
  shipped ??= new Map(
    readdirSync('crds').flatMap((group) =>
      readdirSync(join('crds', group)).map((file) => entry(join('crds', group, file))),
    ),
  );
  return shipped;
}

interface Crd {
  readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: JsonObject } }[];
  };
}

function entry(path: string): readonly [string, ShippedKind] {
  return entryOf(JSON.parse(readFileSync(path, 'utf8')), path);
}

function entryOf({ metadata, spec }: Crd, path: string): readonly [string, ShippedKind] {
  const read = kindOf(metadata.name, metadata.annotations[ARM_MAP_ANNOTATION] ?? '');
  if (!read.ok) throw new Error(`${path}: ${read.why}`);
  const schemas = Object.fromEntries(spec.versions.map(({ name, schema }) => [name, schema.openAPIV3Schema]));
  return [`${spec.group}/${spec.names.kind}`, { kind: read.kind, schemas }];
}

/** What the operator works with for one version of a kind. */
export interface VersionModel {
  readonly kind: Kind;
  readonly apiVersion: string;
  readonly spec: Fields;
  readonly status: Fields;
  readonly shape: StatusShape;
  readonly schema: JsonObject;
}

/** The kind of a manifest with the compiled rules of the version it was applied in. */
export function versionOf(doc: { readonly apiVersion: string; readonly kind: string }): VersionModel | undefined {
  const [group, version = ''] = doc.apiVersion.split('/');
  const found = shippedKinds().get(`${group}/${doc.kind}`);
  return found === undefined ? undefined : modelOf(found, version);
}

/** Every user version of a CRD. */
export function modelsOf(crd: JsonObject): readonly VersionModel[] {
  // As the generator writes one.
  const [, shipped] = entryOf(crd as unknown as Crd, 'a generated CRD');
  return Object.keys(shipped.kind.map.versions).flatMap((version) => modelOf(shipped, version) ?? []);
}

function modelOf({ kind, schemas }: ShippedKind, version: string): VersionModel | undefined {
  const apiVersion = apiVersionOf(kind, version);
  if (apiVersion === undefined) return undefined;
  const schema = schemas[version] ?? {};
  const properties = schema.properties as Record<string, JsonObject>;
  return {
    kind,
    apiVersion,
    spec: compileFields(kind.map.spec, apiVersion),
    status: compileFields(kind.map.status, apiVersion),
    shape: statusShape(properties.status),
    schema,
  };
}

/** The schema of spec in a version. */
export function specSchema(version: { readonly schema: JsonObject }): JsonObject {
  const properties = isObject(version.schema.properties) ? version.schema.properties : {};
  return isObject(properties.spec) ? properties.spec : {};
}

/** What the API server keeps of a value: members that the schema knows. */
export function pruned(value: Json, schema: JsonObject): Json {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return value;
  if (Array.isArray(value)) return value.map((item) => pruned(item, isObject(schema.items) ? schema.items : {}));
  if (!isObject(value)) return value;
  const properties = isObject(schema.properties) ? schema.properties : {};
  const values = isObject(schema.additionalProperties) ? schema.additionalProperties : undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, held]) => {
      const member = values ?? (Object.hasOwn(properties, name) ? properties[name] : undefined);
      return held === undefined || !isObject(member) ? [] : [[name, pruned(held, member)]];
    }),
  );
}
