import { describe, expect, it } from 'vitest';
import { CRD_HASH, type Crd, KEPT_VERSIONS, readCrd } from '../../../src/crds/crd.ts';
import { desiredCrd, NO_NEEDS } from '../../../src/crds/desired.ts';
import { ARM_MAP_ANNOTATION } from '../../../src/kinds/arm-map.ts';
import { isObject, type JsonObject } from '../../../src/values/json.ts';

const version = (name: string): JsonObject => ({ name, served: true, storage: name.endsWith('storage'), schema: {} });
const MAP = { format: 1, kind: 'Car', type: 'Contoso.Toys/cars', versions: ['v1api20230101', 'v20240101'] };

function crd(): Crd {
  const read = readCrd({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: 'cars.toys.azure.com',
      labels: { own: 'x' },
      annotations: { [ARM_MAP_ANNOTATION]: JSON.stringify(MAP) },
    },
    spec: {
      group: 'toys.azure.com',
      names: { kind: 'Car', plural: 'cars' },
      conversion: { strategy: 'None' },
      versions: ['v1api20230101', 'v20240101', 'v20240101storage'].map(version),
    },
  });
  if (typeof read === 'string') throw new Error(read);
  return read;
}

function desired(versions: 'all' | 'newest', needs = NO_NEEDS, labels = {}) {
  const made = desiredCrd({ crd: crd(), digest: 'd' }, { versions, labels }, needs);
  const metadata = isObject(made.metadata) ? made.metadata : {};
  const annotations = (isObject(metadata.annotations) ? metadata.annotations : {}) as Record<string, string>;
  const spec = made.spec as unknown as Crd['spec'];
  return {
    metadata,
    annotations,
    versions: spec.versions,
    map: JSON.parse(annotations[ARM_MAP_ANNOTATION] ?? '{}') as JsonObject,
  };
}

describe('the CRD to apply', () => {
  it('carries the labels asked for, and its own win', () => {
    expect(desired('all', NO_NEEDS, { team: 'a', own: 'y' }).metadata.labels).toEqual({ team: 'a', own: 'x' });
  });

  it('has another digest under another choice of versions, and the same whatever the cluster needs', () => {
    const hash = desired('all').annotations[CRD_HASH];
    expect(desired('newest').annotations[CRD_HASH]).not.toBe(hash);
    expect(desired('all', { stored: ['v20220101storage'], used: [] }).annotations[CRD_HASH]).toBe(hash);
  });

  it('lists a storage version of the past unserved, since objects are stored in it', () => {
    const made = desired('all', { stored: ['v20220101storage', 'v20240101storage'], used: [] });
    expect(made.versions.map(({ name, served, storage }) => ({ name, served, storage }))).toEqual([
      { name: 'v1api20230101', served: true, storage: false },
      { name: 'v20240101', served: true, storage: false },
      { name: 'v20240101storage', served: true, storage: true },
      { name: 'v20220101storage', served: false, storage: false },
    ]);
    expect(made.annotations[KEPT_VERSIONS]).toBe('v20220101storage');
  });

  it('does not note versions that are stored as they should be', () => {
    expect(desired('all', { stored: ['v20240101storage'], used: [] }).annotations[KEPT_VERSIONS]).toBeUndefined();
  });

  it('leaves out of the arm-map what it leaves out of the versions', () => {
    expect(desired('newest').map.versions).toEqual(['v20240101']);
    expect(desired('newest', { stored: [], used: ['v1api20230101'] }).map.versions).toEqual(MAP.versions);
  });
});
