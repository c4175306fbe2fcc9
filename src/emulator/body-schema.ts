// A body's schema out of a CRD's: the arm-map read backwards. What a provider would check of a PUT: members that are required, types,
// enums, lengths, patterns and bounds. Members it does not know are ignored, as most providers do.

import { type Fields, NO_FIELDS, placeOf } from '../kinds/fields.ts';
import { isObject, type Json, type JsonObject } from '../values/json.ts';

export interface BodySchema {
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
  readonly members?: Map<string, BodySchema>;
  readonly required?: Set<string>;
  readonly items?: BodySchema;
  readonly values?: BodySchema;
  readonly enum?: readonly Json[];
  readonly pattern?: RegExp;
  readonly limits?: {
    readonly minLength?: number;
    readonly maxLength?: number;
    readonly minimum?: number;
    readonly maximum?: number;
    readonly minItems?: number;
    readonly maxItems?: number;
  };
}

const OWN = new Set(['azureName', 'azureNameFromConfig', 'owner', 'operatorSpec']);

/** The body schema that a spec schema stands for. */
export function bodySchema(spec: JsonObject, fields: Fields): BodySchema {
  return objectSchema(spec, fields, OWN);
}

function objectSchema(schema: JsonObject, fields: Fields, skipped: ReadonlySet<string> = new Set()): BodySchema {
  const made: BodySchema = { type: 'object', members: new Map(), required: new Set() };
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  for (const [name, member] of Object.entries(properties)) {
    if (skipped.has(name) || !isObject(member)) continue;
    const child = fields.children.get(name) ?? NO_FIELDS;
    if (fields.oneOf !== undefined && Object.hasOwn(fields.oneOf.is, name)) {
      variant(made, objectSchema(member, child), fields.oneOf.to?.split('/') ?? []);
      continue;
    }
    if (child.member?.from !== undefined || child.member?.orRef === true || child.member?.inline === true) continue;
    place(made, placeOf(fields, name), { schema: memberSchema(member, child), isRequired: required.has(name) });
  }
  return made;
}

/** Variants share the place: all their members may occur, none is required. */
function variant(into: BodySchema, schema: BodySchema, path: readonly string[]): void {
  for (const [name, member] of schema.members ?? []) {
    // A discriminator is a one-value enum in each variant; together they are open.
    const { enum: _one, ...open } = member;
    const held = memberAt(into, [...path, name]);
    place(into, [...path, name], { schema: held === undefined ? open : either(held, open), isRequired: false });
  }
}

function memberAt(schema: BodySchema, path: readonly string[]): BodySchema | undefined {
  return path.reduce<BodySchema | undefined>((held, name) => held?.members?.get(name), schema);
}

/** What one or the other accepts: variants may give the same member in different shapes. */
function either(a: BodySchema, b: BodySchema): BodySchema {
  if (a.type !== b.type) return {};
  const type = a.type === undefined ? {} : { type: a.type };
  if (a.items !== undefined && b.items !== undefined) return { ...type, items: either(a.items, b.items) };
  if (a.members === undefined || b.members === undefined)
    return a.enum !== undefined && b.enum !== undefined ? { ...type, enum: [...a.enum, ...b.enum] } : type;
  const members = new Map(a.members);
  for (const [name, member] of b.members) {
    const held = members.get(name);
    members.set(name, held === undefined ? member : either(held, member));
  }
  const required = new Set([...(a.required ?? [])].filter((name) => b.required?.has(name)));
  return { ...type, members, required };
}

function place(
  into: BodySchema,
  path: readonly string[],
  member: { readonly schema: BodySchema; readonly isRequired: boolean },
): void {
  const [head = '', ...rest] = path;
  if (rest.length === 0) {
    into.members?.set(head, member.schema);
    if (member.isRequired) into.required?.add(head);
    return;
  }
  const held = into.members?.get(head) ?? { type: 'object' as const, members: new Map(), required: new Set<string>() };
  into.members?.set(head, held);
  place(held, rest, member);
}

function memberSchema(schema: JsonObject, fields: Fields): BodySchema {
  const rule = fields.member;
  if (rule?.ref !== undefined) return referenceSchema(schema);
  if (rule?.secret === 'map' || rule?.identities === true) return { type: 'object' };
  if (rule?.secret === true) return { type: 'string' };
  if (schema.type === 'array')
    return {
      type: 'array',
      ...(isObject(schema.items) ? { items: memberSchema(schema.items, fields.children.get('[]') ?? NO_FIELDS) } : {}),
      limits: limitsOf(schema),
    };
  if (isObject(schema.properties)) return objectSchema(schema, fields);
  if (isObject(schema.additionalProperties))
    return {
      type: 'object',
      values: memberSchema(schema.additionalProperties, fields.children.get('{}') ?? NO_FIELDS),
    };
  return scalarSchema(schema);
}

