import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/values/hash.ts';
import { Secret } from '../../../src/values/secret.ts';

describe('digestOf', () => {
  it.each([
    { a: { x: 1, y: 2 }, b: { y: 2, x: 1 }, same: true, because: 'the order of members does not count' },
    { a: { x: 1, y: undefined }, b: { x: 1 }, same: true, because: 'an undefined member is none' },
    { a: [1, 2], b: [2, 1], same: false, because: 'the order of elements counts' },
    {
      a: { p: new Secret('one') },
      b: { p: new Secret('two') },
      same: false,
      because: 'a changed password is a change',
    },
    { a: { p: new Secret('one') }, b: { p: new Secret('one') }, same: true, because: 'secrets count by their value' },
    { a: { p: new Secret('one') }, b: { p: 'one' }, same: false, because: 'a secret is not its text' },
    { a: { x: null }, b: {}, same: false, because: 'null is sent to Azure and absent is not' },
  ])('$because', ({ a, b, same }) => expect(digestOf(a) === digestOf(b)).toBe(same));
});
