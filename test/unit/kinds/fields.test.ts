import { describe, expect, it } from 'vitest';
import { compileFields, placeOf } from '../../../src/kinds/fields.ts';

describe('field rules', () => {
  it('hold for the API versions that they name, and else for all', () => {
    const rules = [
      { at: 'a', ref: true as const },
      { at: 'b', ref: true as const, in: ['2024'] },
    ];
    expect([...compileFields(rules, '2023').children.keys()]).toEqual(['a']);
    expect([...compileFields(rules, '2024').children.keys()]).toEqual(['a', 'b']);
  });

  it('stand in a tree by path, whatever their order', () => {
    const rules = [
      { at: 'a/[]/b', secret: true as const },
      { at: 'a/[]', under: 'properties', keep: ['name'] },
      { at: '', under: 'properties' },
    ];
    for (const order of [rules, rules.toReversed()]) {
      const fields = compileFields(order, 'x');
      const item = fields.children.get('a')?.children.get('[]');
      expect(fields.under).toBe('properties');
      expect(item).toMatchObject({ under: 'properties', keep: new Set(['name']) });
      expect(item?.children.get('b')?.member?.secret).toBe(true);
    }
  });

  it.each([
    { name: 'sku', place: ['sku'], because: 'it is kept at the top' },
    { name: 'other', place: ['properties', 'other'], because: 'the rest is below properties' },
    { name: 'moved', place: ['x', 'y'], because: 'a place of its own goes before the flattening' },
  ])('$name stands at $place: $because', ({ name, place }) => {
    expect(
      placeOf(
        compileFields(
          [
            { at: '', under: 'properties', keep: ['sku'] },
            { at: 'moved', to: 'x/y' },
          ],
          'x',
        ),
        name,
      ),
    ).toEqual(place);
  });

  it('an object may be flattened, hold variants and stand elsewhere at once', () => {
    const fields = compileFields(
      [
        { at: 'a', under: 'properties' },
        { at: 'a', oneOf: { by: 'kind', is: { b: 'B' } } },
        { at: 'a', to: 'z' },
      ],
      'x',
    );
    expect(fields.children.get('a')).toMatchObject({ under: 'properties', oneOf: { by: 'kind' }, member: { to: 'z' } });
  });
});
