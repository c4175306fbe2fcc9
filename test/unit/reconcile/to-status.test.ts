import { describe, expect, it } from 'vitest';
import type { FieldRule } from '../../../src/kinds/arm-map.ts';
import { compileFields } from '../../../src/kinds/fields.ts';
import { statusShape } from '../../../src/kinds/shape.ts';
import { type Inputs, toBody } from '../../../src/reconcile/to-body.ts';
import { toStatus } from '../../../src/reconcile/to-status.ts';
import { isObject, type Json, type JsonObject } from '../../../src/values/json.ts';
import { mapSecrets, Secret } from '../../../src/values/secret.ts';
import { shippedKinds, versionOf } from '../../support/kinds.ts';

const text = { type: 'string' };
const object = (properties: JsonObject): JsonObject => ({ type: 'object', properties });
const list = (items: Json): JsonObject => ({ type: 'array', items });

interface Row {
  readonly because: string;
  readonly answer: JsonObject;
  readonly members: JsonObject;
  readonly rules?: readonly FieldRule[];
  readonly status: JsonObject;
}

const FLAT: FieldRule = { at: '', under: 'properties', keep: ['id', 'name'] };
const VARIANTS: FieldRule = { at: 'rule', oneOf: { by: 'kind', is: { first: 'First', second: 'Second' } } };
const RULE = { rule: object({ first: object({ kind: text, a: text }), second: object({ kind: text, b: text }) }) };

const ROWS: readonly Row[] = [
  {
    because: 'members that the schema lacks are dropped: secrets, what is newer, children',
    answer: { a: 'x', password: 'p', later: 1 },
    members: { a: text },
    status: { a: 'x' },
  },
  { because: 'absent and null are left out', answer: { a: null }, members: { a: text, b: text }, status: {} },
  {
    because: 'an empty text, false and 0 are values',
    answer: { a: '', b: false, c: 0 },
    members: { a: text, b: { type: 'boolean' }, c: { type: 'integer' } },
    status: { a: '', b: false, c: 0 },
  },
  {
    because: 'the exact name goes before another case',
    answer: { ABC: 'wrong', abc: 'right' },
    members: { abc: text },
    status: { abc: 'right' },
  },
  {
    because: 'providers change case between answers',
    answer: { ProvisioningState: 'Succeeded' },
    members: { provisioningState: text },
    status: { provisioningState: 'Succeeded' },
  },
  {
    because: 'flattened members are read below their level',
    answer: { id: '/x', properties: { a: 'y', id: 'no' } },
    members: { id: text, a: text },
    rules: [FLAT],
    status: { id: '/x', a: 'y' },
  },
  {
    because: 'the level is found in any case too',
    answer: { Properties: { A: 'y' } },
    members: { a: text },
    rules: [FLAT],
    status: { a: 'y' },
  },
  {
    because: 'an object of which the schema shows the id keeps only that',
    answer: { subnet: { id: '/s', name: 'n', properties: {} } },
    members: { subnet: object({ id: text }) },
    status: { subnet: { id: '/s' } },
  },
  {
    because: 'a member may stand elsewhere',
    answer: { Name: 'outer', properties: { name: 'inner' } },
    members: { name: text, properties_name: text },
    rules: [FLAT, { at: 'properties_name', to: 'properties/name' }],
    status: { name: 'outer', properties_name: 'inner' },
  },
  {
    because: 'a variant is shown under the name of its value, without regard to case',
    answer: { rule: { kind: 'FIRST', a: 'x', extra: 1 } },
    members: RULE,
    rules: [VARIANTS],
    status: { rule: { first: { kind: 'FIRST', a: 'x' } } },
  },
  {
    because: 'an unknown variant is left out',
    answer: { rule: { kind: 'Third', a: 'x' } },
    members: RULE,
    rules: [VARIANTS],
    status: { rule: {} },
  },
  {
    because: 'a variant without its discriminator is unknown',
    answer: { rule: { a: 'x' } },
    members: RULE,
    rules: [VARIANTS],
    status: { rule: {} },
  },
  {
    because: 'open members are gathered again',
    answer: { features: { known: 'x', open: 'y', Other: 1 } },
    members: {
      features: object({
        known: text,
        more: { type: 'object', additionalProperties: { 'x-kubernetes-preserve-unknown-fields': true } },
      }),
    },
    rules: [{ at: 'features/more', inline: true }],
    status: { features: { known: 'x', more: { open: 'y', Other: 1 } } },
  },
  {
    because: 'lists keep their order and lose what does not fit',
    answer: { l: [{ a: 'x', b: 1 }, null, { a: 'y' }] },
    members: { l: list(object({ a: text })) },
    status: { l: [{ a: 'x' }, { a: 'y' }] },
  },
  { because: 'an empty list is shown', answer: { l: [] }, members: { l: list(text) }, status: { l: [] } },
  {
    because: 'maps keep their keys',
    answer: { m: { 'A/b': { a: 'x', c: 1 } } },
    members: { m: { type: 'object', additionalProperties: object({ a: text }) } },
    status: { m: { 'A/b': { a: 'x' } } },
  },
  {
    because: 'free form is copied',
    answer: { any: { deep: [{ x: null }] } },
    members: { any: { 'x-kubernetes-preserve-unknown-fields': true } },
    status: { any: { deep: [{ x: null }] } },
  },
  {
    because: 'a value of another kind than the schema has is left out',
    answer: { a: { b: 1 }, l: 'x', o: [1] },
    members: { a: text, l: list(text), o: object({}) },
    status: {},
  },
  {
    because: "conditions are the operator's own",
    answer: { conditions: [{ type: 'x' }], a: 'x' },
    members: { conditions: list(object({ type: text })), a: text },
    status: { a: 'x' },
  },
];

