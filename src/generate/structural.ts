// What the API server will refuse in a CRD, told before it is asked. Source: Kubernetes' rules for structural schemas, names and sizes
// (kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema).

import { isObject, type Json, type JsonObject } from '../values/json.ts';

/** etcd takes 1.5 MiB; some room is left for status and managed fields. */
const LARGEST_CRD = 1_400_000;
const TYPES = new Set(['object', 'array', 'string', 'integer', 'number', 'boolean']);

/** Every problem with a CRD, each with the place it is at. */
export function structuralProblems(crd: JsonObject): readonly string[] {
  const spec = isObject(crd.spec) ? crd.spec : {};
  const names = isObject(spec.names) ? spec.names : {};
  const versions = Array.isArray(spec.versions) ? spec.versions.filter(isObject) : [];
  const size = JSON.stringify(crd).length;
  return [
    ...nameProblems(names, String(spec.group)),
    ...(size > LARGEST_CRD ? [`it is ${size} bytes of JSON; etcd takes ${LARGEST_CRD}: ask for fewer versions`] : []),
    ...(versions.filter((version) => version.storage === true).length === 1 ? [] : ['it needs one storage version']),
    ...versions.flatMap((version) => {
      const schema = isObject(version.schema) ? version.schema.openAPIV3Schema : undefined;
      return isObject(schema) ? schemaProblems(schema, String(version.name)) : [`${version.name}: it has no schema`];
    }),
  ];
}

function nameProblems(names: JsonObject, group: string): readonly string[] {
  const isLabel = (text: unknown): boolean =>
    typeof text === 'string' && text.length <= 63 && /^[a-z](?:[a-z0-9-]*[a-z0-9])?$/.test(text);
  const asLabels: JsonObject = {
    plural: names.plural,
    singular: names.singular,
    kind: String(names.kind).toLowerCase(),
    listKind: String(names.listKind).toLowerCase(),
    ...Object.fromEntries(
      (Array.isArray(names.categories) ? names.categories : []).map((name, index) => [`categories[${index}]`, name]),
    ),
  };
  return [
    ...Object.entries(asLabels).flatMap(([name, text]) =>
      isLabel(text)
        ? []
        : [`names.${name} '${String(text)}' must be letters, digits and '-', begin with a letter, and have at most 63`],
    ),
    ...(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(group) && group.includes('.')
      ? []
      : [`group '${group}' must be a DNS name with a dot, in lower case`]),
  ];
}

function schemaProblems(schema: JsonObject, at: string): readonly string[] {
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const isTyped = TYPES.has(String(schema.type));
  const own = [
    ...(isTyped || (isOpen && schema.type === undefined) ? [] : [`${at}: type ${JSON.stringify(schema.type)}`]),
    ...(isObject(schema.properties) && schema.additionalProperties !== undefined
      ? [`${at}: has both properties and additionalProperties`]
      : []),
    ...(schema.type === 'array' && !isObject(schema.items) ? [`${at}: a list without items`] : []),
    ...enumProblems(schema, at),
    ...patternProblems(schema.pattern, at),
    ...requiredProblems(schema, at),
  ];
  const properties = isObject(schema.properties) ? Object.entries(schema.properties) : [];
  const inner: readonly (readonly [string, Json | undefined])[] = [
    ...properties,
    ['[]', schema.items],
    ['{}', schema.additionalProperties],
  ];
  return [...own, ...inner.flatMap(([name, held]) => (isObject(held) ? schemaProblems(held, `${at}.${name}`) : []))];
}

function enumProblems(schema: JsonObject, at: string): readonly string[] {
  if (schema.enum === undefined) return [];
  if (!Array.isArray(schema.enum) || schema.enum.length === 0) return [`${at}: an enum without values`];
  return new Set(schema.enum).size === schema.enum.length ? [] : [`${at}: an enum with a value twice`];
}

function requiredProblems(schema: JsonObject, at: string): readonly string[] {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  return required
    .filter((name) => !Object.hasOwn(properties, String(name)))
    .map((name) => `${at}: requires '${String(name)}', which it lacks`);
}

function patternProblems(pattern: Json | undefined, at: string): readonly string[] {
  if (typeof pattern !== 'string') return [];
  try {
    new RegExp(pattern.replace(/^\(\?i\)/, ''));
    return [];
  } catch (error) {
    return [`${at}: pattern ${pattern}: ${error instanceof Error ? error.message : String(error)}`];
  }
}
