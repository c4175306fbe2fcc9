import { expect, it } from 'vitest';
import { backoffMs } from '../../../src/values/backoff.ts';

it.each([
  { attempt: 0, ms: 1000, because: 'the first try waits the first delay' },
  { attempt: 3, ms: 8000, because: 'doubling' },
  { attempt: 6, ms: 30_000, because: 'the cap' },
  { attempt: 5000, ms: 30_000, because: 'no overflow' },
])('attempt $attempt: $because', ({ attempt, ms }) => expect(backoffMs(attempt, 1000, 30_000)).toBe(ms));
