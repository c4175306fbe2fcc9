// The schema of a kind's status at one API version, with the rules that say where each member is found in an answer.
// No validation: a server's answer must never be refused. Secrets have no place here.

import { isObject } from '../values/json.ts';
import { entriesFor } from './facts.ts';
import { putSchema } from './put-schema.ts';
import { CONDITIONS, LAST_SYNC } from './shapes.ts';
import type { Property, TypeNode } from './types.ts';
import {
  below,
  has,
  isMap,
  keepOf,
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

interface Place {
  readonly path: string;
  readonly crdPath: string;
  readonly place: readonly string[];
  /** Object types that hold this one, outermost first: a type is shown inside itself once at most. */
  readonly holders: readonly TypeNode[];
}

const OWN: Readonly<Record<string, Schema>> = {
  conditions: CONDITIONS,
  observedGeneration: { type: 'integer', format: 'int64' },
  lastSync: LAST_SYNC,
};

/** A literal status schema with the members that the operator writes into every status. */
export function withOwnMembers(schema: Schema): Schema {
  return { ...schema, properties: { ...(isObject(schema.properties) ? schema.properties : {}), ...OWN } };
}

/** The whole status schema: the answer's members, conditions and observedGeneration. */
export function statusSchema(walk: Walk, body: TypeNode): Schema {
  const members = membersOf(walk, body, { path: '', crdPath: '', place: [], holders: [body] });
  noteMembers(walk, '', members);
  // Its members are given by hand then, and stand where it stood.
  if (has(walk, walk.facts.statusRemoved, 'properties'))
    walk.rules.push({ at: '', under: 'properties', ...keepOf(members, members) });
  const own = Object.entries(OWN).map(([name, schema]): Member => ({ name, place: [], schema, isRequired: false }));
  const schema = objectSchema([...members.filter((member) => !Object.hasOwn(OWN, member.name)), ...own]);
  return entriesFor(walk.facts.statusAdded, walk.api).reduce(
    (held, [path, literal]) => putSchema(held, path.split('.'), literal),
    schema,
  );
}

function membersOf(walk: Walk, type: TypeNode, at: Place): readonly Member[] {
  if (type.$type === 'DiscriminatedObjectType') return variantsOf(walk, type, at);
  if (type.$type !== 'ObjectType') return [];
  const members: Member[] = [];
  for (const [name, property] of Object.entries(type.properties)) {
    for (const member of memberOf(walk, name, property, at)) {
      const clashes = members.some((other) => other.name.toLowerCase() === member.name.toLowerCase());
      members.push(
        clashes
          ? { ...member, name: `properties_${member.name.charAt(0).toLowerCase()}${member.name.slice(1)}` }
          : member,
      );
    }
  }
  if (type.additionalProperties !== undefined && has(walk, walk.facts.additionalPropertiesMember, at.path)) {
    const schema = schemaOf(walk, node(walk, type.additionalProperties), {
      ...at,
      path: `${at.path}{}`,
      crdPath: `${below(at.crdPath, 'additionalProperties')}/{}`,
      place: [],
    });
    members.push({
      name: 'additionalProperties',
      place: [...at.place, 'additionalProperties'],
      schema: { type: 'object', additionalProperties: schema ?? PRESERVE },
      isRequired: false,
      special: { inline: true },
    });
  }
  return members;
}

function memberOf(walk: Walk, name: string, property: Property, at: Place): readonly Member[] {
  const { facts } = walk;
  const path = under(at.path, name);
  if (path === 'apiVersion' || has(walk, facts.statusRemoved, path)) return [];
  const type = node(walk, property.type);
  const place = [...at.place, name];
  if (isFlattened(walk, name, type, path)) {
    return membersOf(walk, type, { ...at, path, place, holders: [...at.holders, type] });
  }
  const renamed = value(walk, facts.renames, path);
  const crdName = typeof renamed === 'string' ? renamed : name;
  const schema = schemaOf(walk, type, { path, crdPath: below(at.crdPath, crdName), place: [], holders: at.holders });
  if (schema === undefined) return [];
  const most = value(walk, facts.statusAtMost, path);
  return [
    { name: crdName, place, schema, isRequired: false, ...(typeof most === 'number' ? { special: { most } } : {}) },
  ];
}

function isFlattened(walk: Walk, name: string, type: TypeNode, path: string): boolean {
  if (has(walk, walk.facts.flatten, path)) return true;
  const isObjectLike = type.$type === 'DiscriminatedObjectType' || (type.$type === 'ObjectType' && !isMap(type));
  return (
    name === 'properties' &&
    isObjectLike &&
    !has(walk, walk.facts.keepProperties, path) &&
    !has(walk, walk.facts.statusKeepProperties, path)
  );
}

/** undefined: the value has no place in a status. */
function schemaOf(walk: Walk, type: TypeNode, at: Place): Schema | undefined {
  const literal = value(walk, walk.facts.statusSchemas, at.path);
  if (isObject(literal)) return literal;
  if (has(walk, walk.facts.secrets, at.path)) return undefined;
  if (has(walk, walk.facts.statusPrunedToId, at.path) || has(walk, walk.facts.prunedToReference, at.path)) {
    return { type: 'object', properties: { id: { type: 'string' } } };
  }
  switch (type.$type) {
    case 'StringType':
      return type.sensitive === true ? undefined : { type: 'string' };
    case 'StringLiteralType':
    case 'UnionType':
      return { type: 'string' };
    case 'IntegerType':
      return {
        type:
          has(walk, walk.facts.numbers, at.path) || has(walk, walk.facts.statusNumbers, at.path) ? 'number' : 'integer',
      };
    case 'BooleanType':
      return { type: 'boolean' };
    case 'ArrayType': {
      const items = schemaOf(walk, node(walk, type.itemType), {
        ...at,
        path: `${at.path}[]`,
        crdPath: `${at.crdPath}/[]`,
        place: [],
      });
      return items === undefined ? undefined : { type: 'array', items };
    }
    case 'ObjectType':
    case 'DiscriminatedObjectType':
      return mapOrObject(walk, type, at);
    default:
      return anySchema(walk, at.path);
  }
}

function anySchema(walk: Walk, path: string): Schema {
  const literal = value(walk, walk.facts.schemas, path);
  if (isObject(literal)) return literal;
  if (path.endsWith('additionalInfo[].info')) return { type: 'object', additionalProperties: PRESERVE };
  return PRESERVE;
}

function mapOrObject(
  walk: Walk,
  type: Extract<TypeNode, { $type: 'ObjectType' | 'DiscriminatedObjectType' }>,
  at: Place,
): Schema | undefined {
  if (
    isMap(type) &&
    type.additionalProperties !== undefined &&
    !has(walk, walk.facts.additionalPropertiesMember, at.path)
  ) {
    const values = schemaOf(walk, node(walk, type.additionalProperties), {
      ...at,
      path: `${at.path}{}`,
      crdPath: `${at.crdPath}/{}`,
      place: [],
    });
    return values === undefined ? undefined : { type: 'object', additionalProperties: values };
  }
  if (isTooDeep(type, at.holders)) return undefined;
  const members = membersOf(walk, type, { ...at, place: [], holders: [...at.holders, type] });
  noteMembers(walk, at.crdPath, members);
  return objectSchema(members);
}

/** A type that holds itself directly is shown one level deep; a longer cycle is cut where it closes. */
function isTooDeep(type: TypeNode, holders: readonly TypeNode[]): boolean {
  const seen = holders.filter((holder) => holder === type).length;
  return seen > 1 || (seen === 1 && holders.at(-1) !== type);
}

function variantsOf(
  walk: Walk,
  type: Extract<TypeNode, { $type: 'DiscriminatedObjectType' }>,
  at: Place,
): readonly Member[] {
  const is: Record<string, string> = {};
  const members = Object.entries(type.elements).flatMap(([discriminator, element]): readonly Member[] => {
    const path = `${at.path}<${discriminator}>`;
    if (has(walk, walk.facts.removed, path)) return [];
    const name = variantName(walk, at.path, discriminator, false);
    is[name] = discriminator;
    const crdPath = below(at.crdPath, name);
    const own = node(walk, element);
    const holders = [...at.holders, own];
    if (isTooDeep(own, at.holders)) return [];
    const inner = [
      ...Object.entries(type.baseProperties).flatMap(([member, property]) =>
        path === `<${discriminator}>` && member === 'apiVersion'
          ? []
          : memberOf(walk, member, property, { path, crdPath, place: [], holders }),
      ),
      ...membersOf(walk, own, { path, crdPath, place: [], holders }),
    ];
    noteMembers(walk, crdPath, inner);
    return [{ name, place: [], schema: objectSchema(inner), isRequired: false }];
  });
  walk.rules.push({
    at: at.crdPath,
    oneOf: { by: type.discriminator, is },
    ...(at.place.length === 0 ? {} : { to: at.place.join('/') }),
  });
  return members;
}
