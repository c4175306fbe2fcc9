import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isGlob, matchesGlob } from '../../../src/values/glob.ts';

describe('matchesGlob', () => {
  it.each([
    {
      pattern: 'storage.azure.com/*',
      text: 'storage.azure.com/StorageAccount',
      matches: true,
      because: 'a whole group',
    },
    {
      pattern: 'STORAGE.azure.com/storageaccount',
      text: 'storage.azure.com/StorageAccount',
      matches: true,
      because: 'case does not count',
    },
    { pattern: '*', text: 'a.b/c', matches: true, because: "'*' takes '/' too" },
    { pattern: '*/Redis', text: 'cache.azure.com/Redis', matches: true, because: 'a wildcard in front' },
    {
      pattern: '*/Redis',
      text: 'cache.azure.com/RedisEnterprise',
      matches: false,
      because: 'the whole text must match',
    },
    { pattern: 'a?c', text: 'abc', matches: true, because: 'one character' },
    { pattern: 'a?c', text: 'ac', matches: false, because: 'exactly one character' },
    { pattern: 'a.c', text: 'abc', matches: false, because: 'a dot is a dot' },
    { pattern: '*a*b', text: 'xaxbxab', matches: true, because: 'an earlier match is given up for a later one' },
    { pattern: '', text: '', matches: true, because: 'nothing is nothing' },
    { pattern: '', text: 'a', matches: false, because: 'nothing is not something' },
  ])('$pattern on $text: $because', ({ pattern, text, matches }) => expect(matchesGlob(pattern, text)).toBe(matches));

  it('a text without wildcards matches itself, also between stars', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '/', '.') }), fc.string(), (text, around) => {
        expect(matchesGlob(text, text)).toBe(true);
        expect(matchesGlob(`*${text}*`, around + text + around)).toBe(true);
      }),
    );
  });

  it('many stars on a long text end soon', () => {
    expect(matchesGlob('*a'.repeat(30), 'a'.repeat(20_000).concat('b'))).toBe(false);
  });
});

it('a pattern is a glob when it has a wildcard', () => {
  expect([isGlob('a/*'), isGlob('a/?'), isGlob('a/B')]).toEqual([true, true, false]);
});
