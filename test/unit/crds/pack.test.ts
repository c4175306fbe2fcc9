// Packing for the original and unpacking again: nothing is lost, for every version of every kind.

import { describe, expect, it } from 'vitest';
import { packedSpec } from '../../../src/crds/pack.ts';
import { hasBag, unpacked } from '../../../src/kinds/property-bag.ts';
import { isObject, type Json, type JsonObject } from '../../../src/values/json.ts';
import { projectCrds } from '../../../tools/prepare.ts';

const membersOf = (value: unknown): JsonObject => (isObject(value) ? value : {});

/** A value with every member that a schema knows. */
function full(schema: JsonObject, name: string): Json {
  if (Array.isArray(schema.enum)) return schema.enum[0] as Json;
  if (isObject(schema.properties))
    return Object.fromEntries(
      Object.entries(schema.properties).map(([key, child]) => [key, full(membersOf(child), key)]),
    );
  if (isObject(schema.items)) return [full(schema.items, name), full(schema.items, name)];
  if (isObject(schema.additionalProperties)) return { someKey: full(schema.additionalProperties, 'someKey') };
  if (schema.type === 'integer' || schema.type === 'number') return 7;
  if (schema.type === 'boolean') return true;
  return schema.type === 'string' ? `${name}-1` : { free: 'form' };
}

/** Members that the schema does not know, other than bags. */
function strangers(value: Json | undefined, schema: JsonObject, at: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => strangers(item, membersOf(schema.items), `${at}[]`));
  if (!isObject(value) || !isObject(schema.properties)) return [];
  const known = schema.properties;
  return Object.entries(value).flatMap(([name, held]) => {
    if (name === '$propertyBag' || name === 'originalVersion') return [];
    return known[name] === undefined ? [`${at}/${name}`] : strangers(held, membersOf(known[name]), `${at}/${name}`);
  });
}

const specOf = (version: unknown): JsonObject =>
  membersOf(membersOf(membersOf(membersOf(membersOf(version).schema).openAPIV3Schema).properties).spec);

const rows = projectCrds().flatMap((crd) => {
  const spec = membersOf(crd.spec);
  const versions = Array.isArray(spec.versions) ? spec.versions.filter(isObject) : [];
  const storage = String(versions.find((version) => version.storage === true)?.name);
  const hub = versions.find((version) => `${String(version.name)}storage` === storage);
  return hub === undefined
    ? []
    : versions
        .filter((version) => version.storage !== true)
        .map((version) => ({ kind: String(membersOf(spec.names).kind), version, hub: specOf(hub) }));
});

describe("the original's form of an object", () => {
  it(`holds nothing that its hub does not know, and comes back whole, in ${rows.length} versions`, () => {
    let bags = 0;
    for (const { kind, version, hub } of rows) {
      const spec = membersOf(full(specOf(version), 'x'));
      const packed = packedSpec(spec, hub, String(version.name));
      if (hasBag(packed)) bags += 1;
      expect(packed.originalVersion).toBe(version.name);
      expect(strangers(packed, hub, kind)).toEqual([]);
      const { originalVersion: _dropped, ...back } = membersOf(unpacked(packed));
      expect(withLowerFirst(back), `${kind} ${String(version.name)}`).toEqual(withLowerFirst(spec));
    }
    expect(bags).toBeGreaterThan(10);
  });

  it('keeps what is in a bag already', () => {
    const hub = { type: 'object', properties: { sku: { type: 'object', properties: { name: { type: 'string' } } } } };
    const stored = { sku: { name: 'a', tier: 'b', $propertyBag: { Old: '"c"' } } };
    expect(packedSpec(stored, hub, 'v1')).toEqual({
      originalVersion: 'v1',
      sku: { name: 'a', $propertyBag: { Old: '"c"', Tier: '"b"' } },
    });
  });
});

/** A member with a capital first letter comes back with a small one: the bag's names do not tell (property-bag.ts). */
function withLowerFirst(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map(withLowerFirst);
  if (!isObject(value)) return value ?? null;
  return Object.fromEntries(
    Object.entries(value).map(([name, held]) => [name.charAt(0).toLowerCase() + name.slice(1), withLowerFirst(held)]),
  );
}
