// Children that live inside their parent's body (subnets of a virtual network, ...): a PUT of the parent without them deletes them.
// What Azure has is put into the body, passed through the writable members of the api-version, so that nothing else made is lost.

import type { ArmMap, Shape } from '../kinds/arm-map.ts';
import { isObject, type Json, type JsonObject, memberAt } from '../values/json.ts';
import type { Sealed, SealedObject } from '../values/secret.ts';
import { classifyAnswer } from './classify.ts';
import { isOk } from './facts.ts';
import { warning } from './failure.ts';
import type { Asked, Resolved } from './observed.ts';

export interface CarryContext {
  readonly carry: NonNullable<ArmMap['carry']>;
  readonly apiVersion: string;
  readonly map: ArmMap;
}

/** The body with Azure's children in it. A resource that is not there yet has none; an answer of another shape is a failure. */
export function carryChildren(body: SealedObject, seen: Asked, context: CarryContext): Resolved<SealedObject> {
  if ('lost' in seen.answer) return { ok: false, failure: classifyAnswer(seen.answer, context.map) };
  if (seen.answer.status === 404) return { ok: true, value: body };
  if (!isOk(seen.answer)) return { ok: false, failure: classifyAnswer(seen.answer, context.map) };
  const path = context.carry.at.split('/');
  const found = childrenAt(seen.answer.body, path);
  if (found === undefined) {
    // Merging kinds may lack the parents of their list; replacing kinds always show it.
    if (context.carry.how === 'merge') return { ok: true, value: body };
    return {
      ok: false,
      failure: warning('Failed', `Azure's answer has no list '${path.join('.')}', so its children cannot be kept`),
    };
  }
  const shape = context.carry.members[context.apiVersion];
  const theirs = found.filter(isObject).map((child) => (shape === undefined ? child : through(child, shape)));
  return {
    ok: true,
    value: put(body, path, (mine) => (context.carry.how === 'replace' ? theirs : merged(mine, theirs))),
  };
}

function childrenAt(value: Json | undefined, path: readonly string[]): readonly Json[] | undefined {
  const found = memberAt(value, path);
  return Array.isArray(found) ? found : undefined;
}

function merged(mine: Sealed | undefined, theirs: readonly JsonObject[]): Sealed {
  const own = Array.isArray(mine) ? (mine as readonly Sealed[]) : [];
  const names = new Set(own.map((child) => (isObject(child) ? child.name : undefined)));
  return [...own, ...theirs.filter((child) => !names.has(child.name))] as Sealed;
}

function put(body: SealedObject, path: readonly string[], make: (mine: Sealed | undefined) => Sealed): SealedObject {
  const [head, ...rest] = path;
  if (head === undefined) return body;
  const held = body[head];
  if (rest.length === 0) return { ...body, [head]: make(held) };
  // A member on the way to the list is an object or absent: the body was made from the same path.
  return { ...body, [head]: put((held ?? {}) as SealedObject, rest, make) };
}

/** Only the members of the shape; empty lists and null go, as they do in the original's typed model. */
function through(child: JsonObject, shape: Shape): JsonObject {
  const kept: Record<string, Json> = {};
  for (const [member, inner] of Object.entries(shape)) {
    const value = child[member];
    if (value === undefined || value === null) continue;
    const passed = pass(value, inner);
    if (passed !== undefined) kept[member] = passed;
  }
  return kept;
}

function pass(value: Json, inner: 1 | Shape | readonly [Shape]): Json | undefined {
  if (inner === 1) return Array.isArray(value) && value.length === 0 ? undefined : value;
  if (Array.isArray(inner)) {
    if (!Array.isArray(value) || value.length === 0) return undefined;
    // A one-element tuple holds the shape of each item.
    return value.map((item) => (isObject(item) ? through(item, inner[0] as Shape) : item));
  }
  return isObject(value) ? through(value, inner as Shape) : undefined;
}
