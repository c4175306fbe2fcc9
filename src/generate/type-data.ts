// Opens a folder of Microsoft's type data and finds resource types in it. Files are found by their folder (`…/<provider>/<api-version>/
// types.json`), read when they are first needed, and kept.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../values/json.ts';
import { nodeProblem, resolve, TypeDataError, type TypeFile, type TypeNode } from './types.ts';

/** The commit that the shipped CRDs were made from. */
const COMMIT = '1f896de2db966ad91e8f7d7d981e11d32e4f5d8d';

export interface FoundType {
  readonly file: TypeFile;
  /** With the letter case of the type data. */
  readonly type: string;
  readonly api: string;
  readonly body: TypeNode;
  /** Bits: 1 tenant, 2 management group, 4 subscription, 8 resource group, 16 extension; 0: it cannot be written. */
  readonly writableScopes: number;
}

export interface TypeData {
  /** A resource type at an API version, without regard to case; undefined when the data lacks it. */
  readonly find: (type: string, api: string) => FoundType | undefined;
  /** Names of resource types with their versions, of one provider (without regard to case) or of all. */
  readonly list: (provider?: string) => readonly { readonly type: string; readonly api: string }[];
  /** Names of all providers, as the folders spell them. */
  readonly providers: () => readonly string[];
}

interface Place {
  readonly path: string;
  readonly provider: string;
  readonly api: string;
}

export function openTypeData(folder: string): TypeData {
  const places = placesIn(folder);
  const files = new Map<string, TypeFile>();
  const open = (path: string): TypeFile => {
    const file = files.get(path) ?? { path, nodes: parse(path) };
    files.set(path, file);
    return file;
  };
  const resourcesIn = (
    place: Place,
  ): readonly { readonly node: Extract<TypeNode, { $type: 'ResourceType' }>; readonly file: TypeFile }[] => {
    const file = open(place.path);
    return file.nodes.flatMap((node, index) => {
      if (node?.$type !== 'ResourceType') return [];
      const problem = nodeProblem(node);
      if (problem !== undefined) throw new TypeDataError(`${file.path}: element ${index}: ${problem}`);
      return [{ node, file }];
    });
  };
  return {
    find: (type, api) => {
      const wanted = `${type}@${api}`.toLowerCase();
      const provider = providerOf(type);
      const ofVersion = places.filter((place) => place.api === api.toLowerCase());
      const near = ofVersion.filter((place) => place.path.toLowerCase().includes(provider));
      for (const place of near.length > 0 ? near : ofVersion) {
        const found = resourcesIn(place).find(({ node }) => node.name.toLowerCase() === wanted);
        if (found === undefined) continue;
        const [name = '', version = ''] = found.node.name.split('@');
        return {
          file: found.file,
          type: name,
          api: version,
          body: resolve(found.file, found.node.body),
          writableScopes: found.node.writableScopes ?? 0,
        };
      }
      return undefined;
    },
    list: (provider) =>
      places
        .filter((place) => provider === undefined || place.provider === provider.toLowerCase())
        .flatMap(resourcesIn)
        .map(({ node }) => {
          const [type = '', api = ''] = node.name.split('@');
          return { type, api };
        }),
    providers: () => [...new Set(places.map((place) => place.provider))].sort(),
  };
}

function providerOf(type: string): string {
  return (type.split('/')[0] ?? '').toLowerCase();
}

function placesIn(folder: string): readonly Place[] {
  const places = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((path) => /(^|[\\/])types\.json$/.test(path))
        .sort()
        .map((path) => {
          const [provider = '', api = ''] = path.split(/[\\/]/).slice(-3, -1);
          return { path: join(folder, path), provider: provider.toLowerCase(), api: api.toLowerCase() };
        })
    : [];
  if (places.length > 0) return places;
  throw new TypeDataError(
    `no type data at ${folder}. Fetch the folder 'generated' of github.com/Azure/bicep-types-az and give it with --specs DIR:
  git clone --depth 1 --filter=blob:none --sparse https://github.com/Azure/bicep-types-az
  git -C bicep-types-az sparse-checkout set generated
The shipped CRDs were made from commit ${COMMIT}`,
  );
}

function parse(path: string): readonly TypeNode[] {
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new TypeDataError(`${path} is not JSON: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
  const isRight = Array.isArray(data) && data.every((node) => isObject(node) && typeof node.$type === 'string');
  if (!isRight)
    throw new TypeDataError(`${path} is not a types.json of bicep-types-az: it must be a list of objects with a $type`);
  // Every element says its $type; its members are checked when it is looked at.
  return data as readonly TypeNode[];
}
