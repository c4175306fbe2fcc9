import { describe, expect, it } from 'vitest';
import { isDeeperThan } from '../../../src/values/json.ts';

const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);

describe('isDeeperThan', () => {
  it.each([
    { levels: 3, most: 3, is: false },
    { levels: 4, most: 3, is: true },
    { levels: 100_000, most: 200, is: true },
  ])('$levels levels, at most $most: $is', ({ levels, most, is }) =>
    expect(isDeeperThan(nested(levels), most)).toBe(is),
  );

  it.each([[1], ['text'], [null], [undefined]])('%s has no levels', (value) =>
    expect(isDeeperThan(value, 0)).toBe(false),
  );
});
