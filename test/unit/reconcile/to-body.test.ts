import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FieldRule } from '../../../src/kinds/arm-map.ts';
import { compileFields } from '../../../src/kinds/fields.ts';
import { type Inputs, toBody } from '../../../src/reconcile/to-body.ts';
import { toStatus } from '../../../src/reconcile/to-status.ts';
import type { JsonObject } from '../../../src/values/json.ts';
import { mapSecrets, Secret } from '../../../src/values/secret.ts';

const inputs: Inputs = {
  reference: (reference) => (typeof reference.armId === 'string' ? reference.armId : `/ids/${reference.name}`),
  wellKnown: (name) => `well-known ${name}`,
  secret: (name, key) => new Secret(`${name}.${key}`),
  secretMap: (name) => ({ a: new Secret(`${name}.a`), b: new Secret(`${name}.b`) }),
  configMap: (name, key) => `${name}.${key}`,
};

function bodyOf(spec: JsonObject, rules: readonly FieldRule[]): unknown {
  const { name, ...body } = mapSecrets(
    toBody(spec, compileFields(rules, '2024'), inputs, 'x'),
    (secret) => `opened ${secret.reveal()}`,
  ) as JsonObject;
  expect(name).toBe('x');
  return body;
}

const ref = { group: 'g', kind: 'k', name: 'target' };

interface Row {
  readonly because: string;
  readonly spec: JsonObject;
  readonly rules: readonly FieldRule[];
  readonly body: JsonObject;
}

