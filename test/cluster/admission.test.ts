// The admission policy on a real API server: what it refuses, and what it must let through.

import { readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admissionPolicy } from '../../src/admission/policy.ts';
import { createKube, type Kube } from '../../src/kube/client.ts';
import type { KubeAnswer } from '../../src/kube/types.ts';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';

const PREFIX = 'serviceoperator.azure.com';
const FINALIZER = `${PREFIX}/finalizer`;
const IDENTITIES = '/apis/managedidentity.azure.com/v1api20230131/namespaces/default/userassignedidentities';
const ROLES = '/apis/authorization.azure.com/v20220401/namespaces/default/roledefinitions';
const USERS = '/apis/dbformysql.azure.com/v1/namespaces/default/users';

let plane: ControlPlane;
let kube: Kube;
const never = new AbortController().signal;

const send = (verb: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<KubeAnswer> =>
  kube.send({ verb, path, ...(body === undefined ? {} : { body }) }, never);

interface Given {
  readonly name: string;
  readonly spec?: JsonObject;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

function identity(given: Given): JsonObject {
  const spec = { location: 'westus', owner: { name: 'rg' }, ...given.spec };
  return {
    apiVersion: 'managedidentity.azure.com/v1api20230131',
    kind: 'UserAssignedIdentity',
    metadata: metadataOf(given),
    spec,
  };
}

function user(given: Given): JsonObject {
  return {
    apiVersion: 'dbformysql.azure.com/v1',
    kind: 'User',
    metadata: metadataOf(given),
    spec: { owner: { name: 'server' }, ...given.spec },
  };
}

function metadataOf(given: Given): JsonObject {
  return { name: given.name, annotations: given.annotations, finalizers: given.finalizers } as JsonObject;
}

function said(answer: KubeAnswer): string {
  return `${answer.status} ${isObject(answer.body) ? answer.body.message : ''}`;
}

async function replaced(path: string, object: JsonObject): Promise<string> {
  const at = `${path}/${(object.metadata as JsonObject).name}`;
  const held = await send('GET', at);
  const { resourceVersion } = (held.body as JsonObject).metadata as JsonObject;
  return said(await send('PUT', at, { ...object, metadata: { ...(object.metadata as JsonObject), resourceVersion } }));
}

async function until(what: string, isReached: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await isReached())) if (performance.now() > deadline) throw new Error(`${what}: not reached within 30 s`);
}

const CLAIMED = { [`${PREFIX}/resource-id`]: '/subscriptions/s/resourceGroups/rg' };

beforeAll(async () => {
  plane = await startControlPlane();
  const config = new KubeConfig();
  config.loadFromFile(plane.kubeconfigPath);
  kube = await createKube({ config, timeoutMs: 30_000, userAgent: 'test', onRequest: () => undefined });
  for (const crd of [
    'managedidentity/userassignedidentity',
    'authorization/roledefinition',
    'dbformysql/user',
    'communication/domain',
    'communication/senderusername',
  ]) {
    expect(
      said(
        await send(
          'POST',
          '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
          JSON.parse(readFileSync(`crds/${crd}.yaml`, 'utf8')),
        ),
      ),
    ).toMatch(/^201/);
  }
  const canary = identity({ name: 'canary', annotations: { [`${PREFIX}/credential-from`]: 'a/b' } });
  const communication = '/apis/communication.azure.com/v20230401/namespaces/default';
  const others = ['domains', 'senderusernames'].map((plural) => `${communication}/${plural}`);
  for (const path of [IDENTITIES, ROLES, USERS, ...others])
    await until(`${path} is served`, async () => (await send('GET', path)).status === 200);
  // What the API server took before there was a policy.
  expect(said(await send('POST', IDENTITIES, identity({ name: 'ownerless', spec: { owner: {} } })))).toMatch(/^201/);
  const [policy, binding] = admissionPolicy([
    'managedidentity.azure.com',
    'dbformysql.azure.com',
    'authorization.azure.com',
  ]);
  expect(said(await send('POST', '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies', policy))).toMatch(
    /^201/,
  );
  expect(
    said(await send('POST', '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings', binding)),
  ).toMatch(/^201/);
  await until('the policy refuses', async () => {
    const answer = await send('POST', IDENTITIES, canary);
    if (answer.status === 201) await send('DELETE', `${IDENTITIES}/canary`);
    return answer.status === 422;
  });
});

