// The law of there and back. Of every kind and version: when Azure answers with the very body that a spec became, status shows each value
// where the spec has it. It holds for what may be written and shown: for a reference its id is shown, for a twin (…FromConfig) the value it
// stands for, and a secret is shown nowhere. And the spec made from that answer (as asoctl import does) becomes the same body again, but
// for secrets.

import { type Fields, NO_FIELDS, placeOf } from '../../src/kinds/fields.ts';
import type { StatusShape } from '../../src/kinds/shape.ts';
import { toBody } from '../../src/reconcile/to-body.ts';
import { toSpec } from '../../src/reconcile/to-spec.ts';
import { toStatus } from '../../src/reconcile/to-status.ts';
import { equal, isObject, type Json, type JsonObject } from '../../src/values/json.ts';
import { mapSecrets, Secret } from '../../src/values/secret.ts';
import { specSchema, type VersionModel } from './kinds.ts';

const SECRET = 'a secret value';

/** Every input resolves to a value that tells what was asked for. */
const inputs = {
  reference: ({ armId, group, kind, name }: JsonObject) =>
    typeof armId === 'string' ? armId : `/${group}/${kind}/${name}`,
  wellKnown: (name: string) => `well known ${name}`,
  secret: () => new Secret(SECRET),
  secretMap: () => ({ one: new Secret(SECRET) }),
  configMap: (name: string, key: string) => `config ${name} ${key}`,
};

/** How much the law was about, so far. */
export const counts = { compared: 0, unshown: 0 };

/** A body that is told apart by its name has the name of the variant that is there. */
function nameOf({ spec: { oneOf } }: VersionModel, spec: JsonObject): string {
  const variant = oneOf?.by === 'name' ? Object.keys(oneOf.is).find((name) => spec[name] !== undefined) : undefined;
  return (variant === undefined ? undefined : oneOf?.is[variant]) ?? 'name';
}

export function bodyOf(version: VersionModel, spec: JsonObject): JsonObject {
  // Made of JSON and opened secrets.
  return mapSecrets(toBody(spec, version.spec, inputs, nameOf(version, spec)), (secret) =>
    secret.reveal(),
  ) as JsonObject;
}

/** Paths at which the law is broken, with what was written and what is shown. */
export function breaches(version: VersionModel, spec: JsonObject): readonly string[] {
  const body = bodyOf(version, spec);
  const status = toStatus(body, version.shape, version.status);
  const [wanted, held] = [leavesOfSpec(spec, version.spec), leavesOf(body)];
  // Its name is the one member that no field of the spec gives.
  const more = held === wanted + 1 ? [] : [`the body has ${held - 1} values, the spec ${wanted}`];
  const leaks = JSON.stringify(status).includes(SECRET) ? ['a secret is shown in the status'] : [];
  const again = bodyOf(version, toSpec(body, specSchema(version), version.spec));
  const back = equal(withoutSecrets(body), withoutSecrets(again))
    ? []
    : ['the spec made from the answer gives another body'];
  return [
    ...leaks,
    ...more,
    ...back,
    ...ofObject(spec, { value: status, shape: version.shape, status: version.status }, version.spec, ''),
  ];
}

