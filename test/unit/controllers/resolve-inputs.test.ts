// What a spec names becomes ids and values, in its own namespace alone; what is missing is told by field, object and key.

import { describe, expect, it } from 'vitest';
import { createInputValues } from '../../../src/controllers/inputs.ts';
import { resolveInputs, resolveName } from '../../../src/controllers/resolve-inputs.ts';
import { Store } from '../../../src/controllers/store.ts';
import { compileFields } from '../../../src/kinds/fields.ts';
import type { KubeSend } from '../../../src/kube/types.ts';
import { toBody } from '../../../src/reconcile/to-body.ts';
import type { JsonObject } from '../../../src/values/json.ts';
import { mapSecrets } from '../../../src/values/secret.ts';
import { shippedKinds } from '../../support/kinds.ts';

const fields = compileFields(
  [
    { at: 'subnets/[]/reference', to: 'id', ref: true },
    { at: 'role', to: 'roleId', ref: 'wellKnown' },
    { at: 'rules/{}/target', to: 'targetId', ref: true },
    { at: 'identity/users', identities: true },
    { at: 'password', secret: true },
    { at: 'keys/[]/value', secret: true },
    { at: 'settings', secret: 'map' },
    { at: 'clientIdFromConfig', to: 'clientId', from: 'configMap' },
    { at: 'uriFromSecret', to: 'uri', from: 'secret' },
  ],
  '2024',
);

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const OBJECTS: Readonly<Record<string, JsonObject>> = {
  '/api/v1/namespaces/team/secrets/s': { data: { k: base64('one'), uri: base64('https://x') } },
  '/api/v1/namespaces/team/configmaps/c': { data: { k: 'plain', empty: '' } },
  '/api/v1/namespaces/other/secrets/theirs': { data: { k: base64('hidden') } },
  '/api/v1/namespaces/team': { data: { k: base64('a namespace') } },
};
const asked: string[] = [];
// As a server does that takes dots in paths for steps.
const send: KubeSend = async ({ path }) => {
  asked.push(path);
  const body = OBJECTS[decodeURIComponent(new URL(path, 'https://server').pathname.replace(/\/$/, ''))];
  return body === undefined ? { status: 404, body: undefined } : { status: 200, body };
};

const store = new Store();
const group = shippedKinds().get('resources.azure.com/ResourceGroup')?.kind;
const hold = (namespace: string, name: string, id?: string): void => {
  if (group === undefined) throw new Error('resource groups are shipped');
  const annotations = id === undefined ? {} : { 'serviceoperator.azure.com/resource-id': id };
  const object = { apiVersion: '', kind: '', metadata: { namespace, name, annotations, resourceVersion: '1' } };
  store.put(group, { object, applied: '', seenAt: 0, dependsOn: [] });
};
if (group !== undefined) store.addKind(group);
hold('team', 'rg', '/ids/rg');
hold('team', 'young');
hold('other', 'theirs', '/ids/theirs');

const reference = (name: string): JsonObject => ({ group: 'resources.azure.com', kind: 'ResourceGroup', name });
const resolved = async (spec: JsonObject): Promise<unknown> => {
  const inputs = createInputValues(send, () => 0);
  const found = await resolveInputs(
    { store, inputs },
    { spec, fields, namespace: 'team', isLeaving: false },
    new AbortController().signal,
  );
  if (!found.ok) return `${found.failure.code} ${found.failure.retry}: ${found.failure.message}`;
  const { name: _name, ...body } = toBody(spec, fields, found.value, 'n');
  return mapSecrets(body, (secret) => secret.reveal());
};

