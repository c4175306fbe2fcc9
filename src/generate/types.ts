// Microsoft's published type data (Azure/bicep-types-az, types.json): reading it and finding a resource's body.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const REQUIRED = 1;
export const READ_ONLY = 2;
export const WRITE_ONLY = 4;

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
  | { readonly $type: 'ResourceFunctionType'; readonly name: string };

export interface TypeFile {
  readonly path: string;
  readonly nodes: readonly TypeNode[];
}

/** Follows a reference within its file. */
export function resolve(file: TypeFile, ref: Ref): TypeNode {
  const node = file.nodes[Number(ref.$ref.slice(2))];
  if (node === undefined)
    throw new TypeDataError(
      `${file.path}: reference ${ref.$ref} points at nothing; the file is damaged or of another format`,
    );
  return node;
}

/** The type data cannot be read: the message names the file and what is wrong with it. */
export class TypeDataError extends Error {
  readonly code = 'type-data';
}

export interface TypeData {
  /** The body of a resource type at an API version; undefined when the data lacks it. */
  readonly find: (type: string, api: string) => { readonly file: TypeFile; readonly body: TypeNode } | undefined;
}

/** Opens a folder of type data. Files are found by their folder (`…/<api-version>/types.json`), read once and kept. */
export function openTypeData(folder: string): TypeData {
  const byVersion = new Map<string, string[]>();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('types.json')) continue;
    const version = path.split(/[\\/]/).at(-2) ?? '';
    const list = byVersion.get(version) ?? [];
    list.push(join(folder, path));
    byVersion.set(version, list.sort());
  }
  const files = new Map<string, TypeFile>();
  const open = (path: string): TypeFile => {
    const file = files.get(path) ?? { path, nodes: parse(path) };
    files.set(path, file);
    return file;
  };
  return {
    find: (type, api) => {
      const provider = (type.split('/')[0] ?? '').toLowerCase();
      const candidates = (byVersion.get(api) ?? []).filter((path) => path.toLowerCase().includes(`${provider}`));
      for (const path of candidates.length > 0 ? candidates : (byVersion.get(api) ?? [])) {
        const file = open(path);
        const wanted = `${type}@${api}`.toLowerCase();
        const node = file.nodes.find(
          (candidate) => candidate.$type === 'ResourceType' && candidate.name.toLowerCase() === wanted,
        );
        if (node?.$type === 'ResourceType') return { file, body: resolve(file, node.body) };
      }
      return undefined;
    },
  };
}

function parse(path: string): readonly TypeNode[] {
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new TypeDataError(`${path} is not JSON: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
  const isRight =
    Array.isArray(data) &&
    data.every((node) => typeof node === 'object' && node !== null && typeof node.$type === 'string');
  if (!isRight)
    throw new TypeDataError(`${path} is not a types.json of bicep-types-az: it must be a list of objects with a $type`);
  // Every node carries $type; the members of each are read as the format says and damage shows up as a missing reference.
  return data as readonly TypeNode[];
}
