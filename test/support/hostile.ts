// Manifests that nobody in good faith would write, made from a seed: malformed specs, forged annotations, ids that point elsewhere.
// Some are refused at admission, which is as good as being told in a condition; some turn out harmless.

import type { JsonObject } from '../../src/values/json.ts';
import { type Chance, chanceOf } from './lives/chance.ts';
import type { Manifest } from './world.ts';

const SERVICE = 'serviceoperator.azure.com';
export const ELSEWHERE = '00000000-0000-0000-0000-0000000000ff';

/** What the attacker knows: the subscription, and a host of its own. */
export interface Aim {
  readonly subscriptionId: string;
  /** URL of a host that is not Azure. */
  readonly trap: string;
  readonly endpoint: string;
}

const NAMES = [
  '..',
  '.',
  '../../../../subscriptions',
  'a/b',
  'a%2f..%2fb',
  '%2e%2e',
  'a?api-version=1',
  'a#b',
  'a\\b',
  ' ',
  '\t',
  '\u0000',
  'a\nb',
  'ö'.repeat(50),
  '\u202ereversed',
  '💥',
  '__proto__',
  'constructor',
  'toString',
  'a'.repeat(5000),
  '{{x}}',
  '$(x)',
  '-',
  'a;b',
  'a:b@c',
];

function armIds({ subscriptionId, trap }: Aim): readonly string[] {
  const mine = `/subscriptions/${subscriptionId}`;
  return [
    `/subscriptions/${ELSEWHERE}/resourceGroups/rg`,
    `${mine}/../${ELSEWHERE}/resourceGroups/rg`,
    `${mine}/resourceGroups/..`,
    `${mine}/resourceGroups/../../${ELSEWHERE}/resourceGroups/rg`,
    `${mine}/resourceGroups/rg%2f..%2f..%2f${ELSEWHERE}`,
    `${mine}/resourceGroups/%2e%2e/%2e%2e/${ELSEWHERE}`,
    `${mine}/resourceGroups/rg?x=/subscriptions/${ELSEWHERE}`,
    `${mine}/resourceGroups/rg#`,
    `${mine}/resourceGroups/rg/`,
    `${mine}//resourceGroups//rg`,
    `${mine}\\..\\${ELSEWHERE}`,
    `//${new URL(trap).host}${mine}/resourceGroups/rg`,
    `${trap}${mine}/resourceGroups/rg`,
    `/providers/Microsoft.Management/managementGroups/../../subscriptions/${ELSEWHERE}`,
    `/SUBSCRIPTIONS/${ELSEWHERE}`,
    `${mine}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/victim`,
    '/',
    '',
    'rg',
  ];
}

/** Ids as a forged `resource-id`: of somebody else's things, of other types, of nothing. */
function forgedIds(aim: Aim): readonly string[] {
  const group = `/subscriptions/${aim.subscriptionId}/resourceGroups/victim`;
  return [
    group,
    `${group}/providers/Microsoft.Storage/storageAccounts/victim`,
    `/subscriptions/${aim.subscriptionId}`,
    ...armIds(aim),
  ];
}

function forgedTokens({ subscriptionId, trap, endpoint }: Aim): readonly string[] {
  const victim = `/subscriptions/${subscriptionId}/resourceGroups/victim?api-version=2020-06-01`;
  const urls = [
    `${trap}/steal`,
    `${endpoint.replace(/\/$/, '')}.evil.example/steal`,
    `https://x@${new URL(trap).host}/`,
    `${endpoint}subscriptions/${ELSEWHERE}/operationresults/1`,
    `${endpoint}subscriptions/${subscriptionId}/../${ELSEWHERE}`,
    `${endpoint}admin/reset`,
    victim,
    '/',
    'file:///etc/passwd',
    '__proto__',
  ];
  const tokens = ['async', 'location', 'resource', 'toString'].flatMap((style) =>
    ['PUT', 'DELETE', 'POST'].flatMap((verb) => urls.map((url) => JSON.stringify({ style, url, verb, goal: '' }))),
  );
  const go = urls.map((url) =>
    JSON.stringify({ type: 'x', token: { type: 'async', asyncURL: url, method: 'DELETE' } }),
  );
  return [
    ...tokens,
    ...go,
    '',
    '{',
    '[]',
    'null',
    '"x"',
    '{"token":{"type":"__proto__"}}',
    '{"style":"async"}',
    '['.repeat(20_000),
  ];
}