describe('what is named is put into the body', () => {
  const rows: readonly (readonly [because: string, spec: JsonObject, body: JsonObject])[] = [
    [
      'a reference in a list',
      { subnets: [{ reference: reference('rg') }, { reference: { armId: '/a' } }] },
      { subnets: [{ id: '/ids/rg' }, { id: '/a' }] },
    ],
    ['a reference in a map', { rules: { a: { target: reference('rg') } } }, { rules: { a: { targetId: '/ids/rg' } } }],
    ['a well-known name in place of an id', { role: { wellKnownName: 'Reader' } }, { roleId: 'Reader' }],
    ['a reference where a well-known name could stand', { role: reference('rg') }, { roleId: '/ids/rg' }],
    [
      'identities, which become keys',
      { identity: { users: [{ reference: reference('rg') }] } },
      { identity: { users: { '/ids/rg': {} } } },
    ],
    ['a key of a Secret', { password: { name: 's', key: 'k' } }, { password: 'one' }],
    [
      'keys of a Secret in a list',
      { keys: [{ value: { name: 's', key: 'k' } }, { value: { name: 's', key: 'uri' } }] },
      { keys: [{ value: 'one' }, { value: 'https://x' }] },
    ],
    ['a whole Secret', { settings: { name: 's' } }, { settings: { k: 'one', uri: 'https://x' } }],
    ['the twin of a field, out of a ConfigMap', { clientIdFromConfig: { name: 'c', key: 'k' } }, { clientId: 'plain' }],
    ['the twin of a field, out of a Secret', { uriFromSecret: { name: 's', key: 'uri' } }, { uri: 'https://x' }],
    [
      'the plain field wins over its twin, which is not looked for',
      { clientId: 'x', clientIdFromConfig: { name: 'nowhere', key: 'k' } },
      { clientId: 'x' },
    ],
  ];
  it.each(rows)('%s', async (_because, spec, body) => {
    expect(await resolved(spec)).toEqual(body);
  });
});

describe('what is missing is told by the field that names it', () => {
  const rows: readonly (readonly [because: string, spec: JsonObject, says: string])[] = [
    [
      'a Secret',
      { password: { name: 'gone', key: 'k' } },
      "SecretNotFound soon: spec.password: Secret 'team/gone' does not exist",
    ],
    [
      'a key of a Secret',
      { keys: [{ value: { name: 's', key: 'k' } }, { value: { name: 's', key: 'no' } }] },
      "SecretNotFound soon: spec.keys[1].value: Secret 'team/s' has no key 'no'",
    ],
    [
      'a key that every object of JavaScript seems to have',
      { password: { name: 's', key: 'constructor' } },
      "SecretNotFound soon: spec.password: Secret 'team/s' has no key 'constructor'",
    ],
    [
      'a whole Secret',
      { settings: { name: 'gone' } },
      "SecretNotFound soon: spec.settings: Secret 'team/gone' does not exist",
    ],
    [
      'the Secret of a twin',
      { uriFromSecret: { name: 's', key: 'no' } },
      "SecretNotFound soon: spec.uriFromSecret: Secret 'team/s' has no key 'no'",
    ],
    [
      'a ConfigMap',
      { clientIdFromConfig: { name: 'gone', key: 'k' } },
      "ConfigMapNotFound soon: spec.clientIdFromConfig: ConfigMap 'team/gone' does not exist",
    ],
    [
      'a key of a ConfigMap',
      { clientIdFromConfig: { name: 'c', key: 'no' } },
      "ConfigMapNotFound soon: spec.clientIdFromConfig: ConfigMap 'team/c' has no key 'no'",
    ],
    [
      'an object in a list',
      { subnets: [{ reference: { armId: '/a' } }, { reference: reference('gone') }] },
      "ReferenceNotFound soon: spec.subnets[1].reference: ResourceGroup 'team/gone': there is no such object",
    ],
    [
      'an identity that names none, which must not be dropped without a word',
      { identity: { users: [{ reference: { armId: '/a' } }, {}] } },
      'ReferenceNotFound soon: spec.identity.users[1]: the reference is incomplete ({}); give armId, or all of group, kind and name',
    ],
    [
      'an empty reference, though another member is empty too',
      { tags: {}, identity: { users: [{ reference: {} }] } },
      'ReferenceNotFound soon: spec.identity.users[0].reference: the reference is incomplete ({}); give armId, or all of group, kind and name',
    ],
    [
      'the id of an object in a map',
      { rules: { a: { target: reference('young') } } },
      "ReferenceNotFound soon: spec.rules.a.target: ResourceGroup 'team/young' has no assigned ARM ID yet",
    ],
    [
      'an id that stands in name',
      { role: reference('/subscriptions/x') },
      "ReferenceNotFound soon: spec.role: ResourceGroup 'team//subscriptions/x': there is no such object. To give an ARM id, use armId",
    ],
    [
      'a kind that is not installed',
      { role: { group: 'g', kind: 'K', name: 'n' } },
      "ReferenceNotFound soon: spec.role: no CRD of kind K.g is installed, so 'n' cannot be found",
    ],
    [
      'half of a reference',
      { role: { kind: 'K', name: 'n' } },
      'ReferenceNotFound soon: spec.role: the reference is incomplete ({"kind":"K","name":"n"}); give armId, or all of group, kind and name',
    ],
    [
      'an id and a name at once',
      { role: { armId: '/a', ...reference('rg') } },
      "ReferenceNotFound soon: spec.role: the reference has both armId '/a' and a Kubernetes object; give one of them",
    ],
    [
      'an id that is none',
      { role: { armId: 'a' } },
      "ReferenceNotFound soon: spec.role: armId 'a' is not an ARM id; it must begin with '/'",
    ],
    [
      'exports of the same name and key are not meant',
      { operatorSpec: { secrets: { a: { name: 'gone', key: 'k' } } }, password: { name: 'gone', key: 'k' } },
      "SecretNotFound soon: spec.password: Secret 'team/gone' does not exist",
    ],
  ];
  it.each(rows)('%s', async (_because, spec, says) => {
    expect(await resolved(spec)).toBe(says);
  });
});

