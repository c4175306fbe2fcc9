import { expect, it } from 'vitest';
import { withBag } from '../../../src/kinds/property-bag.ts';

it.each([
  { object: { a: 1 }, whole: { a: 1 }, because: 'no bag, nothing to do' },
  {
    object: { a: 1, $propertyBag: { IpRules: '[{"value":"x"}]', Flag: 'true' } },
    whole: { a: 1, ipRules: [{ value: 'x' }], flag: true },
    because: 'members come back out',
  },
  { object: { a: 1, $propertyBag: { A: '2' } }, whole: { a: 1 }, because: 'a member that is set wins' },
  { object: { $propertyBag: { A: '{not json', B: 3 } }, whole: {}, because: 'a damaged entry is no value' },
  { object: { $propertyBag: 'x' }, whole: {}, because: 'a damaged bag is no bag' },
])('$because', ({ object, whole }) => {
  expect(withBag(object)).toEqual(whole);
});
