// Adding a version of a kind, a kind, or a group changes data and nothing else: facts in YAML go in, CRDs come out.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generate } from '../../../src/generate/main.ts';
import { readFacts } from '../../../src/generate/read-facts.ts';
import type { JsonObject } from '../../../src/values/json.ts';
import { at, inFolder, TYPE_DATA } from '../../support/type-data.ts';

const ORCHARD = `
group: orchard.azure.com
kinds:
  - kind: Orchard
    type: Contoso.Orchard/orchards
    versions: [v20260501]
    references: { properties.subnetId: subnetReference }
`;

/** '<plural>.<group>: <versions>' of every CRD made from these files of facts. */
function made(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  return inFolder((folder) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return generate(readFacts(folder), TYPE_DATA, () => undefined).map(({ text }) => {
      const crd = JSON.parse(text) as JsonObject;
      const versions = at(crd, ['spec', 'versions']);
      const names = Array.isArray(versions) ? versions.map((version) => at(version, ['name'])) : [];
      return `${at(crd, ['metadata', 'name'])}: ${names.join(' ')}`;
    });
  });
}

describe('a change of data only', () => {
  it('adds a version of a kind', async () => {
    expect(await made({ 'orchard.yaml': ORCHARD })).toEqual(['orchards.orchard.azure.com: v20260501 v20260501storage']);
    const newer = ORCHARD.replace('[v20260501]', '[v20260501, v20260601preview]');
    expect(await made({ 'orchard.yaml': newer })).toEqual([
      'orchards.orchard.azure.com: v20260501 v20260601preview v20260501storage',
    ]);
  });

  it('adds a kind', async () => {
    const more = `${ORCHARD}
  - kind: Tree
    type: Contoso.Orchard/orchards/trees
    owner: orchard/Orchard
    versions: [v20260501]
`;
    expect(await made({ 'orchard.yaml': more })).toContain('trees.orchard.azure.com: v20260501 v20260501storage');
  });

  it('adds a group', async () => {
    const seeds = `
group: seeds.azure.com
kinds:
  - { kind: Seed, type: Contoso.Orchard/seeds, versions: [v20260501], keepProperties: [properties] }
`;
    expect(await made({ 'orchard.yaml': ORCHARD, 'seeds.yaml': seeds })).toEqual([
      'orchards.orchard.azure.com: v20260501 v20260501storage',
      'seeds.seeds.azure.com: v20260501 v20260501storage',
    ]);
  });

  it.each([
    [
      'a member that the format lacks',
      ORCHARD.replace('references', 'refrences'),
      /orchard\.yaml: kinds\.0: .*refrences/,
    ],
    [
      'a version of no type',
      ORCHARD.replace('v20260501', 'v20270101'),
      /Orchard: the type data has no Contoso\.Orchard\/orchards@2027-01-01/,
    ],
    [
      'a version that is no version',
      ORCHARD.replace('v20260501', 'latest'),
      /Orchard: version 'latest' must look like v20230101/,
    ],
  ])('%s is told with its file and place', async (_what, text, said) => {
    await expect(made({ 'orchard.yaml': text })).rejects.toThrow(said);
  });
});
