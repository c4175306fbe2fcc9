// What histories make: a resource group and one resource in it, of a kind that answers in its own way (at once, 201 with an operation,
// 202 with a Location, 202 with both). A number in the tags tells which edit Azure has.

import type { JsonObject } from '../../../src/values/json.ts';

/** What a manifest says at one moment. */
export interface Wish {
  readonly edit: number;
  readonly exports: boolean;
}

export interface Subject {
  readonly kind: string;
  readonly plural: string;
  readonly groupVersion: string;
  /** ARM id below the resource group. */
  readonly armType: string;
  readonly spec: (seed: number, wish: Wish) => JsonObject;
  /** Exports of its own, beside the ConfigMap that all have. */
  readonly secret?: string;
}

export const GROUP: Subject = {
  kind: 'ResourceGroup',
  plural: 'resourcegroups',
  groupVersion: 'resources.azure.com/v1api20200601',
  armType: '',
  spec: () => ({ location: 'westus2' }),
};

export const SUBJECTS: readonly Subject[] = [
  {
    kind: 'StorageAccount',
    plural: 'storageaccounts',
    groupVersion: 'storage.azure.com/v20250601',
    armType: 'Microsoft.Storage/storageAccounts',
    spec: () => ({ location: 'westus2', kind: 'StorageV2', sku: { name: 'Standard_LRS' }, accessTier: 'Hot' }),
    secret: 'key1',
  },
  {
    kind: 'VirtualNetwork',
    plural: 'virtualnetworks',
    groupVersion: 'network.azure.com/v20250301',
    armType: 'Microsoft.Network/virtualNetworks',
    spec: () => ({ location: 'westus2', addressSpace: { addressPrefixes: ['10.0.0.0/16'] } }),
  },
  {
    kind: 'UserAssignedIdentity',
    plural: 'userassignedidentities',
    groupVersion: 'managedidentity.azure.com/v1api20230131',
    armType: 'Microsoft.ManagedIdentity/userAssignedIdentities',
    spec: () => ({ location: 'westus2' }),
  },
  {
    kind: 'PrivateDnsZone',
    plural: 'privatednszones',
    groupVersion: 'network.azure.com/v1api20240601',
    armType: 'Microsoft.Network/privateDnsZones',
    spec: () => ({ location: 'global' }),
  },
];

export function pathOf(subject: Subject, namespace: string, name: string): string {
  return `/apis/${subject.groupVersion}/namespaces/${namespace}/${subject.plural}/${name}`;
}

/** Name of the ConfigMap, and of the Secret, that an object exports to. */
export function exportName(subject: Subject, name: string): string {
  return `${subject.kind.toLowerCase()}-${name}`;
}

export function manifestOf(subject: Subject, name: string, seed: number, wish: Wish): JsonObject {
  const to = exportName(subject, name);
  const own = subject.secret === undefined ? {} : { secrets: { [subject.secret]: { name: to, key: 'secret' } } };
  const exports = { configMapExpressions: [{ name: to, key: 'edit', value: 'self.spec.tags.edit' }], ...own };
  return {
    apiVersion: subject.groupVersion,
    kind: subject.kind,
    metadata: { name },
    spec: {
      ...subject.spec(seed, wish),
      tags: { edit: String(wish.edit) },
      ...(subject === GROUP ? {} : { owner: { name: `rg${seed}` } }),
      ...(wish.exports && subject !== GROUP ? { operatorSpec: exports } : {}),
    },
  };
}
