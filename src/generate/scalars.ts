// Schemas of strings and of sets of known values, and the bounds that hold for any value. Source: catalogue section 4, A3.

import { isObject } from '../values/json.ts';
import { enumOrder } from './naming.ts';
import type { TypeNode } from './types.ts';
import { node, type Schema, value, type Walk } from './walk.ts';

const UUID_PATTERN = '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';

/** A string with its pattern and lengths, as far as the API server can read them. */
export function stringSchema(walk: Walk, type: Extract<TypeNode, { $type: 'StringType' }>, path: string): Schema {
  const isUuid = type.minLength === 36 && type.maxLength === 36 && type.pattern?.includes('[0-9a-fA-F]{8}') === true;
  const schema = isUuid
    ? { type: 'string', pattern: UUID_PATTERN }
    : {
        type: 'string',
        ...(type.pattern !== undefined && isRe2(type.pattern) ? { pattern: type.pattern } : {}),
        ...bounds({ minLength: type.minLength, maxLength: type.maxLength }),
      };
  return constrained(walk, schema, path);
}

/** RE2, which the API server uses, knows no look-around, no back references, no \Z and no \u, and repeats at most 1,000 times. */
function isRe2(pattern: string): boolean {
  if (/\(\?(?:=|!|<=|<!|>)|\\[1-9ZuGK]/.test(pattern)) return false;
  return ![...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].some(
    ([, low, high]) => Number(low) > 1000 || Number(high ?? 0) > 1000,
  );
}

/** A string of known values. */
export function unionSchema(walk: Walk, type: Extract<TypeNode, { $type: 'UnionType' }>): Schema {
  const literals = literalsOf(walk, type);
  return { type: 'string', ...(literals.length === 0 ? {} : { enum: literals }) };
}

/** The known values of a union, in the catalogue's order (A3). */
export function literalsOf(walk: Walk, type: Extract<TypeNode, { $type: 'UnionType' }>): readonly string[] {
  const literals = type.elements.flatMap((element) => {
    const option = node(walk, element);
    return option.$type === 'StringLiteralType' ? [option.value] : [];
  });
  return [...new Set(literals)].sort(enumOrder);
}

/** The enum that the facts give at this path; an open string when they say that there is none. */
export function enumFacts(walk: Walk, path: string): Schema | undefined {
  const given = value(walk, walk.facts.enums, path);
  if (given === undefined) return undefined;
  return { type: 'string', ...(Array.isArray(given) ? { enum: given } : {}) };
}

/** The schema with what the facts say about its bounds at this path; null takes one away. */
export function constrained(walk: Walk, schema: Schema, path: string): Schema {
  const override = value(walk, walk.facts.constraints, path);
  if (!isObject(override)) return schema;
  return Object.fromEntries(Object.entries({ ...schema, ...override }).filter(([, held]) => held !== null));
}

/** The bounds that are given. */
export function bounds(given: Readonly<Record<string, number | undefined>>): Schema {
  return Object.fromEntries(Object.entries(given).filter(([, bound]) => bound !== undefined));
}