const PROTO: JsonObject = JSON.parse(
  '{"__proto__":{"polluted":"yes"},"constructor":"c","toString":"t","hasOwnProperty":"h","a.b/c":"d"}',
);

function nested(levels: number): JsonObject {
  let value: JsonObject = { end: true };
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? { a: value } : { a: [value] };
  return value;
}

type Twist = (manifest: Manifest, by: Chance, aim: Aim) => Manifest;

const withSpec = (manifest: Manifest, more: object): Manifest => ({
  ...manifest,
  spec: { ...(manifest.spec as object), ...more } as JsonObject,
});
const noted = (manifest: Manifest, name: string, value: string): Manifest => ({
  ...manifest,
  metadata: {
    ...manifest.metadata,
    annotations: { ...(manifest.metadata.annotations as object), [`${SERVICE}/${name}`]: value },
  },
});

const TWISTS: readonly Twist[] = [
  (manifest, by) => withSpec(manifest, { azureName: by.one(NAMES) }),
  (manifest, by) => withSpec(manifest, { location: by.one(NAMES) }),
  (manifest, by, aim) => withSpec(manifest, { owner: { armId: by.one(armIds(aim)) } }),
  (manifest, by, aim) => withSpec(manifest, { owner: { armId: by.one(armIds(aim)), name: 'rg' } }),
  (manifest, by) =>
    withSpec(manifest, {
      owner: by.one<unknown>([
        { name: by.one(NAMES) },
        {},
        { group: '__proto__', kind: 'constructor', name: 'x' },
        'rg',
        42,
        null,
        ['rg'],
        { name: { name: 'rg' } },
      ]),
    }),
  (manifest) => withSpec(manifest, { tags: PROTO }),
  (manifest, by) => withSpec(manifest, nested(by.one([50, 500, 2500]))),
  (manifest, by) =>
    withSpec(manifest, {
      tags: Object.fromEntries(Array.from({ length: by.one([10, 3_000]) }, (_, at) => [`k${at}`, 'v'])),
    }),
  (manifest) => withSpec(manifest, { list: Array.from({ length: 20_000 }, (_, at) => at) }),
  (manifest) => withSpec(manifest, { ...PROTO, $propertyBag: { __proto__: 1, a: 'b' }, originalVersion: '__proto__' }),
  (manifest, by) =>
    withSpec(manifest, {
      azureName: by.one<unknown>([42, {}, [], true, { a: 1 }]),
      operatorSpec: by.one<unknown>(['x', [], 7]),
    }),
  (manifest, by) =>
    withSpec(manifest, {
      operatorSpec: {
        secrets: {
          key1: {
            name: by.one(['..', '../../default/secrets/x', 'UPPER', ...NAMES]),
            key: by.one(['__proto__', 'constructor', '..', 'k']),
          },
        },
      },
    }),
  (manifest, by) =>
    withSpec(manifest, {
      operatorSpec: {
        configMapExpressions: [
          {
            name: 'hostile-map',
            key: 'k',
            value: by.one([
              'self',
              'self.metadata.constructor',
              '('.repeat(2000),
              '"x".repeat(1e9)',
              '[1,2,3].map(a,[1,2,3].map(b,[1,2,3].map(c,a+b+c)))',
              'self.__proto__',
              '',
            ]),
          },
        ],
      },
    }),
  (manifest, by, aim) =>
    withSpec(manifest, {
      networkAcls: {
        defaultAction: 'Allow',
        virtualNetworkRules: [
          {
            reference: by.one<unknown>([
              { armId: by.one(armIds(aim)) },
              { group: 'g', kind: '__proto__', name: '..' },
              { armId: '/x', name: 'y', group: 'g', kind: 'k' },
              {},
            ]),
          },
        ],
      },
    }),
  (manifest, by) =>
    withSpec(manifest, { properties: { createMode: by.one(['purgeThenCreate', 'createOrRecover']), sku: PROTO } }),
  (manifest, by, aim) => noted(manifest, 'resource-id', by.one(forgedIds(aim))),
  (manifest, by, aim) =>
    noted(
      noted(manifest, 'poller-resume-token', by.one(forgedTokens(aim))),
      'poller-resume-id',
      by.one(['GenericClient.CreateOrUpdateByID', 'GenericClient.DeleteByID', 'x']),
    ),
  (manifest, by, aim) => noted(manifest, 'export-poller-resume-token', by.one(forgedTokens(aim))),
  (manifest, by, aim) => noted(manifest, 'child-resource-id-override', by.one(forgedIds(aim))),
  (manifest, by) => noted(manifest, 'original-version', by.one(['__proto__', 'constructor', 'v1', 'v9', '../x'])),
  (manifest, by) =>
    noted(manifest, 'reconcile-policy', by.one(['Skip', '__proto__', 'skip', 'detach-on-delete', ' manage'])),
  (manifest, by) =>
    noted(manifest, 'sync-period', by.one(['-1h', '1ns', '9'.repeat(400), 'P1D', '__proto__', '1h'.repeat(5000)])),
  (manifest, by) =>
    noted(manifest, 'credential-from', by.one(['..', '../other/aso-credential', 'nowhere', '', '__proto__'])),
  (manifest, by) => noted(manifest, 'reconcile-requested-at', by.one(['x'.repeat(100_000), '', '\u0000'])),
  (manifest) => noted(manifest, 'latest-reconciled-generation', 'NaN'),
  (manifest) =>
    noted(noted(manifest, 'operator-namespace', 'azureserviceoperator-system'), 'azure-name-from-config', '..'),
  (manifest) => ({ ...manifest, metadata: { ...manifest.metadata, finalizers: [`${SERVICE}/finalizer`] } }),
];

