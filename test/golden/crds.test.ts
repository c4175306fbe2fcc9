// The CRDs against the original's published schemas: every kind, every version.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ARM_ID_PATTERN } from '../../src/generate/shapes.ts';
import { isObject, type Json, type JsonObject } from '../../src/values/json.ts';
import { ORIGINAL_ARM_ID_PATTERN } from '../support/original.ts';

const ORIGINAL = '../shared/reference/original-crds';

interface Original {
  readonly group: string;
  readonly names: JsonObject;
  readonly scope: string;
  readonly storageVersion: string;
  readonly versions: Readonly<
    Record<string, { readonly served: boolean; readonly printerColumns: Json; readonly schema: JsonObject }>
  >;
}

interface Crd {
  readonly spec: {
    readonly group: string;
    readonly names: JsonObject;
    readonly scope: string;
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly storage: boolean;
      readonly additionalPrinterColumns: Json;
      readonly schema: { readonly openAPIV3Schema: JsonObject };
    }[];
  };
}

/** What differs on purpose: our CEL rules (the original's webhook), status.observedGeneration (kstatus)
 * and status.lastSync (a restart sends nothing), that no status member is required (a group that never came to be has no address), and
 * how the pattern of ARM ids is written (test/unit/generate/arm-id-pattern.test.ts shows that it means the same). */
function withoutOurs(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(withoutOurs);
  if (!isObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(
        ([key, value]) => key !== 'x-kubernetes-validations' && !(key === 'description' && typeof value === 'string'),
      )
      .map(([key, value]) => [key, withoutOurs(value as Json)]),
  );
}

/** What the API server knows of every object without being told. */
function withImplied(schema: JsonObject): JsonObject {
  const implied = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } };
  return { ...schema, properties: { ...implied, ...(isObject(schema.properties) ? schema.properties : {}) } };
}

function withoutObservedGeneration(schema: JsonObject): JsonObject {
  const copy = structuredClone(schema) as {
    properties?: { status?: { default?: unknown; properties?: Record<string, unknown> } };
  };
  delete copy.properties?.status?.properties?.observedGeneration;
  delete copy.properties?.status?.properties?.lastSync;
  // Of a storage version: what an object says before it was looked at.
  delete copy.properties?.status?.default;
  return copy as JsonObject;
}

function withShortPattern(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(withShortPattern);
  if (!isObject(schema)) return schema === ORIGINAL_ARM_ID_PATTERN ? ARM_ID_PATTERN : schema;
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, withShortPattern(value as Json)]));
}

function withoutRequiredStatus(schema: JsonObject): JsonObject {
  const copy = structuredClone(schema) as { properties?: { status?: { required?: unknown } } };
  delete copy.properties?.status?.required;
  return copy as JsonObject;
}

const ours = new Map<string, Crd>();
for (const group of readdirSync('crds')) {
  for (const file of readdirSync(join('crds', group))) {
    const crd = JSON.parse(readFileSync(join('crds', group, file), 'utf8')) as Crd;
    ours.set(`${crd.spec.group}/${crd.spec.names.kind}`, crd);
  }
}

describe.skipIf(!existsSync(ORIGINAL))(
  "the original's schemas (../shared/reference/original-crds; skipped when it is absent)",
  () => {
    const originals = existsSync(ORIGINAL)
      ? readdirSync(ORIGINAL).flatMap((group) =>
          readdirSync(join(ORIGINAL, group)).map(
            (file) => JSON.parse(readFileSync(join(ORIGINAL, group, file), 'utf8')) as Original,
          ),
        )
      : [];

    for (const original of originals) {
      const name = `${original.group}/${original.names.kind}`;
      it(`${name} has the original's names, scope and storage version`, () => {
        const crd = ours.get(name);
        expect(crd?.spec.names).toEqual(original.names);
        expect(crd?.spec.scope).toBe(original.scope);
        expect(crd?.spec.versions.find((version) => version.storage)?.name).toBe(original.storageVersion ?? 'v1');
        expect(
          crd?.spec.versions
            .map((version) => version.name)
            .filter((version) => version !== original.storageVersion || original.versions[version] !== undefined)
            .sort(),
        ).toEqual(Object.keys(original.versions).sort());
      });
      for (const [version, wanted] of Object.entries(original.versions)) {
        it(`${name} ${version} has the original's schema`, () => {
          const got = ours.get(name)?.spec.versions.find((candidate) => candidate.name === version);
          expect(got?.served).toBe(wanted.served);
          expect(got?.additionalPrinterColumns).toEqual(wanted.printerColumns);
          expect(withoutOurs(withoutObservedGeneration(withImplied(got?.schema.openAPIV3Schema ?? {})))).toEqual(
            withShortPattern(withoutRequiredStatus(wanted.schema)),
          );
        });
      }
    }
  },
);