/** Without secrets, and without what is empty when they are gone. */
function withoutSecrets(value: Json | undefined): Json | undefined {
  if (value === SECRET) return undefined;
  if (Array.isArray(value)) {
    const items = value.map(withoutSecrets).filter((item): item is Json => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([, held]) => withoutSecrets(held) !== undefined);
  return members.length === 0
    ? undefined
    : Object.fromEntries(members.map(([name, held]) => [name, withoutSecrets(held)]));
}

/** How many values a JSON value holds; an empty object or list is one. */
function leavesOf(value: Json | undefined): number {
  const inner = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  return inner.length === 0 ? 1 : inner.reduce<number>((sum, held) => sum + leavesOf(held), 0);
}

/** How many values of a body a spec gives: references, twins and secrets are one each, and variants are no level of their own. */
function leavesOfSpec(spec: JsonObject, fields: Fields): number {
  const given = Object.entries(spec).reduce((sum, [name, held]) => {
    const child = fields.children.get(name) ?? NO_FIELDS;
    const isVariant = Object.hasOwn(fields.oneOf?.is ?? {}, name);
    return sum + (isVariant && isObject(held) ? leavesOfSpec(held, child) : leavesOfMember(held ?? null, child));
  }, 0);
  const empties = [...fields.children].filter(
    ([name, child]) => child.member?.empty !== undefined && spec[name] === undefined,
  );
  return given + empties.length;
}

function leavesOfMember(held: Json, fields: Fields): number {
  const { member } = fields;
  if (member?.secret !== undefined || member?.from !== undefined) return 1;
  if (member?.ref !== undefined) return leavesOf(idsOf(held));
  if (member?.identities === true) return leavesOf(identitiesOf(held));
  if (Array.isArray(held))
    return Math.max(
      1,
      held.reduce<number>((sum, item) => sum + leavesOfMember(item, fields.children.get('[]') ?? NO_FIELDS), 0),
    );
  if (!isObject(held)) return 1;
  const values = fields.children.get('{}');
  const inner =
    values === undefined
      ? leavesOfSpec(held, fields)
      : Object.values(held).reduce<number>((sum, item) => sum + leavesOfMember(item ?? null, values), 0);
  return member?.inline === true ? inner : Math.max(1, inner);
}

interface Shown {
  readonly value: Json | undefined;
  readonly shape: StatusShape;
  readonly status: Fields;
}

function ofObject(spec: JsonObject, shown: Shown, fields: Fields, path: string): readonly string[] {
  const { shape } = shown;
  if (shape === 'any') return same(spec, shown.value, path);
  if (typeof shape !== 'object' || !('members' in shape)) return [`${path}: status has no object here`];
  return Object.entries(spec).flatMap(([name, held]) => {
    const child = fields.children.get(name) ?? NO_FIELDS;
    const at = `${path}/${name}`;
    const found = seat(name, fields, shown, shape.members);
    if (held === undefined || isSecret(child)) return [];
    if (found === undefined) {
      counts.unshown += 1;
      return shape.members.has(name) && !ELSEWHERE.has(at) ? [`${at}: status has it at another place`] : [];
    }
    return ofValue(held, found, child, at);
  });
}

/** Where status shows a member: the one that stands at the same place of the body. */
function seat(
  name: string,
  fields: Fields,
  shown: Shown,
  members: ReadonlyMap<string, StatusShape>,
): Shown | undefined {
  const value = fields.oneOf?.is[name];
  const variant = Object.entries(shown.status.oneOf?.is ?? {}).find(([, candidate]) => candidate === value)?.[0];
  const place = placeOf(fields, name).join('/');
  const plain = members.has(name) && placeOf(shown.status, name).join('/') === place ? name : undefined;
  const found =
    value === undefined
      ? (plain ?? [...members.keys()].find((other) => placeOf(shown.status, other).join('/') === place))
      : variant;
  const shape = found === undefined ? undefined : members.get(found);
  if (found === undefined || shape === undefined) return undefined;
  return {
    value: isObject(shown.value) ? shown.value[found] : undefined,
    shape,
    status: shown.status.children.get(found) ?? NO_FIELDS,
  };
}

function isSecret({ member }: Fields): boolean {
  return member?.secret !== undefined || member?.from === 'secret';
}

function ofValue(held: Json, shown: Shown, fields: Fields, path: string): readonly string[] {
  const rule = fields.member;
  if (isSecret(fields)) return [];
  if (rule?.from === 'configMap' && isObject(held))
    return same(inputs.configMap(String(held.name), String(held.key)), shown.value, path);
  if (rule?.ref !== undefined) return same(idsOf(held), shown.value, path);
  if (rule?.identities === true && Array.isArray(held)) return same(identitiesOf(held), shown.value ?? {}, path);
  if (shown.shape === 'any' || shown.shape === 'leaf') return same(held, shown.value, path);
  if (Array.isArray(held)) return ofList(held, shown, fields, path);
  if (!isObject(held)) return [`${path}: status has an object or a list where spec has ${JSON.stringify(held)}`];
  if (!('value' in shown.shape)) return ofObject(held, shown, fields, path);
  const { value: shape } = shown.shape;
  return Object.entries(held).flatMap(([key, item]) =>
    ofValue(
      item ?? null,
      {
        value: isObject(shown.value) && Object.hasOwn(shown.value, key) ? shown.value[key] : undefined,
        shape,
        status: shown.status.children.get('{}') ?? NO_FIELDS,
      },
      fields.children.get('{}') ?? NO_FIELDS,
      `${path}/{}`,
    ),
  );
}

function ofList(held: readonly Json[], shown: Shown, fields: Fields, path: string): readonly string[] {
  if (typeof shown.shape !== 'object' || !('item' in shown.shape)) return [`${path}: status has no list here`];
  const { item: shape } = shown.shape;
  return held.flatMap((item, index) =>
    ofValue(
      item,
      {
        value: Array.isArray(shown.value) ? shown.value[index] : undefined,
        shape,
        status: shown.status.children.get('[]') ?? NO_FIELDS,
      },
      fields.children.get('[]') ?? NO_FIELDS,
      `${path}/[]`,
    ),
  );
}

/** What a list of user-assigned identities becomes: ids with nothing said of them. */
function identitiesOf(held: Json): JsonObject {
  const items = Array.isArray(held) ? held : [];
  return Object.fromEntries(
    items.flatMap((item) => (isObject(item) && item.reference !== undefined ? [[idsOf(item.reference), {}]] : [])),
  );
}

/** What a reference, a list or a map of them becomes. */
function idsOf(held: Json): Json {
  if (Array.isArray(held)) return held.map(idsOf);
  if (!isObject(held)) return held;
  if (typeof held.wellKnownName === 'string' && held.wellKnownName !== '') return inputs.wellKnown(held.wellKnownName);
  const isOne = ['armId', 'group', 'kind', 'name'].some((name) => typeof held[name] === 'string');
  const maps = Object.entries(held).filter(([, item]) => isObject(item));
  if (isOne || maps.length === 0) return inputs.reference(held);
  return Object.fromEntries(maps.map(([key, item]) => [key, idsOf(item ?? null)]));
}

/** An empty object that Azure answers with is an empty object or nothing in status. */
function same(written: Json, shown: Json | undefined, path: string): readonly string[] {
  counts.compared += 1;
  if (equal(written, shown)) return [];
  return [`${path}: written ${JSON.stringify(written)}, shown ${JSON.stringify(shown)}`];
}

/** A role definition's status has `type` too: the ARM type, as in the original, which shows the role's own nowhere. */
const ELSEWHERE = new Set(['/type']);