function plain(seed: number, by: Chance): Manifest {
  const metadata = { name: `hostile${seed}`, annotations: {} };
  return by.one<Manifest>([
    {
      apiVersion: 'storage.azure.com/v20250601',
      kind: 'StorageAccount',
      metadata,
      spec: { location: 'westus2', kind: 'StorageV2', sku: { name: 'Standard_LRS' }, owner: { name: 'rg' } },
    },
    // The open version: nothing but the operator stands between these and Azure.
    {
      apiVersion: 'storage.azure.com/v20250601storage',
      kind: 'StorageAccount',
      metadata,
      spec: { location: 'westus2', kind: 'StorageV2', owner: { name: 'rg' } },
    },
    {
      apiVersion: 'resources.azure.com/v1api20200601storage',
      kind: 'ResourceGroup',
      metadata,
      spec: { location: 'westus2' },
    },
    { apiVersion: 'resources.azure.com/v1api20200601', kind: 'ResourceGroup', metadata, spec: { location: 'westus2' } },
    {
      apiVersion: 'keyvault.azure.com/v1api20230701storage',
      kind: 'Vault',
      metadata,
      spec: {
        location: 'westus2',
        owner: { name: 'rg' },
        properties: { createMode: 'purgeThenCreate', tenantId: ELSEWHERE, sku: { family: 'A', name: 'standard' } },
      },
    },
    {
      apiVersion: 'authorization.azure.com/v20220401storage',
      kind: 'RoleAssignment',
      metadata,
      spec: {
        owner: { group: 'resources.azure.com', kind: 'ResourceGroup', name: 'rg' },
        principalId: ELSEWHERE,
        roleDefinitionReference: { wellKnownName: 'Reader' },
      },
    },
  ]);
}

/** The manifest of a seed: a plain one with one to three twists. */
export function hostileManifest(seed: number, aim: Aim): Manifest {
  const by = chanceOf(seed);
  let manifest = plain(seed, by);
  for (let twists = 1 + by.below(3); twists > 0; twists -= 1) manifest = by.one(TWISTS)(manifest, by, aim);
  return manifest;
}