afterAll(async () => {
  kube?.close();
  await plane?.stop();
});

describe('a claimed object', () => {
  const spec = { azureName: 'first', owner: { name: 'rg' } };
  beforeAll(async () => {
    expect(said(await send('POST', IDENTITIES, identity({ name: 'claimed', annotations: CLAIMED, spec })))).toMatch(
      /^201/,
    );
    expect(
      said(
        await send(
          'POST',
          IDENTITIES,
          identity({ name: 'default-name', annotations: CLAIMED, spec: { azureName: 'default-name' } }),
        ),
      ),
    ).toMatch(/^201/);
  });

  it.each<{ readonly because: string; readonly given: Given; readonly answer: RegExp }>([
    {
      because: 'another azureName would be another resource',
      given: { name: 'claimed', annotations: CLAIMED, spec: { ...spec, azureName: 'second' } },
      answer: /^422.*azureName cannot change from 'first' to 'second'/,
    },
    {
      because: 'without azureName it would be named after the object',
      given: { name: 'claimed', annotations: CLAIMED, spec: { owner: { name: 'rg' } } },
      answer: /^422.*azureName/,
    },
    {
      because: 'a name that was the default may be left out again',
      given: { name: 'default-name', annotations: CLAIMED, spec: {} },
      answer: /^200/,
    },
    {
      because: 'the operator fills in an empty azureName',
      given: { name: 'default-name', annotations: CLAIMED, spec: { azureName: 'default-name' } },
      answer: /^200/,
    },
    {
      because: 'another owner is another place',
      given: { name: 'claimed', annotations: CLAIMED, spec: { ...spec, owner: { name: 'other' } } },
      answer: /^422.*spec.owner/,
    },
    {
      because: 'an owner by id is another owner',
      given: {
        name: 'claimed',
        annotations: CLAIMED,
        spec: { ...spec, owner: { armId: '/subscriptions/s/resourceGroups/rg' } },
      },
      answer: /^422.*spec.owner/,
    },
    {
      because: 'everything else is free',
      given: { name: 'claimed', annotations: CLAIMED, spec: { ...spec, tags: { a: 'b' } } },
      answer: /^200/,
    },
    {
      because: 'an unknown policy word is told by the operator, as in the original',
      given: { name: 'claimed', annotations: { ...CLAIMED, [`${PREFIX}/reconcile-policy`]: 'odd' }, spec },
      answer: /^200/,
    },
    {
      because: 'a replace without annotations passes, and the operator mends the object',
      given: { name: 'claimed', spec },
      answer: /^200/,
    },
  ])('$because', async ({ given, answer }) => {
    expect(await replaced(IDENTITIES, identity(given))).toMatch(answer);
  });

  it('an owner of any kind may change its group and kind alone, as in the original', async () => {
    const role = (owner: JsonObject): JsonObject => ({
      apiVersion: 'authorization.azure.com/v20220401',
      kind: 'RoleDefinition',
      metadata: { name: 'role', annotations: CLAIMED },
      spec: { owner },
    });
    expect(said(await send('POST', ROLES, role({ group: 'a', kind: 'b', name: 'c' })))).toMatch(/^201/);
    expect(await replaced(ROLES, role({ group: 'x', kind: 'y', name: 'c' }))).toMatch(/^200/);
    expect(await replaced(ROLES, role({ group: 'x', kind: 'y', name: 'z' }))).toMatch(/^422.*spec.owner/);
  });
});

