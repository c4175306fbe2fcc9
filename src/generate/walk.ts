// What the two walks over a resource's body share: which members an object has in the CRD, and where each stands in the body.
// Source of every rule: catalogue section 4 (A1 to A14).

import { type FieldRule, TOP_MEMBERS } from '../kinds/arm-map.ts';
import { variantNameOf } from '../kinds/by-name.ts';
import type { Json, JsonObject } from '../values/json.ts';
import { type KindFacts, names, type PathList, valueAt } from './facts.ts';
import { resolve, type TypeFile, type TypeNode } from './types.ts';

export type Schema = JsonObject;

/** One walk: of one kind at one API version, collecting field rules as it goes. */
export interface Walk {
  readonly file: TypeFile;
  readonly facts: KindFacts;
  readonly api: string;
  readonly rules: FieldRule[];
  readonly prose: Prose;
}

/** What descriptions hold: nothing, the known values of open lists, or the publisher's text too. */
export type Prose = 'none' | 'values' | 'publisher';

/** A member of a CRD object and where it stands in the body object of its holder. */
export interface Member {
  readonly name: string;
  /** Body members from the holder down to this one. */
  readonly place: readonly string[];
  readonly schema: Schema;
  readonly isRequired: boolean;
  /** What is special about the member besides its place. */
  readonly special?: Omit<FieldRule, 'at' | 'to' | 'in'>;
}

export function has(walk: Walk, list: PathList | undefined, at: string): boolean {
  return names(list, at, walk.api);
}

export function value(walk: Walk, table: Readonly<Record<string, Json>> | undefined, at: string): Json | undefined {
  return valueAt(table, at, walk.api);
}

export function under(path: string, member: string): string {
  return path === '' ? member : `${path}.${member}`;
}

export function below(crdPath: string, member: string): string {
  return crdPath === '' ? member : `${crdPath}/${member}`;
}

export function node(walk: Walk, ref: { readonly $ref: string }): TypeNode {
  return resolve(walk.file, ref);
}

/** An object without properties of its own, whose values are all of one type. */
export function isMap(type: TypeNode): type is Extract<TypeNode, { $type: 'ObjectType' }> {
  return (
    type.$type === 'ObjectType' && type.additionalProperties !== undefined && Object.keys(type.properties).length === 0
  );
}

/** The member name of a variant. */
export function variantName(walk: Walk, path: string, discriminator: string, isSpec: boolean): string {
  const given = isSpec ? value(walk, walk.facts.variantNames, `${path}<${discriminator}>`) : undefined;
  return typeof given === 'string' ? given : variantNameOf(discriminator);
}

/** Writes down where the members of one CRD object stand: one `under` rule for a flattened `properties`, and a rule for each exception. */
export function noteMembers(walk: Walk, crdPath: string, members: readonly Member[]): void {
  const flattened = members.some((member) => member.place.length > 1 && member.place[0] === 'properties');
  if (flattened) {
    const kept = members.filter((member) => member.place[0] !== 'properties' || member.place.length === 1);
    walk.rules.push({ at: crdPath, under: 'properties', ...keepOf(members, kept) });
  }
  for (const member of members) {
    const isUnder = flattened && member.place[0] === 'properties' && member.place.length > 1;
    const natural = isUnder ? `properties/${member.name}` : member.name;
    const place = member.place.join('/');
    if (place === natural && member.special === undefined) continue;
    walk.rules.push({
      at: below(crdPath, member.name),
      ...(place === natural ? {} : { to: place }),
      ...member.special,
    });
  }
}

/** Which of the members stand beside `properties`; nothing when they are those of TOP_MEMBERS. */
export function keepOf(members: readonly Member[], kept: readonly Member[]): { readonly keep?: readonly string[] } {
  if (members.every((member) => kept.includes(member) === TOP_MEMBERS.has(member.name))) return {};
  return { keep: kept.map((member) => member.name).sort() };
}

/** The schema of an object of these members; `required` sorted, and absent when empty. */
export function objectSchema(members: readonly Member[], extra: Schema = {}): Schema {
  const required = members
    .filter((member) => member.isRequired)
    .map((member) => member.name)
    .sort();
  return {
    type: 'object',
    ...(members.length === 0
      ? {}
      : { properties: Object.fromEntries(members.map((member) => [member.name, member.schema])) }),
    ...(required.length === 0 ? {} : { required }),
    ...extra,
  };
}

export const PRESERVE: Schema = { 'x-kubernetes-preserve-unknown-fields': true };
