// The writable members of children that live inside their parent's body, as the typed model of that API version has them.

import type { Json, JsonObject } from '../values/json.ts';
import { READ_ONLY, type TypeNode } from './types.ts';
import { isMap, node, type Walk } from './walk.ts';

/** The shape of the list at this body path; undefined when the version has no such list. */
export function carriedShape(walk: Walk, body: TypeNode, path: string): JsonObject | undefined {
  let type: TypeNode = body;
  for (const member of path.split('/')) {
    if (type.$type !== 'ObjectType' || type.properties[member] === undefined) return undefined;
    type = node(walk, type.properties[member].type);
  }
  if (type.$type !== 'ArrayType') return undefined;
  const child = node(walk, type.itemType);
  return shapeOf(walk, child, [child]);
}

/** 1 for a value as it is, an object for its members, a list of one for each item. A type inside itself is cut. */
function shapeOf(walk: Walk, type: TypeNode, holders: readonly TypeNode[]): JsonObject {
  if (type.$type !== 'ObjectType') return {};
  const members = Object.entries(type.properties).flatMap(([name, property]): readonly (readonly [string, Json])[] => {
    if ((property.flags & READ_ONLY) !== 0 && name !== 'id' && name !== 'name' && name !== 'type') return [];
    const inner = node(walk, property.type);
    const element = inner.$type === 'ArrayType' ? node(walk, inner.itemType) : inner;
    if (element.$type !== 'ObjectType' || isMap(element)) return [[name, 1]];
    if (holders.includes(element)) return [[name, inner.$type === 'ArrayType' ? [{ id: 1 }] : { id: 1 }]];
    const shape = shapeOf(walk, element, [...holders, element]);
    return [[name, inner.$type === 'ArrayType' ? [shape] : shape]];
  });
  return Object.fromEntries(members);
}
