import { describe, expect, it } from 'vitest';
import type { CrdVersion } from '../../../src/crds/crd.ts';
import { lean } from '../../../src/crds/lean.ts';
import { isObject, type JsonObject } from '../../../src/values/json.ts';
import { at } from '../../support/type-data.ts';

const STRING = { type: 'string' };
const OPEN = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const SPEC = { type: 'object', properties: { location: STRING }, required: ['location'] };

function version(name: string, status: JsonObject): CrdVersion {
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: SPEC, status } } };
  return { name, served: true, storage: name.endsWith('storage'), schema };
}

const STATUS = {
  type: 'object',
  properties: { id: STRING, conditions: { type: 'array', items: OPEN }, observedGeneration: STRING, lastSync: STRING },
};
const DESCRIBED = { type: 'object', properties: { id: STRING }, 'x-kubernetes-preserve-unknown-fields': true };

function statusesOf(versions: readonly CrdVersion[]): JsonObject {
  return Object.fromEntries(
    lean(versions).map((made) => {
      const status = at(made as JsonObject, ['schema', 'openAPIV3Schema', 'properties', 'status']);
      return [made.name, isObject(status) ? status : {}];
    }),
  );
}

describe('what a cluster is told of a status', () => {
  it.each([
    { names: ['v20240101'], told: [DESCRIBED], because: "Azure's members, and that there are more" },
    { names: ['v1api20240101', 'v20240101'], told: [OPEN, DESCRIBED], because: 'once for two twins' },
    { names: ['v1api20240101', 'v20230101'], told: [DESCRIBED, DESCRIBED], because: 'those are no twins' },
  ])('$names: $because', ({ names, told }) => {
    expect(Object.values(statusesOf(names.map((name) => version(name, STATUS))))).toEqual(told);
  });

  it('an open status stays as it is, its default too', () => {
    const status = { ...OPEN, default: { observedGeneration: -1 } };
    expect(statusesOf([version('v20240101storage', status)])).toEqual({ v20240101storage: status });
  });

  it('nothing else changes', () => {
    const [made] = lean([version('v20240101', STATUS)]);
    expect(at(made as JsonObject, ['schema', 'openAPIV3Schema', 'properties', 'spec'])).toEqual(SPEC);
    expect({ ...made, schema: undefined }).toEqual({ ...version('v20240101', STATUS), schema: undefined });
  });
});
