// The pattern of ARM ids is shorter than the original's and means the same.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ARM_ID_PATTERN } from '../../../src/generate/shapes.ts';
import { ORIGINAL_ARM_ID_PATTERN } from '../../support/original.ts';

/** RE2 has the flag inside the pattern, JavaScript beside it. */
const compiled = (pattern: string): RegExp => new RegExp(pattern.replace('(?i)', ''), 'i');
const [ours, original] = [compiled(ARM_ID_PATTERN), compiled(ORIGINAL_ARM_ID_PATTERN)];

const segment = fc.constantFrom('', '/', 'a', 'subscriptions', 'resourceGroups', 'PROVIDERS', 'x.y', '\u00fc', ' ');
const path = fc.array(segment, { maxLength: 12 }).map((segments) => `/${segments.join('/')}`);
const likely = fc
  .tuple(
    fc.constantFrom(
      '',
      '/subscriptions/s',
      '/subscriptions/s/resourceGroups/g',
      '/subscriptions//resourcegroups/g',
      'x',
    ),
    fc.constantFrom('', '/providers/p', '/providers/', '/Providers/p'),
    fc.array(fc.constantFrom('/t', '/n', '/'), { maxLength: 5 }),
  )
  .map(([scope, provider, rest]) => `${scope}${provider}${rest.join('')}`);

it('takes what the original takes, and refuses what it refuses', () => {
  fc.assert(
    fc.property(fc.oneof(path, likely), (id) => {
      fc.pre(id !== '');
      expect(ours.test(id)).toBe(original.test(id));
    }),
    { numRuns: 5_000 },
  );
});

it('besides it lets an empty text pass, which the operator refuses', () => {
  expect([ours.test(''), original.test('')]).toEqual([true, false]);
});
