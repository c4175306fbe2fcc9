// The schema of a kind's spec at one API version, with the field rules that lead from it to the body.

import { twinRule } from '../admission/rules.ts';
import { isObject } from '../values/json.ts';
import { entriesFor } from './facts.ts';
import { ownMembers } from './own-members.ts';
import { putSchema } from './put-schema.ts';
import { bounds, constrained, enumFacts, literalsOf, stringSchema, unionSchema } from './scalars.ts';
import { KEY_REFERENCE, referenceSchema, SECRET_MAP_REFERENCE } from './shapes.ts';
import { type Property, READ_ONLY, REQUIRED, type TypeNode } from './types.ts';
import {
  below,
  has,
  isMap,
  type Member,
  node,
  noteMembers,
  objectSchema,
  PRESERVE,
  type Schema,
  under,
  value,
  variantName,
  type Walk,
} from './walk.ts';

/** CEL rules below more nested lists than this cost more than the API server allows: a list has no greatest length. */
const MAX_REFERENCE_DEPTH = 0;
const MAX_TWIN_DEPTH = 1;

/** The whole spec schema: owner, operatorSpec and azureName beside the body's members. */
export function specSchema(walk: Walk, body: TypeNode): Schema {
  const { facts } = walk;
  const members = [
    ...membersOf(walk, body, { path: '', crdPath: '', place: [], holders: [body] }),
    ...ownMembers(walk, body),
  ];
  noteMembers(
    walk,
    '',
    members.filter((member) => member.place.length > 0),
  );
  noteEmpties(walk, members);
  const schema = withTwins('', objectSchema(members), members);
  return entriesFor(facts.added, walk.api).reduce(
    (held, [path, literal]) => putSchema(held, path.split('.'), literal),
    schema,
  );
}

interface Place {
  readonly path: string;
  readonly crdPath: string;
  /** Body members from the CRD holder's body object to the object being walked. */
  readonly place: readonly string[];
  /** Object types that hold this one, outermost first. */
  readonly holders: readonly TypeNode[];
}

function membersOf(walk: Walk, type: TypeNode, at: Place): readonly Member[] {
  if (type.$type === 'DiscriminatedObjectType') return variantsOf(walk, type, at);
  if (type.$type !== 'ObjectType') return [];
  const members = Object.entries(type.properties).flatMap(([name, property]) => memberOf(walk, name, property, at));
  if (type.additionalProperties !== undefined && has(walk, walk.facts.additionalPropertiesMember, at.path)) {
    const schema = valueSchema(walk, node(walk, type.additionalProperties), {
      path: `${at.path}{}`,
      crdPath: `${below(at.crdPath, 'additionalProperties')}/{}`,
      holders: at.holders,
    });
    members.push({
      name: 'additionalProperties',
      place: [...at.place, 'additionalProperties'],
      schema: { type: 'object', additionalProperties: schema },
      isRequired: false,
      special: { inline: true },
    });
  }
  return members;
}

function memberOf(walk: Walk, name: string, property: Property, at: Place): readonly Member[] {
  const { facts } = walk;
  const path = under(at.path, name);
  if (isSkipped(walk, name, property, path)) return [];
  const type = node(walk, property.type);
  if (isFlattened(walk, name, type, path))
    return membersOf(walk, type, { ...at, path, place: [...at.place, name], holders: [...at.holders, type] });
  const place = [...at.place, name];
  const override = value(walk, facts.required, path);
  const isRequired = typeof override === 'boolean' ? override : (property.flags & REQUIRED) !== 0;
  const reference = value(walk, facts.references, path);
  if (typeof reference === 'string') {
    return [
      {
        name: reference,
        place,
        schema: described(walk, property, referenceField(walk, type, path, below(at.crdPath, reference))),
        isRequired,
        special: { ref: has(walk, facts.wellKnownName, path) ? 'wellKnown' : true },
      },
    ];
  }
  const renamed = value(walk, facts.renames, path);
  const crdName = typeof renamed === 'string' ? renamed : name;
  const field = fieldOf(walk, type, { path, crdPath: below(at.crdPath, crdName), name, holders: at.holders });
  const member = { name: crdName, place, isRequired, ...field, schema: described(walk, property, field.schema) };
  return withCompanions(walk, member, { type, path, crdPath: at.crdPath });
}

/** What a user is told of a field: the publisher's text when asked for, and the known values of an open list. */
function described(walk: Walk, property: Property, schema: Schema): Schema {
  if (walk.prose === 'none') return schema;
  const publisher = walk.prose === 'publisher' ? [property.description ?? ''] : [];
  const type = node(walk, property.type);
  const values = type.$type === 'UnionType' && schema.enum === undefined ? literalsOf(walk, type) : [];
  const text = [...publisher, ...(values.length === 0 ? [] : [`Known values: ${values.join(', ')}.`])]
    .filter((part) => part !== '')
    .join(' ');
  return text === '' ? schema : { ...schema, description: text };
}