describe('an owner', () => {
  it.each<{ readonly because: string; readonly owner: JsonObject; readonly answer: RegExp }>([
    {
      because: 'one of name and armId is needed',
      owner: {},
      answer: /^422.*give exactly one of name and armId; found/,
    },
    { because: 'an empty name is none', owner: { name: '' }, answer: /^422.*spec.owner: give exactly one/ },
    {
      because: 'two owners are one too many',
      owner: { name: 'rg', armId: '/subscriptions/s/resourceGroups/rg' },
      answer: /^422.*found name 'rg' and armId '\/subscriptions\/s\/resourceGroups\/rg'/,
    },
    {
      because: 'what is not an ARM id is refused by its pattern',
      owner: { armId: 'rg' },
      answer: /^422.*spec.owner.armId/,
    },
    { because: 'an id of its own is enough', owner: { armId: '/subscriptions/s/resourceGroups/rg' }, answer: /^201/ },
    { because: 'an empty armId is none', owner: { name: 'rg', armId: '' }, answer: /^201/ },
  ])('$because', async ({ because, owner, answer }) => {
    const name = because.replaceAll(/[^a-z]+/gi, '-').toLowerCase();
    expect(said(await send('POST', IDENTITIES, identity({ name, spec: { owner } })))).toMatch(answer);
  });

  it('that was stored before stays editable, and can be mended', async () => {
    const edited = { name: 'ownerless', spec: { owner: {}, tags: { a: 'b' } } };
    expect(await replaced(IDENTITIES, identity(edited))).toMatch(/^200/);
    expect(await replaced(IDENTITIES, identity({ name: 'ownerless' }))).toMatch(/^200/);
  });
});

it('an object that is not claimed may change its name and owner', async () => {
  expect(said(await send('POST', IDENTITIES, identity({ name: 'free', spec: { azureName: 'one' } })))).toMatch(/^201/);
  expect(
    await replaced(IDENTITIES, identity({ name: 'free', spec: { azureName: 'two', owner: { name: 'other' } } })),
  ).toMatch(/^200/);
});

it('a MySQL user with the finalizer stays what it is: owner, kind of login, Entra alias', async () => {
  const local = { localUser: { serverAdminUsername: 'a', password: { name: 's', key: 'k' } } };
  const entra = (alias: string): JsonObject => ({ aadUser: { serverAdminUsername: 'a', alias } });
  const given = { name: 'user', finalizers: [FINALIZER] };
  for (const spec of [{}, { ...local, ...entra('x') }])
    expect(said(await send('POST', USERS, user({ ...given, spec })))).toMatch(
      /^422.*exactly one of localUser and aadUser/,
    );
  expect(said(await send('POST', USERS, user({ ...given, spec: entra('x') })))).toMatch(/^201/);
  expect(await replaced(USERS, user({ ...given, spec: local }))).toMatch(/^422.*local and Entra/);
  expect(await replaced(USERS, user({ ...given, spec: entra('y') }))).toMatch(/^422.*alias/);
  expect(await replaced(USERS, user({ ...given, spec: { ...entra('x'), owner: { name: 'other' } } }))).toMatch(
    /^422.*spec.owner/,
  );
  expect(await replaced(USERS, user({ ...given, spec: { ...entra('x'), hostname: '%' } }))).toMatch(/^200/);
});

it('a protected object is not deleted, alone or with its collection, until the annotation is off', async () => {
  const guarded = { name: 'guarded', annotations: { [`${PREFIX}/protect`]: 'true' } };
  expect(said(await send('POST', IDENTITIES, identity(guarded)))).toMatch(/^201/);
  expect(said(await send('DELETE', `${IDENTITIES}/guarded`))).toMatch(/^403.*protected/);
  expect(said(await send('DELETE', IDENTITIES))).toMatch(/^403.*protected/);
  expect(await replaced(IDENTITIES, identity({ name: 'guarded' }))).toMatch(/^200/);
  expect(said(await send('DELETE', `${IDENTITIES}/guarded`))).toMatch(/^200/);
});

it('a credential in another namespace is refused when it is new; an object that has one stays editable', async () => {
  const annotations = { [`${PREFIX}/credential-from`]: 'other/secret' };
  expect(said(await send('POST', IDENTITIES, identity({ name: 'foreign', annotations })))).toMatch(
    /^422.*own namespace/,
  );
  expect(
    said(
      await send(
        'POST',
        IDENTITIES,
        identity({ name: 'foreign', annotations: { [`${PREFIX}/credential-from`]: 'secret' } }),
      ),
    ),
  ).toMatch(/^201/);
  expect(await replaced(IDENTITIES, identity({ name: 'foreign', annotations }))).toMatch(/^422/);
});

