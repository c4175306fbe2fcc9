// toBody: from an object's spec to the body of its PUT. Pure; inputs are looked up in what was resolved before.
// Source: catalogue section 5 (algorithm B). The spec is walked, not the type: what the user set is sent, and nothing else, but for
// the empty collections that the arm-map names.

import { type Fields, NO_FIELDS, placeOf } from '../kinds/fields.ts';
import { withBag } from '../kinds/property-bag.ts';
import { isObject, type Json, type JsonObject } from '../values/json.ts';
import { type Growing, isSetAt, objectAt, setAt, setMember } from '../values/place.ts';
import type { SealedObject, Secret } from '../values/secret.ts';

/** References, Secrets and ConfigMaps by name, already resolved. */
export interface Inputs {
  readonly reference: (reference: JsonObject) => string;
  readonly wellKnown: (name: string) => string;
  /** undefined: it is not there, and the object is being deleted; the member is left out. */
  readonly secret: (name: string, key: string) => Secret | undefined;
  readonly secretMap: (name: string) => Readonly<Record<string, Secret>>;
  readonly configMap: (name: string, key: string) => string;
}

/** Members of spec that are the operator's own. */
const OWN = new Set(['azureName', 'azureNameFromConfig', 'owner', 'operatorSpec', 'originalVersion']);

/** The whole body; `name` is the last segment of the resource's id. */
export function toBody(spec: JsonObject, fields: Fields, inputs: Inputs, name: string): SealedObject {
  const body: Growing = { name };
  const own = Object.fromEntries(Object.entries(withBag(spec)).filter(([member]) => !OWN.has(member)));
  fill(body, own, fields, inputs);
  // Built from JSON values and Secrets alone.
  return body as SealedObject;
}

function fill(body: Growing, stored: JsonObject, fields: Fields, inputs: Inputs): void {
  const value = withBag(stored);
  const later: (() => void)[] = [];
  for (const [name, held] of Object.entries(value)) {
    if (held === undefined) continue;
    const child = fields.children.get(name) ?? NO_FIELDS;
    // The API server takes null out of every typed place; what is left stands in a free-form value, where it means something.
    if (held === null && child.member !== undefined) continue;
    if (fields.oneOf !== undefined && Object.hasOwn(fields.oneOf.is, name)) continue;
    if (child.member?.inline === true) {
      inlineInto(body, held);
      continue;
    }
    const place = placeOf(fields, name);
    const write = (): void => {
      const converted = convert(held, child, inputs);
      if (converted !== undefined) setAt(body, place, converted);
    };
    // A twin gives the value only when the plain field is not set.
    if (child.member?.from !== undefined || child.member?.orRef === true)
      later.push(() => (isSetAt(body, place) ? undefined : write()));
    else write();
  }
  for (const write of later) write();
  fillVariant(body, value, fields, inputs);
  fillEmpties(body, value, fields);
}

/** The first variant present is inlined and its wrapper goes. */
function fillVariant(body: Growing, value: JsonObject, fields: Fields, inputs: Inputs): void {
  if (fields.oneOf === undefined) return;
  const name = Object.keys(fields.oneOf.is).find((candidate) => isObject(value[candidate]));
  const variant = name === undefined ? undefined : value[name];
  if (name === undefined || !isObject(variant)) return;
  const target = fields.oneOf.to === undefined ? body : objectAt(body, fields.oneOf.to.split('/'));
  fill(target, variant, fields.children.get(name) ?? NO_FIELDS, inputs);
}

function fillEmpties(body: Growing, value: JsonObject, fields: Fields): void {
  for (const [name, child] of fields.children) {
    const empty = child.member?.empty;
    if (empty !== undefined && (value[name] === undefined || value[name] === null))
      setAt(body, placeOf(fields, name), empty);
  }
}

/** Open members of an object stand beside its known ones, which win. */
function inlineInto(body: Growing, held: Json): void {
  if (!isObject(held)) return;
  for (const [name, value] of Object.entries(held)) if (!Object.hasOwn(body, name)) setMember(body, name, value);
}

function convert(value: Json, fields: Fields, inputs: Inputs): unknown {
  const rule = fields.member;
  if (rule?.ref !== undefined) return references(value, rule.ref === 'wellKnown', inputs);
  if (rule?.secret === 'map') return isObject(value) ? inputs.secretMap(text(value.name)) : undefined;
  if (rule?.secret === true || rule?.from === 'secret')
    return isObject(value) ? inputs.secret(text(value.name), text(value.key)) : undefined;
  if (rule?.from === 'configMap')
    return isObject(value) ? inputs.configMap(text(value.name), text(value.key)) : undefined;
  if (rule?.identities === true) return identities(value, inputs);
  if (Array.isArray(value)) {
    const item = fields.children.get('[]') ?? NO_FIELDS;
    return value.map((element) => convert(element, item, inputs));
  }
  if (!isObject(value)) return value;
  const made: Growing = {};
  const values = fields.children.get('{}');
  if (values === undefined) fill(made, value, fields, inputs);
  else
    for (const [key, held] of Object.entries(value))
      if (held !== undefined) setMember(made, key, convert(held, values, inputs));
  return made;
}

function references(value: Json, isWellKnown: boolean, inputs: Inputs): unknown {
  if (Array.isArray(value)) return value.map((element) => references(element, isWellKnown, inputs));
  if (!isObject(value)) return undefined;
  if (isWellKnown && text(value.wellKnownName) !== '') return inputs.wellKnown(text(value.wellKnownName));
  if (isReference(value)) return inputs.reference(value);
  // A map of references, or an empty one, which the operator reports when it resolves inputs.
  const entries = Object.entries(value).filter(([, held]) => isObject(held));
  return entries.length === 0
    ? inputs.reference(value)
    : Object.fromEntries(entries.map(([key, held]) => [key, references(held as Json, isWellKnown, inputs)]));
}

function isReference(value: JsonObject): boolean {
  return ['armId', 'group', 'kind', 'name'].some((member) => typeof value[member] === 'string');
}

/** [{reference}, …] → {"<id>": {}, …}: how ARM takes user-assigned identities. An item that names none is itself what cannot be resolved. */
function identities(value: Json, inputs: Inputs): unknown {
  if (!Array.isArray(value)) return undefined;
  const items = value.map((item) => (isObject(item) ? item : {}));
  const ids = items.map((item) => inputs.reference(isObject(item.reference) ? item.reference : item));
  return Object.fromEntries(ids.map((id) => [id, {}]));
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
