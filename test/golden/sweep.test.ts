// A CRD by rules alone for every writable type of the type data: made, and in no way that an API server would refuse.

import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openTypeData } from '../../src/generate/type-data.ts';
import { crdName, sweepOne, writableTypes } from '../../tools/sweep.ts';
import { everything, some, specOf } from '../support/instances.ts';
import { modelsOf, specSchema } from '../support/kinds.ts';
import { breaches } from '../support/there-and-back.ts';
import { PUBLISHED_TYPE_DATA, TYPE_DATA } from '../support/type-data.ts';

describe.each([
  ["the tests' own type data", TYPE_DATA, 11],
  ["Microsoft's type data (../shared/specs; skipped when it is absent)", PUBLISHED_TYPE_DATA, 899],
])('%s', (_name, folder, count) => {
  it.skipIf(!existsSync(folder))('every writable type can be a kind, and no two are the same kind', () => {
    const types = openTypeData(folder);
    const swept = writableTypes(types, 'newest').map((name) => sweepOne(types, name));
    expect(swept.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${problem}`))).toEqual([]);
    expect(new Set(swept.map(({ crd }) => crdName(crd ?? {}))).size).toBe(swept.length);
    expect(swept.length).toBeGreaterThanOrEqual(count);
  });

  it.skipIf(!existsSync(folder))('the law of there and back holds for all of them', () => {
    const types = openTypeData(folder);
    const broken = writableTypes(types, 'newest').flatMap((name) =>
      modelsOf(sweepOne(types, name).crd ?? {}).flatMap((model) =>
        [everything(0), everything(1), some(1), some(2)].flatMap((chooser) =>
          breaches(model, specOf(specSchema(model), model.spec, chooser)).map((breach) => `${name} ${breach}`),
        ),
      ),
    );
    expect([...new Set(broken)].slice(0, 40)).toEqual([]);
  });
});