describe('exports', () => {
  const exporting = (name: string, operatorSpec: JsonObject): JsonObject => identity({ name, spec: { operatorSpec } });
  const expression = (name: string, key?: string): JsonObject => ({
    name,
    value: 'self.metadata.name',
    ...(key === undefined ? {} : { key }),
  });

  it.each<{ readonly because: string; readonly operatorSpec: JsonObject; readonly answer: RegExp }>([
    {
      because: 'two fields to one key of one ConfigMap',
      operatorSpec: { configMaps: { clientId: { name: 'm', key: 'k' }, tenantId: { name: 'm', key: 'k' } } },
      answer: /^422.*more than one value to the same key of the same ConfigMap/,
    },
    {
      because: 'a field and an expression to one key of one Secret',
      operatorSpec: {
        secrets: { clientId: { name: 's', key: 'k' } },
        secretExpressions: [expression('s', 'k')],
      },
      answer: /^422.*more than one value to the same key of the same Secret/,
    },
    {
      because: 'a Secret and a ConfigMap of one name are two places',
      operatorSpec: {
        secrets: { clientId: { name: 'x', key: 'k' } },
        configMaps: { clientId: { name: 'x', key: 'k' } },
      },
      answer: /^201/,
    },
    {
      because: 'keys are told apart by their case',
      operatorSpec: { configMaps: { clientId: { name: 'm', key: 'k' }, tenantId: { name: 'm', key: 'K' } } },
      answer: /^201/,
    },
    {
      because: 'expressions that give maps are looked at when they run',
      operatorSpec: { configMapExpressions: [expression('m'), expression('m')] },
      answer: /^201/,
    },
  ])('$because: $answer', async ({ operatorSpec, answer }) => {
    expect(said(await send('POST', IDENTITIES, exporting('exporting', operatorSpec)))).toMatch(answer);
    await send('DELETE', `${IDENTITIES}/exporting`);
  });
});

it('a domain that Azure manages, and a sender, have the names that Azure gives them', async () => {
  const domain = (name: string, spec: JsonObject): JsonObject => ({
    apiVersion: 'communication.azure.com/v20230401',
    kind: 'Domain',
    metadata: { name },
    spec: { location: 'global', owner: { name: 'e' }, domainManagement: 'AzureManaged', ...spec },
  });
  const sender = (name: string, azureName?: string): JsonObject => ({
    apiVersion: 'communication.azure.com/v20230401',
    kind: 'SenderUsername',
    metadata: { name },
    spec: { owner: { name: 'd' }, username: 'Reply', ...(azureName === undefined ? {} : { azureName }) },
  });
  const at = '/apis/communication.azure.com/v20230401/namespaces/default';
  const rows: readonly (readonly [string, JsonObject, RegExp])[] = [
    ['domains', domain('mine', {}), /^422.*AzureManagedDomain/],
    ['domains', domain('mine', { azureName: 'other' }), /^422.*AzureManagedDomain/],
    ['domains', domain('mine', { azureName: 'azuremanageddomain' }), /^201/],
    ['domains', domain('azuremanageddomain', {}), /^201/],
    ['domains', domain('own', { domainManagement: 'CustomerManaged' }), /^201/],
    ['senderusernames', sender('one', 'other'), /^422.*must equal spec.username/],
    ['senderusernames', sender('two', 'reply'), /^201/],
    ['senderusernames', sender('three'), /^201/],
  ];
  for (const [plural, object, answer] of rows)
    expect(said(await send('POST', `${at}/${plural}`, object)), JSON.stringify(object.spec)).toMatch(answer);
});

it('the policy looks at spec and metadata only: status is written through its own door', async () => {
  expect(
    said(
      await send('POST', IDENTITIES, identity({ name: 'shown', annotations: CLAIMED, spec: { azureName: 'shown' } })),
    ),
  ).toMatch(/^201/);
  const held = (await send('GET', `${IDENTITIES}/shown`)).body as JsonObject;
  expect(said(await send('PUT', `${IDENTITIES}/shown/status`, { ...held, status: { clientId: 'c' } }))).toMatch(/^200/);
});
