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

function entry(path: string): readonly [string, ShippedKind] {
  const crd = JSON.parse(readFileSync(path, 'utf8'));
  const read = kindOf(crd.metadata.name, crd.metadata.annotations[ARM_MAP_ANNOTATION]);
  if (!read.ok) throw new Error(`${path}: ${read.why}`);
  const schemas = Object.fromEntries(
    crd.spec.versions.map((version: { name: string; schema: { openAPIV3Schema: JsonObject } }) => [
      version.name,
      version.schema.openAPIV3Schema,
    ]),
  );
  return [`${crd.spec.group}/${crd.spec.names.kind}`, { kind: read.kind, schemas }];
}

/** The kind of a manifest with the compiled rules of the version it was applied in. */
export function versionOf(doc: { readonly apiVersion: string; readonly kind: string }):
  | {
      readonly kind: Kind;
      readonly apiVersion: string;
      readonly spec: Fields;
      readonly status: Fields;
      readonly shape: StatusShape;
      readonly schema: JsonObject;
    }
  | undefined {
  const [group, version = ''] = doc.apiVersion.split('/');
  const found = shippedKinds().get(`${group}/${doc.kind}`);
  const apiVersion = found === undefined ? undefined : apiVersionOf(found.kind, version);
  if (found === undefined || apiVersion === undefined) return undefined;
  const schema = found.schemas[version] ?? {};
  const properties = schema.properties as Record<string, JsonObject>;
  return {
    kind: found.kind,
    apiVersion,
    spec: compileFields(found.kind.map.spec, apiVersion),
    status: compileFields(found.kind.map.status, apiVersion),
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
