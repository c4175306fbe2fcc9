// How long Azure asks to be left alone: what counts as a word about it, and what is noise.

import { describe, expect, it } from 'vitest';
import { refusalAfterMs, retryAfterMs } from '../../../src/arm/retry-after.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const HOUR = 3_600_000;

describe('Retry-After', () => {
  const rows: readonly {
    readonly because: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly operation: number | undefined;
    readonly refusal: number | undefined;
  }[] = [
    { because: 'absent', headers: {}, operation: undefined, refusal: undefined },
    { because: 'whole seconds', headers: { 'retry-after': '15' }, operation: 15_000, refusal: 15_000 },
    { because: 'with blanks around it', headers: { 'retry-after': ' 15 ' }, operation: 15_000, refusal: 15_000 },
    { because: '0 is a word', headers: { 'retry-after': '0' }, operation: 0, refusal: 0 },
    { because: 'days are a mistake', headers: { 'retry-after': '999999' }, operation: HOUR, refusal: HOUR },
    {
      because: 'so many digits are noise',
      headers: { 'retry-after': '9'.repeat(30) },
      operation: undefined,
      refusal: undefined,
    },
    ...['1.5', '-5', 'soon 5', '2026-01-01', 'Thursday', '1,2', ''].map((text) => ({
      because: `'${text}', which JavaScript may read as a date, is noise`,
      headers: { 'retry-after': text },
      operation: undefined,
      refusal: undefined,
    })),
    {
      because: 'a date counts for operations alone',
      headers: { 'retry-after': 'Thu, 01 Jan 2026 00:00:07 GMT' },
      operation: 7_000,
      refusal: undefined,
    },
    {
      because: "a date counts from the answer's own, whatever the clock here says",
      headers: { 'retry-after': 'Thu, 01 Jan 2026 05:00:07 GMT', date: 'Thu, 01 Jan 2026 05:00:00 GMT' },
      operation: 7_000,
      refusal: undefined,
    },
    {
      because: 'a date in the past is now',
      headers: { 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' },
      operation: 0,
      refusal: undefined,
    },
    {
      because: 'a date in years is a mistake',
      headers: { 'retry-after': 'Thu, 01 Jan 2099 00:00:00 GMT' },
      operation: HOUR,
      refusal: undefined,
    },
    {
      because: "milliseconds, as the gate tells a refusal's wait, win",
      headers: { 'retry-after-ms': '250', 'retry-after': '15' },
      operation: 15_000,
      refusal: 250,
    },
  ];
  it.each(rows)('$because', ({ headers, operation, refusal }) => {
    expect(retryAfterMs({ headers }, NOW)).toBe(operation);
    expect(refusalAfterMs({ headers })).toBe(refusal);
  });
});
