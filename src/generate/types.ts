// The nodes of Microsoft's published type data (Azure/bicep-types-az, types.json) and the way from one to another. Every node that is
// followed is checked, so that damage and other formats are told by file, index and member. Source of the format: catalogue section 2.

import { isObject } from '../values/json.ts';

export const REQUIRED = 1;
export const READ_ONLY = 2;

export interface Ref {
  readonly $ref: string;
}
export interface Property {
  readonly type: Ref;
  readonly flags: number;
  readonly description?: string;
}
export type Properties = Readonly<Record<string, Property>>;

export type TypeNode =
  | {
      readonly $type: 'ObjectType';
      readonly name: string;
      readonly properties: Properties;
      readonly additionalProperties?: Ref;
      readonly sensitive?: boolean;
    }
  | {
      readonly $type: 'DiscriminatedObjectType';
      readonly name: string;
      readonly discriminator: string;
      readonly baseProperties: Properties;
      readonly elements: Readonly<Record<string, Ref>>;
    }
  | { readonly $type: 'UnionType'; readonly elements: readonly Ref[] }
  | { readonly $type: 'StringLiteralType'; readonly value: string }
  | {
      readonly $type: 'StringType';
      readonly sensitive?: boolean;
      readonly minLength?: number;
      readonly maxLength?: number;
      readonly pattern?: string;
    }
  | { readonly $type: 'IntegerType'; readonly minValue?: number; readonly maxValue?: number }
  | { readonly $type: 'BooleanType' }
  | { readonly $type: 'AnyType' }
  | { readonly $type: 'ArrayType'; readonly itemType: Ref; readonly minLength?: number; readonly maxLength?: number }
  | {
      readonly $type: 'ResourceType';
      readonly name: string;
      readonly body: Ref;
      readonly readableScopes?: number;
      readonly writableScopes?: number;
    }
  | {
      readonly $type: 'ResourceFunctionType';
      readonly name: string;
      readonly resourceType: string;
      readonly apiVersion: string;
      readonly output: Ref;
      readonly input?: Ref;
    };

export interface TypeFile {
  readonly path: string;
  readonly nodes: readonly TypeNode[];
}

/** Follows a reference within its file to a checked node. */
export function resolve(file: TypeFile, ref: Ref): TypeNode {
  const index = /^#\/(\d+)$/.exec(ref.$ref)?.[1];
  if (index === undefined)
    throw new TypeDataError(
      `${file.path}: reference '${ref.$ref}' is not of the form #/<index>; the file is damaged or of another format`,
    );
  const node: unknown = file.nodes[Number(index)];
  if (node === undefined)
    throw new TypeDataError(
      `${file.path}: reference ${ref.$ref} points at nothing (the file has ${file.nodes.length} elements); the file is damaged`,
    );
  const problem = nodeProblem(node);
  if (problem !== undefined) throw new TypeDataError(`${file.path}: element ${index}: ${problem}`);
  // Checked just now.
  return node as TypeNode;
}

const isRef = (value: unknown): boolean => isObject(value) && typeof value.$ref === 'string';
const isProperty = (value: unknown): boolean => isObject(value) && isRef(value.type) && typeof value.flags === 'number';
const isTable = (value: unknown, isEntry: (entry: unknown) => boolean): boolean =>
  isObject(value) && Object.values(value).every(isEntry);

/** $type → member → what it must be. Members that are not named here are not needed. */
const MEMBERS: Readonly<Record<string, Readonly<Record<string, (value: unknown) => boolean>>>> = {
  ObjectType: {
    properties: (value) => isTable(value, isProperty),
    additionalProperties: (value) => value === undefined || isRef(value),
  },
  DiscriminatedObjectType: {
    discriminator: (value) => typeof value === 'string',
    baseProperties: (value) => isTable(value, isProperty),
    elements: (value) => isTable(value, isRef),
  },
  UnionType: { elements: (value) => Array.isArray(value) && value.every(isRef) },
  StringLiteralType: { value: (value) => typeof value === 'string' },
  StringType: {},
  IntegerType: {},
  BooleanType: {},
  AnyType: {},
  ArrayType: { itemType: isRef },
  ResourceType: { name: (value) => typeof value === 'string', body: isRef },
  ResourceFunctionType: {
    name: (value) => typeof value === 'string',
    resourceType: (value) => typeof value === 'string',
    apiVersion: (value) => typeof value === 'string',
    output: isRef,
  },
};

/** What is wrong with an element of a type file, or nothing. */
export function nodeProblem(node: unknown): string | undefined {
  if (!isObject(node)) return 'it is not an object';
  const { $type } = node;
  const members = typeof $type === 'string' && Object.hasOwn(MEMBERS, $type) ? MEMBERS[$type] : undefined;
  if (members === undefined)
    return `its $type is ${JSON.stringify($type)}; known are ${Object.keys(MEMBERS).join(', ')}`;
  const wrong = Object.entries(members).find(([name, isRight]) => !isRight(node[name]));
  if (wrong !== undefined) return `${wrong[0]} of the ${$type} is missing or not of the right shape`;
  return $type === 'ResourceType' ? scopesProblem(node) : undefined;
}

function scopesProblem(node: Readonly<Record<string, unknown>>): string | undefined {
  const isNew = typeof node.writableScopes === 'number' && typeof node.readableScopes === 'number';
  if (isNew) return undefined;
  const old = ['scopeType', 'readOnlyScopes', 'flags'].filter((name) => node[name] !== undefined);
  return old.length === 0
    ? 'the ResourceType has no readableScopes and writableScopes'
    : `the ResourceType is of the format before July 2025 (${old.join(', ')}); take a newer checkout, which has readableScopes and writableScopes`;
}

/** The type data cannot be read: the message names the file and what is wrong with it. */
export class TypeDataError extends Error {
  readonly code = 'type-data';
}
