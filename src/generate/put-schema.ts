// Literal schemas of the facts, put in place by their path.

import { isObject, type Json } from '../values/json.ts';
import type { Schema } from './walk.ts';

/** Puts a literal schema at a spec path, below objects, items and values. */
export function putSchema(schema: Schema, path: readonly string[], literal: Json): Schema {
  const [head = '', ...rest] = path;
  const marks = [...head.matchAll(/\[\]|\{\}/g)].map(([mark]) => mark);
  const name = head.replace(/(\[\]|\{\})+$/, '');
  const properties = isObject(schema.properties) ? schema.properties : {};
  const held = isObject(properties[name]) ? (properties[name] as Schema) : { type: 'object' };
  const made = rest.length === 0 && marks.length === 0 ? literal : into(held, marks, rest, literal);
  return { ...schema, properties: { ...properties, [name]: made } };
}

function into(schema: Schema, marks: readonly string[], rest: readonly string[], literal: Json): Schema {
  const [mark, ...others] = marks;
  if (mark === undefined) return putSchema(schema, rest, literal);
  const key = mark === '[]' ? 'items' : 'additionalProperties';
  const inner = isObject(schema[key]) ? (schema[key] as Schema) : {};
  return { ...schema, [key]: others.length === 0 && rest.length === 0 ? literal : into(inner, others, rest, literal) };
}
