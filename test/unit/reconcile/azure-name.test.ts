// Names that are UUIDs, exactly as the original makes them. Rows marked 'recorded' are names that the original gave to real resources
// (replay cases); the others were computed from the seeds of contract 16.1 with another implementation of UUID v5.

import { describe, expect, it } from 'vitest';
import { azureName, isNameMade } from '../../../src/reconcile/azure-name.ts';
import type { JsonObject } from '../../../src/values/json.ts';
import { GROUP_ID, observedOf } from '../../support/life.ts';

interface Made {
  readonly because: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly owner: JsonObject;
  readonly spec?: JsonObject;
  readonly is: string;
}

const SAMPLES = 'aso-test-samples-creationanddeletion-test';
const group = (name: string): JsonObject => ({ group: 'resources.azure.com', kind: 'ResourceGroup', name });
const assignment = { kind: 'RoleAssignment', namespace: 'team', name: 'reader' };
const ARM_OWNER = { armId: '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg' };

const observedFor = (made: Omit<Made, 'is' | 'because'>, azure = '') => {
  const observed = observedOf({
    apiVersion: made.apiVersion,
    kind: made.kind,
    id: `${GROUP_ID}/providers/x/y/${azure}`,
    spec: { owner: made.owner, azureName: azure, ...made.spec },
  });
  const { metadata } = observed.object;
  return {
    ...observed,
    object: { ...observed.object, metadata: { ...metadata, namespace: made.namespace, name: made.name } },
  };
};

