// The law of there and back (test/support/there-and-back.ts) over every kind and version of crds/, and that twins are twins.

import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { everything, some, specOf } from '../support/instances.ts';
import { shippedKinds, specSchema, versionOf } from '../support/kinds.ts';
import { bodyOf, breaches, counts } from '../support/there-and-back.ts';

const versions = [...shippedKinds().values()]
  .filter(({ kind }) => kind.map.type !== undefined)
  .flatMap(({ kind }) =>
    Object.keys(kind.map.versions).flatMap((name) => {
      const version = versionOf({ apiVersion: `${kind.group}/${name}`, kind: kind.kind });
      return version === undefined ? [] : [{ kind: `${kind.kind}.${kind.group}`, name, version }];
    }),
  );

describe('there and back', () => {
  it.each(versions.map(({ kind, name, version }) => [`${kind} ${name}`, version] as const))('%s', (_name, version) => {
    const schema = specSchema(version);
    for (let nth = 0; nth < 6; nth += 1)
      expect(breaches(version, specOf(schema, version.spec, everything(nth)))).toEqual([]);
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(breaches(version, specOf(schema, version.spec, some(seed)))).toEqual([]);
      }),
      { numRuns: 5 },
    );
  });

  const twins = versions.flatMap(({ kind, name, version }) => {
    const twin = versions.find((other) => other.kind === kind && other.name === name.replace('v1api', 'v'));
    return twin === undefined || twin.name === name
      ? []
      : [{ name: `${kind} ${name} and ${twin.name}`, version, twin: twin.version }];
  });

  it.each(twins.map(({ name, version, twin }) => [name, version, twin] as const))(
    '%s give the same body',
    (_name, version, twin) => {
      for (const chooser of [everything(0), everything(1), some(7)]) {
        const spec = specOf(specSchema(version), version.spec, chooser);
        expect(bodyOf(twin, spec)).toEqual(bodyOf(version, spec));
      }
    },
  );

  it('is a law about something: all versions, all twins, many values', () => {
    expect(versions).toHaveLength(773);
    expect(twins).toHaveLength(195);
    expect(counts.compared).toBeGreaterThan(100_000);
    expect(counts.unshown).toBeLessThan(counts.compared / 20);
  });

  afterAll(() => {
    console.info(
      `there and back: ${versions.length} versions, ${counts.compared} values compared, ${counts.unshown} have no place in a status`,
    );
  });
});
