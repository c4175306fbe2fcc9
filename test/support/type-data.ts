// The tests' own type data, damaged copies of it, and CRDs made from it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnyType, anyType, type Wanted } from '../../src/generate/any-type.ts';
import { makeKind } from '../../src/generate/kind.ts';
import { readFacts } from '../../src/generate/read-facts.ts';
import { openTypeData } from '../../src/generate/type-data.ts';
import type { Prose } from '../../src/generate/walk.ts';
import { isObject, type Json, type JsonObject } from '../../src/values/json.ts';

export const TYPE_DATA = 'test/type-data';
/** A checkout of Microsoft's data: the golden folder when it is there. */
export const PUBLISHED_TYPE_DATA = '../shared/specs';
export const API = '2026-05-01';
export const NEWER_API = '2026-06-01-preview';

export const shippedFacts = readFacts('src/generate/kinds');
export const typeData = openTypeData(TYPE_DATA);

/** Facts of a Contoso.Orchard type by rules alone. */
export function guessed(type: string, wanted: Partial<Wanted> = {}): AnyType {
  return anyType(typeData, shippedFacts, { type: `Contoso.Orchard/${type}`, apis: [API], ...wanted });
}

export function crdOf({ group, facts }: AnyType, prose: Prose = 'values'): JsonObject {
  return makeKind({ group, facts, types: typeData, labels: {}, prose });
}

/** The schema at a path of member names below spec (or status) of a CRD's first version; '[]' for items, '{}' for a map's values. */
export function schemaAt(crd: JsonObject, path: string): Json | undefined {
  const below: Readonly<Record<string, string>> = { '[]': 'items', '{}': 'additionalProperties' };
  const start = at(crd, ['spec', 'versions', '0', 'schema', 'openAPIV3Schema']);
  return path
    .split('/')
    .reduce<Json | undefined>(
      (held, name) => (below[name] === undefined ? at(held, ['properties', name]) : at(held, [below[name]])),
      start,
    );
}

export function at(value: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (held, name) => (isObject(held) ? held[name] : Array.isArray(held) ? held[Number(name)] : undefined),
    value,
  );
}

/** Runs with a folder of its own, which is gone afterwards. */
export async function inFolder<T>(work: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'aso-types-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