const ROWS: readonly Made[] = [
  {
    because: 'recorded: owner in the cluster, current version',
    apiVersion: 'authorization.azure.com/v20220401',
    kind: 'RoleAssignment',
    namespace: `${SAMPLES}-authorization-v-57fde`,
    name: 'aso-sample-contributor',
    owner: group('asotest-rg-yomsyg'),
    is: 'ba0996d4-366e-50f8-b729-29e0171d18f4',
  },
  {
    because: 'recorded: a role definition',
    apiVersion: 'authorization.azure.com/v20220401',
    kind: 'RoleDefinition',
    namespace: `${SAMPLES}-authorization-v-57fde`,
    name: 'aso-sample-roledef',
    owner: group('asotest-rg-yomsyg'),
    is: '293cdceb-2ebc-5434-ab6b-97255f060ed3',
  },
  {
    because: 'recorded: the owner of a Cosmos assignment is implied by its kind',
    apiVersion: 'documentdb.azure.com/v1api20231115',
    kind: 'SqlRoleAssignment',
    namespace: `${SAMPLES}-sqldatabase-v1a-7e1fc`,
    name: 'sample-role-assignment',
    owner: { name: 'sample-sqldb-account' },
    is: 'b0a776c7-33bc-5a9a-881c-7c5d87ee6b03',
  },
  {
    because: 'recorded: owner in the cluster, first version, scope of a storage account',
    apiVersion: 'authorization.azure.com/v1api20220401',
    kind: 'RoleAssignment',
    namespace: `${SAMPLES}-web-v20250501-c-a603b`,
    name: 'aso-sample-flex-storage-role',
    owner: { group: 'storage.azure.com', kind: 'StorageAccount', name: 'aso-sample-flex-storage' },
    is: '2173b2e6-0495-59ad-8a91-232f1eb28719',
  },
  {
    because: 'owner by ARM id, first versions: the seed leaves it out',
    apiVersion: 'authorization.azure.com/v1api20220401',
    ...assignment,
    owner: ARM_OWNER,
    is: '51742917-45e3-527c-826c-683126414c09',
  },
  {
    because: 'owner by ARM id, current versions: the seed begins with it',
    apiVersion: 'authorization.azure.com/v20220401',
    ...assignment,
    owner: ARM_OWNER,
    is: 'adfbabcf-7dda-5217-8fb4-2637a3c7fb83',
  },
  {
    because: 'owner by ARM id, the preview of the first versions',
    apiVersion: 'authorization.azure.com/v1api20200801preview',
    ...assignment,
    owner: { armId: ARM_OWNER.armId },
    is: '51742917-45e3-527c-826c-683126414c09',
  },
  {
    because: 'owner by ARM id, the preview of the current versions',
    apiVersion: 'authorization.azure.com/v20200801preview',
    ...assignment,
    owner: { armId: ARM_OWNER.armId },
    is: 'adfbabcf-7dda-5217-8fb4-2637a3c7fb83',
  },
  {
    because: 'owner by ARM id, a role definition, first version',
    apiVersion: 'authorization.azure.com/v1api20220401',
    ...assignment,
    kind: 'RoleDefinition',
    owner: { armId: ARM_OWNER.armId },
    is: 'b40e7a84-562c-58d1-9410-7ffa4ece232a',
  },
  {
    because: 'owner by ARM id, a Cosmos assignment',
    apiVersion: 'documentdb.azure.com/v1api20240815',
    ...assignment,
    kind: 'SqlRoleAssignment',
    owner: { armId: ARM_OWNER.armId },
    is: '930c00c3-75c3-5206-97b4-64a47b799ef3',
  },
  {
    because: 'owner in the cluster',
    apiVersion: 'authorization.azure.com/v20220401',
    ...assignment,
    owner: group('rg'),
    is: 'ccc3bf9d-ab3a-55c6-9a51-4183ea2bdc5e',
  },
  {
    because: 'a name that is a UUID is taken as it is',
    apiVersion: 'authorization.azure.com/v20220401',
    ...assignment,
    name: '0f8fad5b-d9cb-469f-a165-70867728950e',
    owner: group('rg'),
    is: '0f8fad5b-d9cb-469f-a165-70867728950e',
  },
  {
    because: 'a UUID of no known version is one too',
    apiVersion: 'authorization.azure.com/v20220401',
    ...assignment,
    name: '00000000-0000-0000-0000-00000000000a',
    owner: group('rg'),
    is: '00000000-0000-0000-0000-00000000000a',
  },
  {
    because: 'so is one without dashes, as the original reads it',
    apiVersion: 'authorization.azure.com/v20220401',
    ...assignment,
    name: '0f8fad5bd9cb469fa16570867728950e',
    owner: group('rg'),
    is: '0f8fad5bd9cb469fa16570867728950e',
  },
  {
    because: 'a random one is asked for in any case',
    apiVersion: 'authorization.azure.com/v20220401',
    ...assignment,
    owner: group('rg'),
    spec: { operatorSpec: { namingConvention: 'Random' } },
    is: '00000000-0000-4000-8000-000000000000',
  },
  {
    because: 'azureName wins over all',
    apiVersion: 'authorization.azure.com/v20220401',
    ...assignment,
    owner: group('rg'),
    spec: { azureName: 'given', operatorSpec: { namingConvention: 'random' } },
    is: 'given',
  },
];

describe('the name in Azure', () => {
  it.each(ROWS.map((row) => [row.because, row] as const))('%s', (_because, row) => {
    expect(azureName(observedFor(row))).toEqual({ ok: true, value: row.is });
  });
});

describe('a name that nobody chose', () => {
  const [legacy, current] = ROWS.filter((row) => row.owner === ARM_OWNER);
  const rows: readonly (readonly [
    because: string,
    row: Omit<Made, 'is' | 'because'>,
    azureName: string,
    isMade: boolean,
  ])[] = [
    ['is one of the seed of its own version', current as Made, current?.is ?? '', true],
    ['is one of the seed of another version', current as Made, legacy?.is ?? '', true],
    ['is a random one', { ...(current as Made), spec: { operatorSpec: { namingConvention: 'random' } } }, 'any', true],
    ['is not one that was given', current as Made, '0f8fad5b-d9cb-469f-a165-70867728950e', false],
    [
      'is not a metadata.name that is a UUID',
      { ...(current as Made), name: '0f8fad5b-d9cb-469f-a165-70867728950e' },
      '0f8fad5b-d9cb-469f-a165-70867728950e',
      false,
    ],
  ];
  it.each(rows)('%s', (_because, row, name, isMade) => {
    const observed = observedFor(row, name);
    const object = { ...observed.object, spec: { ...(observed.object.spec as JsonObject), azureName: name } };
    expect(isNameMade({ ...observed, object })).toBe(isMade);
  });
});
