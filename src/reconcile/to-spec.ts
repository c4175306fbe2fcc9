// toSpec: from Azure's answer to a spec that would give it again, as far as answers tell: the inverse of toBody. Pure.
// Secrets are in no answer; what is an id becomes a reference by armId; members that only Azure writes have no place in a spec schema.

import { type Fields, NO_FIELDS, placeOf } from '../kinds/fields.ts';
import { isObject, type Json, type JsonObject } from '../values/json.ts';
import { findLoosely } from '../values/loose.ts';
import { type Growing, setMember } from '../values/place.ts';

/** Members of spec that are the operator's own. */
const OWN = new Set(['azureName', 'azureNameFromConfig', 'owner', 'operatorSpec']);

/** `schema` is the OpenAPI schema of spec in the version that `fields` are of. */
export function toSpec(answer: JsonObject, schema: JsonObject, fields: Fields): JsonObject {
  return objectOf(answer, schema, fields, OWN);
}

function objectOf(
  answer: JsonObject,
  schema: JsonObject,
  fields: Fields,
  skipped: ReadonlySet<string> = new Set(),
): JsonObject {
  const made: Growing = {};
  for (const [name, member] of propertiesOf(schema)) {
    if (skipped.has(name)) continue;
    const value = memberOf(answer, { name, schema: member, holder: schema }, fields);
    if (value !== undefined) setMember(made, name, value);
  }
  // Built from parts of a JSON answer.
  return made as JsonObject;
}

function propertiesOf(schema: JsonObject): readonly (readonly [string, JsonObject])[] {
  return Object.entries(isObject(schema.properties) ? schema.properties : {}).flatMap(([name, member]) =>
    isObject(member) ? [[name, member] as const] : [],
  );
}

interface Member {
  readonly name: string;
  readonly schema: JsonObject;
  /** Schema of the object that has it. */
  readonly holder: JsonObject;
}

function memberOf(answer: JsonObject, { name, schema, holder }: Member, fields: Fields): Json | undefined {
  const child = fields.children.get(name) ?? NO_FIELDS;
  const { member } = child;
  if (fields.oneOf !== undefined && Object.hasOwn(fields.oneOf.is, name))
    return variantOf(answer, name, schema, fields);
  // A twin stands for a plain field, which gets the value.
  if (member?.secret !== undefined || member?.from !== undefined || member?.orRef === true) return undefined;
  if (member?.inline === true) return openMembers(answer, schema, holder, fields);
  return convert(findLoosely(answer, placeOf(fields, name)), schema, child);
}

/** The members of the variant whose discriminator the answer shows. */
function variantOf(answer: JsonObject, name: string, schema: JsonObject, fields: Fields): JsonObject | undefined {
  const { by, is, to } = fields.oneOf ?? { by: '', is: {} };
  const body = to === undefined ? answer : findLoosely(answer, to.split('/'));
  const shown = isObject(body) ? findLoosely(body, [by]) : undefined;
  if (!isObject(body) || typeof shown !== 'string' || shown.toLowerCase() !== is[name]?.toLowerCase()) return undefined;
  return objectOf(body, schema, fields.children.get(name) ?? NO_FIELDS);
}

function openMembers(
  answer: JsonObject,
  schema: JsonObject,
  holder: JsonObject,
  fields: Fields,
): JsonObject | undefined {
  const named = new Set(propertiesOf(holder).map(([name]) => (placeOf(fields, name)[0] ?? name).toLowerCase()));
  const values = isObject(schema.additionalProperties) ? schema.additionalProperties : {};
  const open = Object.entries(answer).flatMap(([name, held]) => {
    const value = named.has(name.toLowerCase()) ? undefined : convert(held, values, NO_FIELDS);
    return value === undefined ? [] : [[name, value] as const];
  });
  return open.length === 0 ? undefined : Object.fromEntries(open);
}

/** undefined: absent, or nothing that may be written. */
function convert(value: Json | undefined, schema: JsonObject, fields: Fields): Json | undefined {
  if (value === undefined || value === null) return undefined;
  if (fields.member?.ref !== undefined) return referenceOf(value);
  if (fields.member?.identities === true) return identitiesOf(value);
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return value;
  switch (schema.type) {
    case 'array':
      return listOf(value, isObject(schema.items) ? schema.items : {}, fields.children.get('[]') ?? NO_FIELDS);
    case 'object':
      return isObject(value) ? filled(value, schema, fields) : undefined;
    case 'integer':
    case 'number':
      return typeof value === 'number' ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    default:
      return typeof value === 'string' ? spelled(value, schema.enum) : undefined;
  }
}

function listOf(value: Json, items: JsonObject, fields: Fields): Json | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.map((item) => convert(item, items, fields)).filter((item): item is Json => item !== undefined);
}

/** An object of which nothing may be written is left out; one that Azure shows empty stays. */
function filled(value: JsonObject, schema: JsonObject, fields: Fields): JsonObject | undefined {
  const values = schema.additionalProperties;
  const made: Growing = {};
  if (isObject(values)) {
    const child = fields.children.get('{}') ?? NO_FIELDS;
    for (const [key, held] of Object.entries(value)) {
      const converted = convert(held, values, child);
      if (converted !== undefined) setMember(made, key, converted);
    }
  }
  // Built from parts of a JSON answer.
  const result = isObject(values) ? (made as JsonObject) : objectOf(value, schema, fields);
  return Object.keys(result).length > 0 || Object.keys(value).length === 0 ? result : undefined;
}

/** An id, a list or a map of ids as references. */
function referenceOf(value: Json): Json | undefined {
  if (typeof value === 'string') return value === '' ? undefined : { armId: value };
  if (Array.isArray(value)) return value.flatMap((item) => referenceOf(item) ?? []);
  if (!isObject(value)) return undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, held]) => {
      const reference = referenceOf(held ?? null);
      return reference === undefined ? [] : [[key, reference] as const];
    }),
  );
}

function identitiesOf(value: Json): Json | undefined {
  if (!isObject(value) || Object.keys(value).length === 0) return undefined;
  return Object.keys(value).map((id) => ({ reference: { armId: id } }));
}

/** Azure's spelling of a value may differ in case from the only ones that the schema takes. */
function spelled(value: string, allowed: Json | undefined): string {
  if (!Array.isArray(allowed)) return value;
  const same = allowed.find((one) => typeof one === 'string' && one.toLowerCase() === value.toLowerCase());
  return typeof same === 'string' ? same : value;
}
