// Specs made from a kind's own schema: every shape that a user may write, told by a chooser, so that a seed repeats one.

import { type Fields, NO_FIELDS, placeOf } from '../../src/kinds/fields.ts';
import { isObject, type Json, type JsonObject } from '../../src/values/json.ts';

/** Decides what an instance holds. */
export interface Chooser {
  /** Whether an optional member is there. */
  readonly isThere: () => boolean;
  /** One of so many. */
  readonly oneOf: (count: number) => number;
}

/** Everything at once; of alternatives the nth. */
export function everything(nth: number): Chooser {
  return { isThere: () => true, oneOf: (count) => nth % count };
}

/** Some of it, by a seed. Source of the generator: mulberry32, public domain. */
export function some(seed: number): Chooser {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { isThere: () => next() < 0.6, oneOf: (count) => Math.floor(next() * count) };
}

/** Members of spec that are the operator's own. */
const OWN = new Set(['azureName', 'azureNameFromConfig', 'owner', 'operatorSpec']);

/** A spec without the operator's own members: one variant at most, and of a field and its twins one. */
export function specOf(schema: JsonObject, fields: Fields, chooser: Chooser): JsonObject {
  return objectOf(schema, fields, { chooser, path: '' }, OWN);
}

interface Making {
  readonly chooser: Chooser;
  /** Makes texts tell where they stand. */
  readonly path: string;
}

function objectOf(
  schema: JsonObject,
  fields: Fields,
  making: Making,
  skipped: ReadonlySet<string> = new Set(),
): JsonObject {
  const { chooser } = making;
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  // An identity that names none is refused before there is a body.
  if (/\/userAssignedIdentities\/\d+$/.test(making.path)) required.add('reference');
  const variants = Object.keys(fields.oneOf?.is ?? {}).filter((name) => Object.hasOwn(properties, name));
  const variant = variants[chooser.oneOf(Math.max(1, variants.length))];
  const byPlace = new Map<string, string[]>();
  for (const name of Object.keys(properties)) {
    if (skipped.has(name) || (variants.includes(name) && name !== variant)) continue;
    const place = variants.includes(name) ? `<${name}>` : placeOf(fields, name).join('/');
    byPlace.set(place, [...(byPlace.get(place) ?? []), name]);
  }
  const members = [...byPlace.values()].flatMap((names): readonly (readonly [string, Json])[] => {
    const name = names[chooser.oneOf(names.length)] ?? '';
    const member = properties[name];
    if (!isObject(member) || !(required.has(name) || chooser.isThere())) return [];
    return [
      [name, instanceOf(member, fields.children.get(name) ?? NO_FIELDS, { chooser, path: `${making.path}/${name}` })],
    ];
  });
  return Object.fromEntries(members);
}

function instanceOf(schema: JsonObject, fields: Fields, making: Making): Json {
  const { chooser, path } = making;
  if (isReference(schema)) return REFERENCES[chooser.oneOf(REFERENCES.length)] ?? {};
  if (schema['x-kubernetes-preserve-unknown-fields'] === true && schema.type === 'object') return FREE[0] ?? {};
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return FREE[chooser.oneOf(FREE.length)] ?? true;
  switch (schema.type) {
    case 'object':
      return isObject(schema.additionalProperties)
        ? mapOf(schema.additionalProperties, fields, making)
        : objectOf(schema, fields, making);
    case 'array': {
      const { items } = schema;
      const count = 1 + chooser.oneOf(2);
      return Array.from({ length: count }, (_, index) =>
        isObject(items)
          ? instanceOf(items, fields.children.get('[]') ?? NO_FIELDS, { chooser, path: `${path}/${index}` })
          : null,
      );
    }
    case 'boolean':
      return chooser.oneOf(2) === 0;
    case 'integer':
      return chooser.oneOf(1000);
    case 'number':
      return chooser.oneOf(1000) + 0.5;
    default:
      return textOf(schema, making);
  }
}

function textOf(schema: JsonObject, { chooser, path }: Making): Json {
  if (Array.isArray(schema.enum)) return schema.enum[chooser.oneOf(schema.enum.length)] as Json;
  return [path, '', 'Ünïcødé “text”', 'true', '0'][chooser.oneOf(5)] ?? path;
}

function isReference(schema: JsonObject): boolean {
  return isObject(schema.properties) && schema.properties.armId !== undefined;
}

const REFERENCES: readonly JsonObject[] = [
  { armId: '/subscriptions/s/resourceGroups/g' },
  { group: 'network.azure.com', kind: 'VirtualNetwork', name: 'v' },
];

/** Keys of maps are the user's: nothing may read a meaning into them. */
const KEYS = ['a', 'A-b.c/d', '__proto__', 'properties', 'reference', 'name', '[]'] as const;
/** Open members stand among named ones, which win. */
const OPEN_KEYS = ['x-one', '__proto__', 'x-two'] as const;

function mapOf(schema: JsonObject, fields: Fields, making: Making): JsonObject {
  const names = fields.member?.inline === true ? OPEN_KEYS : KEYS;
  const first = making.chooser.oneOf(names.length);
  const keys = new Set([names[first] ?? 'a', names[(first + 1) % names.length] ?? 'b']);
  const values = fields.children.get('{}') ?? NO_FIELDS;
  return Object.fromEntries(
    [...keys].map((key) => [key, instanceOf(schema, values, { ...making, path: `${making.path}/${key}` })]),
  );
}

/** Free-form values. */
const FREE: readonly Json[] = [
  { properties: { deep: [1, { reference: null }] }, name: 'n' },
  ['a', 2, { b: false }],
  'text',
  0.25,
  false,
  {},
];
