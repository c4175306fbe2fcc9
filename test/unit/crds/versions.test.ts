import { describe, expect, it } from 'vitest';
import { chooseVersions } from '../../../src/crds/versions.ts';

const versionsOf = (...names: readonly string[]) =>
  names.map((name) => ({ name, served: true, storage: name.endsWith('storage') || name === 'v1' }));

const TWINS = versionsOf(
  'v1api20230101',
  'v1api20240101preview',
  'v20230101',
  'v20240601',
  'v20250101preview',
  'v20240601storage',
);

describe('crdVersions', () => {
  it.each([
    {
      choice: 'all',
      versions: TWINS,
      needed: [],
      left: TWINS.map(({ name }) => name),
      because: 'nothing is taken away',
    },
    {
      choice: 'stable',
      versions: TWINS,
      needed: [],
      left: ['v1api20230101', 'v20230101', 'v20240601', 'v20240601storage'],
      because: 'previews go, the storage version stays',
    },
    {
      choice: 'newest',
      versions: TWINS,
      needed: [],
      left: ['v20240601', 'v20240601storage'],
      because: 'newest is the newest stable one',
    },
    {
      choice: 'newest',
      versions: TWINS,
      needed: ['v1api20230101'],
      left: ['v1api20230101', 'v20240601', 'v20240601storage'],
      because: 'a version that objects use stays',
    },
    {
      choice: 'newest',
      versions: versionsOf('v1api20240601', 'v20240601', 'v20240601storage'),
      needed: [],
      left: ['v20240601', 'v20240601storage'],
      because: 'of twins the short name',
    },
    {
      choice: 'newest',
      versions: versionsOf('v1api20220101', 'v1api20240601', 'v1api20240601storage'),
      needed: [],
      left: ['v1api20240601', 'v1api20240601storage'],
      because: 'a kind may have long names only',
    },
    {
      choice: 'stable',
      versions: versionsOf('v20240101preview', 'v20250101preview', 'v20250101previewstorage'),
      needed: [],
      left: ['v20240101preview', 'v20250101preview', 'v20250101previewstorage'],
      because: 'a kind of previews keeps them',
    },
    {
      choice: 'newest',
      versions: versionsOf('v20240101preview', 'v20250101preview', 'v20250101previewstorage'),
      needed: [],
      left: ['v20250101preview', 'v20250101previewstorage'],
      because: 'the newest preview where nothing is stable',
    },
    {
      choice: 'newest',
      versions: versionsOf('v1'),
      needed: [],
      left: ['v1'],
      because: 'a kind with one hand-made version keeps it',
    },
  ] as const)('$choice of $versions.length: $because', ({ choice, versions, needed, left }) => {
    expect(chooseVersions(versions, choice, new Set(needed)).map(({ name }) => name)).toEqual(left);
  });
});
