import { expect, it } from 'vitest';
import { statusShape } from '../../../src/kinds/shape.ts';

it.each([
  { schema: { type: 'string' }, shape: 'leaf', because: 'a scalar' },
  {
    schema: { type: 'object', properties: { a: { type: 'integer' } } },
    shape: { members: new Map([['a', 'leaf']]) },
    because: 'members by name',
  },
  { schema: { type: 'array', items: { type: 'string' } }, shape: { item: 'leaf' }, because: 'a list' },
  { schema: { type: 'object', additionalProperties: { type: 'string' } }, shape: { value: 'leaf' }, because: 'a map' },
  { schema: { 'x-kubernetes-preserve-unknown-fields': true }, shape: 'any', because: 'free form' },
  { schema: { type: 'object' }, shape: { members: new Map() }, because: 'an object of which nothing is shown' },
  { schema: undefined, shape: 'any', because: 'the open storage version' },
])('$because', ({ schema, shape }) => {
  expect(statusShape(schema)).toEqual(shape);
});
