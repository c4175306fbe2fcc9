// The text of an arm-map and the map: reading what was written gives the map again, and the text says only what names do not.

import { describe, expect, it } from 'vitest';
import type { ArmMap } from '../../../src/kinds/arm-map.ts';
import { narrowedTo } from '../../../src/kinds/narrow.ts';
import { readArmMap } from '../../../src/kinds/read-arm-map.ts';
import { writeArmMap } from '../../../src/kinds/write-arm-map.ts';
import { shippedKinds } from '../../support/kinds.ts';

function again(map: ArmMap): ArmMap {
  const read = readArmMap(writeArmMap(map));
  if (!read.ok) throw new Error(read.why);
  return read.map;
}

/** The order of rules means nothing. */
function unordered(map: ArmMap): unknown {
  const key = (rule: object): string => JSON.stringify(Object.entries(rule).sort());
  const sorted = (rules: ArmMap['spec']): unknown => [...rules].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return { ...map, spec: sorted(map.spec), status: sorted(map.status) };
}

const FOO: ArmMap = {
  kind: 'Foo',
  storage: 'v20240101storage',
  type: 'Contoso.Bar/foos',
  scope: 'resourceGroup',
  owner: { group: 'resources.azure.com', kind: 'ResourceGroup' },
  versions: { v1api20240101: '2024-01-01', v20240101: '2024-01-01' },
  spec: [{ at: '', under: 'properties' }],
  status: [{ at: '', under: 'properties' }],
};

describe('the text of an arm-map', () => {
  it('says of a usual resource what it is and nothing else', () => {
    expect(writeArmMap(FOO)).toBe(
      '{"format":1,"kind":"Foo","type":"Contoso.Bar/foos","versions":["v1api20240101","v20240101"]}',
    );
  });

  it.each<{ readonly change: Partial<ArmMap>; readonly because: string }>([
    { change: { spec: [], status: [] }, because: 'nothing is flattened' },
    {
      change: { spec: [{ at: '', under: 'properties', keep: ['location'] }] },
      because: 'something else stays at the top',
    },
    { change: { spec: [{ at: '', under: 'properties', in: ['2024-01-01'] }] }, because: 'flattened at one version' },
    {
      change: { spec: [{ at: 'a/subnetReference', to: 'subnetId', ref: true }] },
      because: 'a reference as its name says',
    },
    {
      change: { spec: [{ at: 'subnetReference', to: 'subnet/id', ref: true }] },
      because: 'a reference to another place',
    },
    { change: { spec: [{ at: 'subnetReference', ref: true }] }, because: 'a reference in its own place' },
    { change: { spec: [{ at: 'xReferences', to: 'xIds', ref: true, in: ['2024-01-01'] }] }, because: 'at one version' },
    { change: { spec: [{ at: 'idFromConfig', to: 'id', from: 'configMap' }] }, because: 'a twin as its name says' },
    { change: { spec: [{ at: 'k', oneOf: { by: 'kind', is: { aks: 'AKS' } } }] }, because: 'variants by their names' },
    {
      change: { spec: [{ at: 'k', oneOf: { by: 'kind', is: { one: 'AKS' } } }] },
      because: 'a variant by another name',
    },
    { change: { versions: { v20240101: '2024-01-02' } }, because: 'an api-version that its name does not tell' },
    { change: { storage: 'v20240101' }, because: 'a storage version of another name' },
    { change: { owner: 'any', scope: 'extension' }, because: 'an extension' },
    { change: { owner: { group: 'a.azure.com', kind: 'B' } }, because: 'a child' },
  ])('can be read again: $because', ({ change }) => {
    const map = { ...FOO, ...change };
    expect(unordered(again(map))).toEqual(unordered(map));
  });

  it('a subscription has no owner, nor has what does not live behind ARM', () => {
    const { owner: _owner, ...ownerless } = FOO;
    expect(again({ ...ownerless, scope: 'subscription' }).owner).toBeUndefined();
    const { type: _type, scope: _scope, ...user } = ownerless;
    const literal = { ...user, versions: { v1: 'v1' }, storage: 'v1', spec: [], status: [] };
    expect(again(literal)).toEqual(literal);
  });

  it('the maps of all shipped kinds can be read again, whole and for each version alone', () => {
    for (const { kind } of shippedKinds().values()) {
      expect(unordered(again(kind.map))).toEqual(unordered(kind.map));
      for (const version of Object.keys(kind.map.versions)) {
        const narrow = narrowedTo(kind.map, new Set([version]));
        expect(unordered(again(narrow))).toEqual(unordered(narrow));
      }
    }
  });
});

describe('a map for fewer versions', () => {
  const map: ArmMap = {
    ...FOO,
    versions: { v20220101: '2022-01-01', v20230101: '2023-01-01', v20240101: '2024-01-01' },
    spec: [
      { at: 'a', secret: true, in: ['2022-01-01', '2024-01-01'] },
      { at: 'b', secret: true, in: ['2022-01-01'] },
      { at: 'c', secret: true },
    ],
    secrets: {
      old: { status: 'x', in: ['2022-01-01'] },
      both: [
        { status: 'x', in: ['2022-01-01'] },
        { status: 'y', in: ['2023-01-01', '2024-01-01'] },
      ],
    },
    carry: { at: 'kids', how: 'merge', members: { '2022-01-01': { a: 1 }, '2024-01-01': { b: 1 } } },
  };

  it('says nothing of the others', () => {
    expect(narrowedTo(map, new Set(['v20240101']))).toMatchObject({
      versions: { v20240101: '2024-01-01' },
      spec: [
        { at: 'a', secret: true },
        { at: 'c', secret: true },
      ],
      secrets: { both: { status: 'y' } },
      carry: { members: { '2024-01-01': { b: 1 } } },
    });
    expect(Object.keys(narrowedTo(map, new Set(['v20240101'])).secrets ?? {})).toEqual(['both']);
  });

  it('says where a rule holds as long as it does not hold everywhere', () => {
    expect(narrowedTo(map, new Set(['v20230101', 'v20240101'])).spec).toEqual([
      { at: 'a', secret: true, in: ['2024-01-01'] },
      { at: 'c', secret: true },
    ]);
  });
});