function isSkipped(walk: Walk, name: string, property: Property, path: string): boolean {
  const { facts } = walk;
  const isWritable = has(walk, facts.writable, path);
  const isOfRoot = path === name || /^<[^>]*>\.\w+$/.test(path);
  if (isOfRoot && (name === 'id' || name === 'name' || name === 'apiVersion')) return true;
  if (isOfRoot && name === 'type' && !isWritable) return true;
  if ((property.flags & READ_ONLY) !== 0 && !isWritable) return true;
  return has(walk, facts.removed, path);
}

function isFlattened(walk: Walk, name: string, type: TypeNode, path: string): boolean {
  if (has(walk, walk.facts.flatten, path)) return true;
  const isObjectLike = type.$type === 'DiscriminatedObjectType' || (type.$type === 'ObjectType' && !isMap(type));
  return name === 'properties' && isObjectLike && !has(walk, walk.facts.keepProperties, path);
}

/** A plain field's twins: a reference beside an id string, a ConfigMap or Secret beside a value. With a twin neither is required. */
function withCompanions(
  walk: Walk,
  member: Member,
  { type, path, crdPath }: { readonly type: TypeNode; readonly path: string; readonly crdPath: string },
): readonly Member[] {
  const { facts } = walk;
  const compat = value(walk, facts.compatReferences, path);
  if (typeof compat === 'string') {
    const twin: Member = {
      name: compat,
      place: member.place,
      schema: referenceField(walk, type, path, below(crdPath, compat)),
      isRequired: member.isRequired,
      special: { ref: true, orRef: true },
    };
    return [member, twin];
  }
  const from = has(walk, facts.fromConfig, path)
    ? 'configMap'
    : has(walk, facts.fromSecret, path)
      ? 'secret'
      : undefined;
  if (from === undefined) return [member];
  const twin: Member = {
    name: `${member.name}From${from === 'configMap' ? 'Config' : 'Secret'}`,
    place: member.place,
    schema: KEY_REFERENCE,
    isRequired: false,
    special: { from },
  };
  return [{ ...member, isRequired: false }, twin];
}

interface Field {
  readonly path: string;
  readonly crdPath: string;
  readonly name?: string;
  /** Object types that hold this value, outermost first. */
  readonly holders: readonly TypeNode[];
}

function fieldOf(
  walk: Walk,
  type: TypeNode,
  field: Field,
): { schema: Schema; special?: NonNullable<Member['special']> } {
  const { facts } = walk;
  const literal = value(walk, facts.schemas, field.path);
  if (isObject(literal)) return { schema: literal };
  if (isSecret(walk, type, field.path)) return { schema: KEY_REFERENCE, special: { secret: true } };
  if (has(walk, facts.secretMaps, field.path)) return { schema: SECRET_MAP_REFERENCE, special: { secret: 'map' } };
  if (field.name === 'userAssignedIdentities' && isMap(type)) {
    const items = objectSchema([
      {
        name: 'reference',
        place: [],
        schema: referenceSchema({ wellKnown: has(walk, facts.wellKnownName, field.path), checked: false }),
        isRequired: false,
      },
    ]);
    return { schema: { type: 'array', items }, special: { identities: true } };
  }
  return { schema: valueSchema(walk, type, field) };
}

function isSecret(walk: Walk, type: TypeNode, path: string): boolean {
  return (type.$type === 'StringType' && type.sensitive === true) || has(walk, walk.facts.secrets, path);
}

function referenceField(walk: Walk, type: TypeNode, path: string, crdPath: string): Schema {
  const options = {
    wellKnown: has(walk, walk.facts.wellKnownName, path),
    checked: depthOf(crdPath) + (type.$type === 'StringType' ? 0 : 1) <= MAX_REFERENCE_DEPTH,
  };
  if (type.$type === 'ArrayType') return { type: 'array', items: referenceSchema(options) };
  if (isMap(type)) return { type: 'object', additionalProperties: referenceSchema(options) };
  return referenceSchema(options);
}

function depthOf(crdPath: string): number {
  return crdPath.split('/').filter((segment) => segment === '[]' || segment === '{}').length;
}

/** The schema of a value that stands for itself. */
function valueSchema(walk: Walk, type: TypeNode, field: Field): Schema {
  const literal = value(walk, walk.facts.schemas, field.path);
  if (isObject(literal)) return literal;
  const schema = plainSchema(walk, type, field);
  return constrained(walk, schema, field.path);
}