describe('a status', () => {
  it.each(ROWS)('$because', ({ answer, members, rules, status }) => {
    expect(toStatus(answer, statusShape(object(members)), compileFields(rules ?? [], '2024'))).toEqual(status);
  });

  it('no secret of any shipped kind is shown, even if Azure tells all of them', () => {
    const shown: string[] = [];
    for (const { kind } of shippedKinds().values()) {
      for (const name of Object.keys(kind.map.versions)) {
        const version = versionOf({ apiVersion: `${kind.group}/${name}`, kind: kind.kind });
        if (version === undefined) continue;
        const schema = isObject(version.schema.properties) ? version.schema.properties : {};
        const spec = full(isObject(schema.spec) ? schema.spec : {});
        const secret = (): Secret => new Secret('s3cr3t');
        const inputs: Inputs = {
          reference: () => '/id',
          wellKnown: () => '/id',
          secret,
          secretMap: () => ({ a: secret() }),
          configMap: () => 'value',
        };
        // A spec schema describes an object.
        const body = mapSecrets(toBody(spec as JsonObject, version.spec, inputs, 'x'), (opened) => opened.reveal());
        if (JSON.stringify(toStatus(body as JsonObject, version.shape, version.status)).includes('s3cr3t'))
          shown.push(`${kind.crd} ${name}`);
      }
    }
    expect(shown).toEqual([]);
  });

  it('a member called __proto__ is a member', () => {
    const answer = JSON.parse('{"m":{"__proto__":"x"}}');
    const shape = statusShape(object({ m: { type: 'object', additionalProperties: text } }));
    expect(JSON.stringify(toStatus(answer, shape, compileFields([], '2024')))).toBe('{"m":{"__proto__":"x"}}');
  });
});

/** A value with every member that a schema has; the first variants only matter, so all are filled alike. */
function full(schema: JsonObject): Json {
  if (isObject(schema.properties)) {
    return Object.fromEntries(
      Object.entries(schema.properties).map(([name, member]) => [name, full(isObject(member) ? member : {})]),
    );
  }
  if (isObject(schema.items)) return [full(schema.items)];
  if (isObject(schema.additionalProperties)) return { key: full(schema.additionalProperties) };
  if (Array.isArray(schema.enum)) return schema.enum[0] ?? null;
  if (schema.type === 'boolean') return true;
  return schema.type === 'integer' || schema.type === 'number' ? 1 : 'text';
}
