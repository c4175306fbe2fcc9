import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration, printDuration } from '../../../src/values/duration.ts';

describe('parseDuration', () => {
  it.each([
    { text: '1h30m', ms: 5_400_000, because: 'units add up' },
    { text: '15m', ms: 900_000, because: 'one unit' },
    { text: '0.5s', ms: 500, because: 'fractions' },
    { text: '.5s', ms: 500, because: 'Go allows no leading digit' },
    { text: '1.s', ms: 1000, because: 'Go allows no digit after the dot' },
    { text: '-1m', ms: -60_000, because: 'a sign' },
    { text: '0', ms: 0, because: 'zero needs no unit' },
    { text: '100us', ms: 0.1, because: 'small units' },
    { text: '1m1h', ms: 3_660_000, because: 'Go takes units in any order' },
  ])('$text: $because', ({ text, ms }) => expect(parseDuration(text)).toBe(ms));

  it.each([
    { text: '', because: 'nothing' },
    { text: '15', because: 'no unit' },
    { text: '1d', because: 'Go knows no days' },
    { text: '1h 30m', because: 'a blank' },
    { text: 'never', because: 'a word' },
    { text: 'h', because: 'no number' },
    { text: '.s', because: 'no digit' },
  ])("'$text' is none: $because", ({ text }) => expect(parseDuration(text)).toBeUndefined());
});

describe('printDuration', () => {
  it.each([
    { ms: 5_400_000, text: '1h30m', because: 'zero parts are left out' },
    { ms: 3_605_000, text: '1h5s', because: 'zero parts are left out' },
    { ms: 1500, text: '1.5s', because: 'milliseconds are a fraction of seconds' },
    { ms: 20, text: '20ms', because: 'below a second' },
    { ms: 0, text: '0s', because: 'something must stand there' },
    { ms: -60_000, text: '-1m', because: 'a sign' },
  ])('$ms is $text: $because', ({ ms, text }) => expect(printDuration(ms)).toBe(text));

  it('reads back as what was printed', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), (ms) => {
        expect(parseDuration(printDuration(ms))).toBeCloseTo(ms, 3);
      }),
    );
  });
});