function plainSchema(walk: Walk, type: TypeNode, field: Field): Schema {
  switch (type.$type) {
    case 'StringType':
      return enumFacts(walk, field.path) ?? stringSchema(walk, type, field.path);
    case 'StringLiteralType':
      return enumFacts(walk, field.path) ?? { type: 'string', enum: [type.value] };
    case 'UnionType':
      return enumFacts(walk, field.path) ?? unionSchema(walk, type);
    case 'IntegerType': {
      const enumerated = value(walk, walk.facts.enums, field.path);
      return {
        type: has(walk, walk.facts.numbers, field.path) ? 'number' : 'integer',
        ...bounds({ minimum: type.minValue, maximum: type.maxValue }),
        ...(Array.isArray(enumerated) ? { enum: enumerated } : {}),
      };
    }
    case 'BooleanType':
      return { type: 'boolean' };
    case 'ArrayType':
      return {
        type: 'array',
        items: itemSchema(walk, node(walk, type.itemType), field, '[]'),
        ...bounds({ minItems: type.minLength, maxItems: type.maxLength }),
      };
    case 'ObjectType':
    case 'DiscriminatedObjectType':
      return mapOrObject(walk, type, field);
    default:
      return PRESERVE;
  }
}

/** Items of lists and values of maps may be secrets or pruned objects themselves. */
function itemSchema(walk: Walk, type: TypeNode, field: Field, mark: '[]' | '{}'): Schema {
  const at = { path: `${field.path}${mark}`, crdPath: `${field.crdPath}/${mark}`, holders: field.holders };
  if (isSecret(walk, type, at.path)) {
    walk.rules.push({ at: at.crdPath, secret: true });
    return KEY_REFERENCE;
  }
  return valueSchema(walk, type, at);
}

function mapOrObject(
  walk: Walk,
  type: Extract<TypeNode, { $type: 'ObjectType' | 'DiscriminatedObjectType' }>,
  field: Field,
): Schema {
  if (has(walk, walk.facts.prunedToReference, field.path)) {
    walk.rules.push({ at: below(field.crdPath, 'reference'), to: 'id', ref: true });
    const schema = referenceSchema({ wellKnown: false, checked: depthOf(field.crdPath) <= MAX_REFERENCE_DEPTH });
    return objectSchema([{ name: 'reference', place: [], schema, isRequired: false }]);
  }
  if (
    isMap(type) &&
    type.additionalProperties !== undefined &&
    !has(walk, walk.facts.additionalPropertiesMember, field.path)
  ) {
    return {
      type: 'object',
      additionalProperties: itemSchema(walk, node(walk, type.additionalProperties), field, '{}'),
    };
  }
  // A type inside itself would never end: there the user writes free-form.
  if (field.holders.includes(type)) return { type: 'object', ...PRESERVE };
  const holders = [...field.holders, type];
  const members = membersOf(walk, type, { path: field.path, crdPath: field.crdPath, place: [], holders });
  noteMembers(
    walk,
    field.crdPath,
    members.filter((member) => member.place.length > 0),
  );
  return withTwins(field.crdPath, objectSchema(members), members);
}

/** An object with one optional member per variant; each holds the base's members and its own, the discriminator as a one-value enum. */
function variantsOf(
  walk: Walk,
  type: Extract<TypeNode, { $type: 'DiscriminatedObjectType' }>,
  at: Place,
): readonly Member[] {
  const is: Record<string, string> = {};
  const members = Object.entries(type.elements).flatMap(([discriminator, element]): readonly Member[] => {
    const path = `${at.path}<${discriminator}>`;
    if (has(walk, walk.facts.removed, path)) return [];
    const name = variantName(walk, at.path, discriminator, true);
    is[name] = discriminator;
    const crdPath = below(at.crdPath, name);
    const own = node(walk, element);
    const inside: Place = { path, crdPath, place: [], holders: [...at.holders, own] };
    const inner = [
      ...Object.entries(type.baseProperties).flatMap(([member, property]) => memberOf(walk, member, property, inside)),
      ...membersOf(walk, own, inside),
    ];
    noteMembers(walk, crdPath, inner);
    return [{ name, place: [], schema: withTwins(crdPath, objectSchema(inner), inner), isRequired: false }];
  });
  walk.rules.push({
    at: at.crdPath,
    oneOf: { by: type.discriminator, is },
    ...(at.place.length === 0 ? {} : { to: at.place.join('/') }),
  });
  return members;
}

function withTwins(crdPath: string, schema: Schema, members: readonly Member[]): Schema {
  if (depthOf(crdPath) > MAX_TWIN_DEPTH) return schema;
  const rules = members.flatMap((twin) => {
    if (twin.special?.from === undefined) return [];
    const plain = members.find((member) => member !== twin && member.place.join('/') === twin.place.join('/'));
    return plain === undefined ? [] : [twinRule(plain.name, twin.name)];
  });
  return rules.length === 0 ? schema : { ...schema, 'x-kubernetes-validations': rules };
}

function noteEmpties(walk: Walk, members: readonly Member[]): void {
  for (const [path, empty] of entriesFor(walk.facts.empty, walk.api)) {
    const crdPath = path
      .replace(/^properties\./, '')
      .replaceAll('[]', '/[]')
      .replaceAll('.', '/');
    const [head = ''] = crdPath.split('/');
    // An empty object or list: the facts' format holds nothing else here.
    if (members.some((member) => member.name === head))
      walk.rules.push({ at: crdPath, empty: empty as readonly never[] });
  }
}