const ROWS: readonly Row[] = [
  {
    because: 'without a rule a member stays where it is',
    spec: { a: 1, b: { c: ['d'] } },
    rules: [],
    body: { a: 1, b: { c: ['d'] } },
  },
  {
    because: "the operator's own members never enter",
    spec: { azureName: 'n', azureNameFromConfig: {}, owner: {}, operatorSpec: {}, originalVersion: 'v', a: 1 },
    rules: [],
    body: { a: 1 },
  },
  {
    because: 'only at the top are they its own',
    spec: { a: { owner: 'me' } },
    rules: [],
    body: { a: { owner: 'me' } },
  },
  {
    because: 'a flattened object gets its level back',
    spec: { sku: 's', a: 1 },
    rules: [{ at: '', under: 'properties', keep: ['sku'] }],
    body: { sku: 's', properties: { a: 1 } },
  },
  {
    because: 'nothing set below, no level',
    spec: { sku: 's' },
    rules: [{ at: '', under: 'properties', keep: ['sku'] }],
    body: { sku: 's' },
  },
  {
    because: 'items of a list are flattened each',
    spec: { l: [{ name: 'n', a: 1 }, { name: 'm' }] },
    rules: [{ at: 'l/[]', under: 'properties', keep: ['name'] }],
    body: { l: [{ name: 'n', properties: { a: 1 } }, { name: 'm' }] },
  },
  {
    because: 'values of a map are flattened each',
    spec: { m: { k: { a: 1 } } },
    rules: [{ at: 'm/{}', under: 'properties' }],
    body: { m: { k: { properties: { a: 1 } } } },
  },
  {
    because: 'a member may be called otherwise',
    spec: { ruleconditions: [1] },
    rules: [{ at: 'ruleconditions', to: 'conditions' }],
    body: { conditions: [1] },
  },
  {
    because: 'a reference becomes an id in the place of the ARM member',
    spec: { subnet: { reference: ref }, diskReference: { armId: '/d' } },
    rules: [
      { at: 'subnet/reference', to: 'id', ref: true },
      { at: 'diskReference', to: 'diskId', ref: true },
    ],
    body: { subnet: { id: '/ids/target' }, diskId: '/d' },
  },
  {
    because: 'lists and maps of references likewise',
    spec: { refs: [ref, { armId: '/a' }], byName: { k: ref } },
    rules: [
      { at: 'refs', to: 'ids', ref: true },
      { at: 'byName', ref: true },
    ],
    body: { ids: ['/ids/target', '/a'], byName: { k: '/ids/target' } },
  },
  {
    because: 'a well-known name stands for itself',
    spec: { r: { wellKnownName: 'Owner' } },
    rules: [{ at: 'r', to: 'id', ref: 'wellKnown' }],
    body: { id: 'well-known Owner' },
  },
  {
    because: 'without the rule it is no well-known name',
    spec: { r: { armId: '/a', wellKnownName: 'Owner' } },
    rules: [{ at: 'r', ref: true }],
    body: { r: '/a' },
  },
  {
    because: 'a secret is looked up and stays wrapped',
    spec: { password: { name: 's', key: 'k' } },
    rules: [{ at: 'password', secret: true }],
    body: { password: 'opened s.k' },
  },
  {
    because: 'a secret in a list too',
    spec: { p: [{ name: 's', key: 'k' }] },
    rules: [{ at: 'p/[]', secret: true }],
    body: { p: ['opened s.k'] },
  },
  {
    because: 'a whole Secret becomes an object',
    spec: { settings: { name: 's' } },
    rules: [{ at: 'settings', secret: 'map' }],
    body: { settings: { a: 'opened s.a', b: 'opened s.b' } },
  },
  {
    because: 'a ConfigMap twin fills the plain place',
    spec: { idFromConfig: { name: 'c', key: 'k' } },
    rules: [{ at: 'idFromConfig', to: 'id', from: 'configMap' }],
    body: { id: 'c.k' },
  },
  {
    because: 'the plain field goes before its twin, whatever comes first',
    spec: { idFromConfig: { name: 'c', key: 'k' }, id: 'plain' },
    rules: [{ at: 'idFromConfig', to: 'id', from: 'configMap' }],
    body: { id: 'plain' },
  },
  {
    because: 'a Secret twin likewise',
    spec: { uriFromSecret: { name: 's', key: 'k' } },
    rules: [{ at: 'uriFromSecret', to: 'uri', from: 'secret' }],
    body: { uri: 'opened s.k' },
  },
  {
    because: 'a reference twin fills the string',
    spec: { vaultReference: ref },
    rules: [{ at: 'vaultReference', to: 'vaultId', ref: true, orRef: true }],
    body: { vaultId: '/ids/target' },
  },
  {
    because: 'the string goes before the reference',
    spec: { vaultReference: ref, vaultId: '/v' },
    rules: [{ at: 'vaultReference', to: 'vaultId', ref: true, orRef: true }],
    body: { vaultId: '/v' },
  },
  {
    because: 'identities become the keys of a map',
    spec: { identity: { ids: [{ reference: ref }, { reference: { armId: '/a' } }] } },
    rules: [{ at: 'identity/ids', identities: true }],
    body: { identity: { ids: { '/ids/target': {}, '/a': {} } } },
  },
  {
    because: 'a variant takes the place of its wrapper',
    spec: { rule: { first: { kind: 'First', a: 1 } } },
    rules: [{ at: 'rule', oneOf: { by: 'kind', is: { first: 'First', second: 'Second' } } }],
    body: { rule: { kind: 'First', a: 1 } },
  },
  {
    because: 'of two variants the first of the type is sent, as in the original',
    spec: { rule: { second: { kind: 'Second' }, first: { kind: 'First' } } },
    rules: [{ at: 'rule', oneOf: { by: 'kind', is: { first: 'First', second: 'Second' } } }],
    body: { rule: { kind: 'First' } },
  },
  {
    because: 'a variant at the top is flattened by its own rule',
    spec: { readWrite: { kind: 'ReadWrite', location: 'w', period: 'P1D' } },
    rules: [
      { at: '', oneOf: { by: 'kind', is: { readWrite: 'ReadWrite' } } },
      { at: 'readWrite', under: 'properties', keep: ['kind', 'location'] },
    ],
    body: { kind: 'ReadWrite', location: 'w', properties: { period: 'P1D' } },
  },
  {
    because: 'open members stand beside the known ones, which win',
    spec: { features: { known: 1, additionalProperties: { open: 2, known: 3 } } },
    rules: [{ at: 'features/additionalProperties', inline: true }],
    body: { features: { known: 1, open: 2 } },
  },
  {
    because: 'known members win over open ones that come first',
    spec: { features: { additionalProperties: { known: 3 }, known: 1 } },
    rules: [{ at: 'features/additionalProperties', inline: true }],
    body: { features: { known: 1 } },
  },
  {
    because: 'an unset list that the original sends empty is sent empty',
    spec: { pools: [{ name: 'p' }, { name: 'q', taints: ['t'] }] },
    rules: [{ at: 'pools/[]/taints', empty: [] }],
    body: {
      pools: [
        { name: 'p', taints: [] },
        { name: 'q', taints: ['t'] },
      ],
    },
  },
  {
    because: 'an empty collection is sent: it clears something',
    spec: { tags: {}, zones: [] },
    rules: [],
    body: { tags: {}, zones: [] },
  },
  {
    because: 'null in a free-form value means something',
    spec: { settings: { a: { b: null } } },
    rules: [],
    body: { settings: { a: { b: null } } },
  },
  {
    because: 'null where a reference could be is nothing',
    spec: { r: null, s: null },
    rules: [
      { at: 'r', ref: true },
      { at: 's', secret: true },
    ],
    body: {},
  },
  {
    because: 'the original kept members of other versions in a bag',
    spec: { a: { $propertyBag: { DiskReference: JSON.stringify({ armId: '/d' }) } } },
    rules: [{ at: 'a/diskReference', to: 'diskId', ref: true }],
    body: { a: { diskId: '/d' } },
  },
  {
    because: 'a rule for another API version does not hold',
    spec: { a: 1 },
    rules: [{ at: 'a', to: 'b', in: ['2023'] }],
    body: { a: 1 },
  },
];