function referenceSchema(schema: JsonObject): BodySchema {
  if (schema.type === 'array') return { type: 'array', items: { type: 'string' } };
  return isObject(schema.additionalProperties) ? { type: 'object', values: { type: 'string' } } : { type: 'string' };
}

function scalarSchema(schema: JsonObject): BodySchema {
  const type = ['object', 'string', 'number', 'integer', 'boolean'].find((candidate) => candidate === schema.type);
  return {
    // Found in the list of the type's own words.
    ...(type === undefined ? {} : { type: type as NonNullable<BodySchema['type']> }),
    ...(Array.isArray(schema.enum) ? { enum: schema.enum } : {}),
    ...(typeof schema.pattern === 'string' ? patternOf(schema.pattern) : {}),
    limits: limitsOf(schema),
  };
}

/** Patterns are RE2's; JavaScript reads nearly all of them. */
function patternOf(pattern: string): { pattern?: RegExp } {
  try {
    return { pattern: new RegExp(pattern.replace(/^\(\?i\)/, ''), pattern.startsWith('(?i)') ? 'i' : '') };
  } catch {
    return {};
  }
}

function limitsOf(schema: JsonObject): NonNullable<BodySchema['limits']> {
  const names = ['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems'] as const;
  return Object.fromEntries(names.flatMap((name) => (typeof schema[name] === 'number' ? [[name, schema[name]]] : [])));
}

export interface Problem {
  readonly target: string;
  readonly message: string;
}

/** Everything a provider would refuse in a body. null is as good as absent. */
export function problemsOf(value: Json | undefined, schema: BodySchema, path = ''): readonly Problem[] {
  if (value === undefined || value === null) return [];
  const wrong = typeProblem(value, schema, path);
  if (wrong !== undefined) return [wrong];
  if (Array.isArray(value))
    return value.flatMap((item, index) =>
      schema.items === undefined ? [] : problemsOf(item, schema.items, `${path}[${index}]`),
    );
  if (isObject(value)) return objectProblems(value, schema, path);
  return scalarProblems(value, schema, path);
}

function objectProblems(value: JsonObject, schema: BodySchema, path: string): readonly Problem[] {
  const under = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const absent = [...(schema.required ?? [])].filter(
    (name) => find(value, name) === undefined || find(value, name) === null,
  );
  const held = Object.entries(value).flatMap(([name, member]) => {
    const known =
      schema.members?.get(name) ??
      [...(schema.members ?? [])].find(([candidate]) => candidate.toLowerCase() === name.toLowerCase())?.[1] ??
      schema.values;
    return known === undefined ? [] : problemsOf(member, known, under(name));
  });
  return [
    ...absent.map((name) => ({ target: under(name), message: `Required property '${under(name)}' is missing.` })),
    ...held,
  ];
}

function find(value: JsonObject, name: string): Json | undefined {
  if (Object.hasOwn(value, name)) return value[name];
  const key = Object.keys(value).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : value[key];
}

function typeProblem(value: Json, schema: BodySchema, path: string): Problem | undefined {
  const is = Array.isArray(value) ? 'array' : typeof value;
  const wanted = schema.type === 'integer' ? 'number' : schema.type;
  if (wanted === undefined || wanted === is) return undefined;
  return {
    target: path,
    message: `The value of property '${path}' must be of type ${schema.type}; it is of type ${is}.`,
  };
}

function scalarProblems(value: Json, schema: BodySchema, path: string): readonly Problem[] {
  const said = (message: string): readonly Problem[] => [{ target: path, message }];
  const { limits = {} } = schema;
  if (
    schema.enum !== undefined &&
    !schema.enum.some((allowed) => String(allowed).toLowerCase() === String(value).toLowerCase())
  ) {
    return said(`The value '${String(value)}' of property '${path}' is not one of ${schema.enum.join(', ')}.`);
  }
  if (typeof value === 'string') {
    if (schema.pattern !== undefined && !schema.pattern.test(value))
      return said(`The value of property '${path}' does not match the pattern ${schema.pattern.source}.`);
    if (value.length < (limits.minLength ?? 0) || value.length > (limits.maxLength ?? Number.POSITIVE_INFINITY))
      return said(
        `The length of property '${path}' must be between ${limits.minLength ?? 0} and ${limits.maxLength ?? 'any'}.`,
      );
  }
  if (
    typeof value === 'number' &&
    (value < (limits.minimum ?? Number.NEGATIVE_INFINITY) || value > (limits.maximum ?? Number.POSITIVE_INFINITY))
  ) {
    return said(
      `The value ${value} of property '${path}' must be between ${limits.minimum ?? 'any'} and ${limits.maximum ?? 'any'}.`,
    );
  }
  return [];
}
