// A CRD by rules alone for every writable type of the type data: made, and in no way that an API server would refuse.

import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openTypeData } from '../../src/generate/type-data.ts';
import { crdName, sweepOne, writableTypes } from '../../tools/sweep.ts';
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
});
