import { describe, expect, it } from 'vitest';
import {
  apiVersionOf,
  fixedNameOf,
  groupVersion,
  type Kind,
  kindOf,
  preferredVersion,
} from '../../../src/kinds/kind.ts';

const MAP = {
  format: 1,
  kind: 'Foo',
  plural: 'foos',
  storage: 'v20240101storage',
  versions: { v1api20230101: '2023-01-01', v20240101: '2024-01-01' },
  spec: [],
  status: [],
};

function kind(versions: readonly string[], rest: object = {}): Kind {
  const read = kindOf(
    'foos.bar.azure.com',
    JSON.stringify({ ...MAP, versions: Object.fromEntries(versions.map((version) => [version, version])), ...rest }),
  );
  if (!read.ok) throw new Error(read.why);
  return read.kind;
}

describe('a kind', () => {
  it('is what its CRD name and arm-map say', () => {
    const read = kindOf('foos.bar.azure.com', JSON.stringify(MAP));
    expect(read).toMatchObject({
      ok: true,
      kind: {
        group: 'bar.azure.com',
        kind: 'Foo',
        plural: 'foos',
        storage: 'v20240101storage',
        crd: 'foos.bar.azure.com',
      },
    });
  });

  it('knows the api-version behind a version, by its storage name too', () => {
    const foo = kind(['v20240101']);
    expect([apiVersionOf(foo, 'v20240101'), apiVersionOf(foo, 'v20240101storage'), apiVersionOf(foo, 'v2')]).toEqual([
      'v20240101',
      'v20240101',
      undefined,
    ]);
    expect(groupVersion(foo, 'v20240101')).toBe('bar.azure.com/v20240101');
  });

  it('has the fixed name of the version, else of the kind', () => {
    const foo = kind(['v1', 'v2'], { fixedName: 'default', fixedNames: { v2: 'Default' } });
    expect([fixedNameOf(foo, 'v1'), fixedNameOf(foo, 'v2'), fixedNameOf(kind(['v1']), 'v1')]).toEqual([
      'default',
      'Default',
      undefined,
    ]);
  });
});

describe('the preferred version', () => {
  it.each([
    { versions: ['v1api20230101', 'v20220101', 'v20240101'], best: 'v20240101', because: 'the highest number' },
    { versions: ['v20250101preview', 'v20220101'], best: 'v20220101', because: 'a preview is no number' },
    {
      versions: ['v1api20230101', 'v1api20200101', 'v20250101preview'],
      best: 'v1api20200101',
      because: 'without a number the alphabet decides, the first wins',
    },
    { versions: ['v1'], best: 'v1', because: 'the only one' },
  ])('of $versions is $best: $because', ({ versions, best }) => {
    expect(preferredVersion(kind(versions))).toBe(best);
  });
});
