// toStatus: from Azure's answer to the status of the version applied. Pure. Source: catalogue section 6 (algorithm C).
// The status schema's names decide what has a place: secrets, later members and children that are objects of their own have none.

import { type Fields, NO_FIELDS, placeOf } from '../kinds/fields.ts';
import type { StatusShape } from '../kinds/shape.ts';
import { isObject, type Json, type JsonObject } from '../values/json.ts';
import { findLoosely } from '../values/loose.ts';
import { type Growing, setMember } from '../values/place.ts';

/** Members of status that are the operator's own. */
const OWN = new Set(['conditions', 'observedGeneration', 'lastSync']);

export function toStatus(answer: JsonObject, shape: StatusShape, fields: Fields): JsonObject {
  if (typeof shape !== 'object' || !('members' in shape)) return {};
  const members = new Map([...shape.members].filter(([name]) => !OWN.has(name)));
  return objectOf(answer, members, fields);
}

function objectOf(answer: JsonObject, members: ReadonlyMap<string, StatusShape>, fields: Fields): JsonObject {
  const status: Growing = {};
  for (const [name, shape] of members) {
    const child = fields.children.get(name) ?? NO_FIELDS;
    if (child.member?.secret !== undefined) continue;
    const value = isVariant(fields, name)
      ? variantOf(answer, name, shape, fields)
      : child.member?.inline === true
        ? openMembers(answer, members, fields)
        : shownOf(findLoosely(answer, placeOf(fields, name)), shape, child);
    if (value !== undefined) setMember(status, name, value);
  }
  // Built from parts of a JSON answer.
  return status as JsonObject;
}

function isVariant(fields: Fields, name: string): boolean {
  return fields.oneOf !== undefined && Object.hasOwn(fields.oneOf.is, name);
}

/** The variant whose discriminator the answer shows, without regard to case; an unknown one is left out. */
function variantOf(answer: JsonObject, name: string, shape: StatusShape, fields: Fields): Json | undefined {
  if (fields.oneOf === undefined || typeof shape !== 'object' || !('members' in shape)) return undefined;
  const holder = fields.oneOf.to === undefined ? answer : findLoosely(answer, fields.oneOf.to.split('/'));
  if (!isObject(holder)) return undefined;
  const shown = findLoosely(holder, [fields.oneOf.by]);
  if (typeof shown !== 'string' || shown.toLowerCase() !== fields.oneOf.is[name]?.toLowerCase()) return undefined;
  return objectOf(holder, shape.members, fields.children.get(name) ?? NO_FIELDS);
}

/** Members of an open object that have no name of their own in the schema. A secret has none either, and is never shown. */
function openMembers(answer: JsonObject, members: ReadonlyMap<string, StatusShape>, fields: Fields): Json | undefined {
  const secrets = [...fields.children].filter(([, child]) => child.member?.secret !== undefined).map(([name]) => name);
  const known = new Set(
    [...members.keys(), ...secrets].map((name) => (placeOf(fields, name)[0] ?? name).toLowerCase()),
  );
  const open = Object.entries(answer).filter(
    ([name, value]) => value !== undefined && value !== null && !known.has(name.toLowerCase()),
  );
  return open.length === 0 ? undefined : Object.fromEntries(open);
}

function shownOf(value: Json | undefined, shape: StatusShape, fields: Fields): Json | undefined {
  if (value === undefined || value === null) return undefined;
  if (shape === 'any') return value;
  if (shape === 'leaf') return typeof value === 'object' ? undefined : value;
  if ('item' in shape) {
    if (!Array.isArray(value) || value.length > (fields.member?.most ?? value.length)) return undefined;
    const item = fields.children.get('[]') ?? NO_FIELDS;
    return value.flatMap((element) => {
      const made = shownOf(element, shape.item, item);
      return made === undefined ? [] : [made];
    });
  }
  if (!isObject(value)) return undefined;
  if ('members' in shape) return objectOf(value, shape.members, fields);
  const values = fields.children.get('{}') ?? NO_FIELDS;
  const made: Growing = {};
  for (const [key, held] of Object.entries(value)) {
    const converted = shownOf(held, shape.value, values);
    if (converted !== undefined) setMember(made, key, converted);
  }
  return made as JsonObject;
}