describe('a body', () => {
  it.each(ROWS)('$because', ({ spec, rules, body }) => {
    expect(bodyOf(spec, rules)).toEqual(body);
  });

  it('a member called __proto__ is a member', () => {
    const body = toBody(JSON.parse('{"tags":{"__proto__":"x"}}'), compileFields([], '2024'), inputs, 'x');
    expect(JSON.stringify(body)).toBe('{"name":"x","tags":{"__proto__":"x"}}');
  });

  it('a printed body shows no secret', () => {
    const body = toBody(
      { p: { name: 's', key: 'k' } },
      compileFields([{ at: 'p', secret: true }], '2024'),
      inputs,
      'x',
    );
    expect(JSON.stringify(body)).toBe('{"name":"x","p":"REDACTED"}');
  });
});

describe('there and back', () => {
  const rules: readonly FieldRule[] = [
    { at: '', under: 'properties', keep: ['tags', 'sku'] },
    { at: 'called', to: 'properties/reallyCalled' },
    { at: 'items/[]', under: 'properties', keep: ['name'] },
    { at: 'variant', oneOf: { by: 'kind', is: { first: 'First', second: 'Second' } } },
    { at: 'open/more', inline: true },
  ];
  const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
  const text = fc.string({ minLength: 1 });
  const spec = fc.record({
    tags: optional(fc.dictionary(text, text)),
    sku: optional(text),
    count: optional(fc.integer()),
    called: optional(text),
    items: optional(fc.array(fc.record({ name: text, size: fc.integer() }))),
    variant: optional(
      fc.oneof(
        fc.record({ first: fc.record({ kind: fc.constant('First'), a: text }) }),
        fc.record({ second: fc.record({ kind: fc.constant('Second'), b: fc.integer() }) }),
      ),
    ),
    open: optional(
      fc.record({ known: text, more: fc.dictionary(fc.stringMatching(/^x[a-z]{1,5}$/), text, { minKeys: 1 }) }),
    ),
  });
  const leaf = 'leaf' as const;
  const object = (members: Readonly<Record<string, unknown>>) => ({ members: new Map(Object.entries(members)) });
  // Built of shapes only.
  const shape = object({
    tags: { value: leaf },
    sku: leaf,
    count: leaf,
    called: leaf,
    items: { item: object({ name: leaf, size: leaf }) },
    variant: object({ first: object({ kind: leaf, a: leaf }), second: object({ kind: leaf, b: leaf }) }),
    open: object({ known: leaf, more: { value: leaf } }),
  }) as Parameters<typeof toStatus>[1];

  it('an answer that repeats the body shows what was sent', () => {
    const fields = compileFields(rules, '2024');
    fc.assert(
      fc.property(spec, (sent) => {
        const answer = mapSecrets(toBody(sent as JsonObject, fields, inputs, 'x'), (secret) =>
          secret.reveal(),
        ) as JsonObject;
        expect(JSON.parse(JSON.stringify(toStatus(answer, shape, fields)))).toEqual(JSON.parse(JSON.stringify(sent)));
      }),
    );
  });
});
