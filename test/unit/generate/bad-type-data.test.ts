import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anyType } from '../../../src/generate/any-type.ts';
import { makeKind } from '../../../src/generate/kind.ts';
import { openTypeData } from '../../../src/generate/type-data.ts';
import { API, inFolder, shippedFacts, TYPE_DATA, typeData } from '../../support/type-data.ts';

const TYPE = 'Contoso.Orchard/orchards/policies';
const WHOLE = readFileSync(join(TYPE_DATA, `orchard/contoso.orchard/${API}/types.json`), 'utf8');

interface Element {
  $type?: string;
  [member: string]: unknown;
}

/** What making the type's CRD comes to with a types.json of this text. */
function outcome(text: string): Promise<string> {
  return inFolder((folder) => {
    const place = join(folder, 'orchard/contoso.orchard', API);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'types.json'), text);
    try {
      const types = openTypeData(folder);
      const { group, facts } = anyType(types, shippedFacts, { type: TYPE, apis: [API] });
      makeKind({ group, facts, types, labels: {}, prose: 'values' });
      return 'made';
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.message : `escaped: ${String(error)}`;
    }
  });
}

/** The whole text with one change to its elements. */
function changed(change: (elements: Element[]) => unknown): string {
  const elements = JSON.parse(WHOLE) as Element[];
  return JSON.stringify(change(elements) ?? elements);
}

const resource = (elements: Element[]): Element =>
  elements.find((element) => element.$type === 'ResourceType' && element.name === `${TYPE}@${API}`) ?? {};
const policy = (elements: Element[]): Element => elements.find((element) => element.name === 'PolicyProperties') ?? {};

describe('type data that is damaged or of another format', () => {
  it.each<[string, string, RegExp]>([
    ['whole', WHOLE, /^made$/],
    ['cut off', WHOLE.slice(0, 500), /types\.json is not JSON/],
    ['an object', '{"resources": {}}', /must be a list of objects with a \$type/],
    ['the format of 2022', '[{"1":{"Kind":1}}]', /must be a list of objects with a \$type/],
    [
      'a reference out of range',
      changed((all) => void Object.assign(resource(all), { body: { $ref: '#/99999' } })),
      /#\/99999 points at nothing \(the file has \d+ elements\)/,
    ],
    [
      'a reference to another file',
      changed((all) => void Object.assign(resource(all), { body: { $ref: '../a.json#/1' } })),
      /'\.\.\/a\.json#\/1' is not of the form #\/<index>/,
    ],
    [
      'an unknown $type',
      changed((all) => void Object.assign(policy(all), { $type: 'TupleType' })),
      /element \d+: its \$type is "TupleType"; known are ObjectType, /,
    ],
    [
      'an object without properties',
      changed((all) => void Object.assign(policy(all), { properties: 3 })),
      /properties of the ObjectType is missing or not of the right shape/,
    ],
    [
      'a property without flags',
      changed((all) => void Object.assign(policy(all), { properties: { pruning: { type: { $ref: '#/1' } } } })),
      /properties of the ObjectType/,
    ],
    [
      'a body that is no object',
      changed(
        (all) =>
          void Object.assign(resource(all), {
            body: { $ref: `#/${all.findIndex((element) => element.$type === 'BooleanType')}` },
          }),
      ),
      /the body of .* is of BooleanType, not an object/,
    ],
    [
      'the format before July 2025',
      changed((all) => {
        const { readableScopes: _r, writableScopes: _w, ...rest } = resource(all);
        return all.map((element) =>
          element === resource(all) ? { ...rest, scopeType: 8, readOnlyScopes: 0, flags: 0 } : element,
        );
      }),
      /of the format before July 2025 \(scopeType, readOnlyScopes, flags\)/,
    ],
  ])('%s', async (_what, text, said) => {
    expect(await outcome(text)).toMatch(said);
  });

  it('no type data at all says what to fetch and how', async () => {
    await inFolder((folder) => {
      expect(() => openTypeData(folder)).toThrow(/no type data at .*bicep-types-az.*--specs DIR:\n {2}git clone/s);
    });
    expect(() => openTypeData('no/such/folder')).toThrow(/no type data at no\/such\/folder/);
  });
});

describe('a type that the data lacks', () => {
  it.each([
    ['Contoso.Orchard/orchard', API, /near are Contoso\.Orchard\/orchards/],
    ['contoso.orchard/ORCHARDS', '2026-05-02', /it has the versions 2026-06-01-preview, 2026-05-01$/],
    ['Contoso.Orchid/orchards', API, /nor any type of Contoso\.Orchid; near are contoso\.orchard/],
    ['Contoso.Orchard/spaceships/engines', API, /Contoso\.Orchard has 12 other types, none of a name like that/],
    ['Fabrikam/thing', API, /nor any type of Fabrikam; it has 1 providers/],
    ['Contoso.Orchard/forecasts', API, /cannot be written: Azure has no PUT for it/],
  ])('%s@%s', (type, api, said) => {
    expect(() => anyType(typeData, shippedFacts, { type, apis: [api] })).toThrow(said);
  });
});
