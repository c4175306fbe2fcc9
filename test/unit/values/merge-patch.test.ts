import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/values/json.ts';
import { mergePatch } from '../../../src/values/merge-patch.ts';

interface Row {
  readonly target: Json;
  readonly patch: Json;
  readonly result: Json;
  readonly because: string;
}

describe('merge patch (RFC 7396)', () => {
  it.each<Row>([
    { target: { a: 1 }, patch: { a: null }, result: {}, because: 'null takes away' },
    { target: { a: { b: 1 } }, patch: { a: { c: 2 } }, result: { a: { b: 1, c: 2 } }, because: 'objects are merged' },
    { target: { a: [1] }, patch: { a: [2] }, result: { a: [2] }, because: 'arrays are replaced' },
    {
      target: { a: 1 },
      patch: { constructor: { b: 2 } },
      result: { a: 1, constructor: { b: 2 } },
      because: 'a name is a name',
    },
  ])('$because', ({ target, patch, result }) => expect(mergePatch(target, patch)).toEqual(result));

  it('a member called __proto__ is a member', () => {
    const merged = mergePatch({}, JSON.parse('{"__proto__":{"a":1}}'));
    expect(JSON.stringify(merged)).toBe('{"__proto__":{"a":1}}');
  });
});