describe('nothing of another namespace is read', () => {
  const rows: readonly (readonly [because: string, spec: JsonObject])[] = [
    ['a Secret by a path', { password: { name: '../../other/secrets/theirs', key: 'k' } }],
    [
      'a Secret by a path that is written another way',
      { password: { name: '..%2f..%2fother%2fsecrets%2ftheirs', key: 'k' } },
    ],
    ['a Secret by a name with its namespace', { password: { name: 'other/theirs', key: 'k' } }],
    ['a Secret with a namespace beside it', { password: { name: 'theirs', key: 'k', namespace: 'other' } }],
    ['the namespace itself', { settings: { name: '..' } }],
    ['a ConfigMap by a path', { clientIdFromConfig: { name: '../secrets/s', key: 'k' } }],
    ['an object by a path', { role: reference('../other/theirs') }],
    ['an object by its namespace', { role: { ...reference('theirs'), namespace: 'other' } }],
  ];
  it.each(rows)('%s', async (_because, spec) => {
    asked.length = 0;
    expect(await resolved(spec)).toMatch(/^(Secret|ConfigMap|Reference)NotFound/);
    expect(
      asked.filter((path) => !/^\/api\/v1\/namespaces\/team\/(secrets|configmaps)\/[a-z0-9.-]+$/.test(path)),
    ).toEqual([]);
  });
});

describe('a name in Azure out of a ConfigMap', () => {
  const rows: readonly (readonly [because: string, from: JsonObject, is: unknown])[] = [
    ['a value', { name: 'c', key: 'k' }, { ok: true, value: 'plain' }],
    [
      'no ConfigMap is waited for',
      { name: 'gone', key: 'k' },
      { ok: false, failure: { code: 'ConfigMapNotFound', retry: 'soon' } },
    ],
    [
      'no key stops the object',
      { name: 'c', key: 'no' },
      { ok: false, failure: { code: 'Failed', severity: 'Error' } },
    ],
    [
      'an empty value stops the object',
      { name: 'c', key: 'empty' },
      { ok: false, failure: { code: 'Failed', severity: 'Error' } },
    ],
  ];
  it.each(rows)('%s', async (_because, azureNameFromConfig, is) => {
    const sources = { inputs: createInputValues(send, () => 0) };
    expect(await resolveName(sources, { azureNameFromConfig }, 'team', new AbortController().signal)).toMatchObject(
      is as object,
    );
  });
});
