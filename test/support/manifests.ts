// Manifests that many stories begin with, each as small as Azure takes it.

import type { JsonObject } from '../../src/values/json.ts';
import type { Manifest } from './world.ts';

export const group = (name: string, annotations: JsonObject = {}): Manifest => ({
  apiVersion: 'resources.azure.com/v1api20200601',
  kind: 'ResourceGroup',
  metadata: { name, annotations },
  spec: { location: 'westus2' },
});

/** Owned by the group 'rg' if `spec` says nothing else. */
export const account = (name: string, spec: JsonObject = {}, annotations: JsonObject = {}): Manifest => ({
  apiVersion: 'storage.azure.com/v20250601',
  kind: 'StorageAccount',
  metadata: { name, annotations },
  spec: { location: 'westus2', kind: 'StorageV2', sku: { name: 'Standard_LRS' }, owner: { name: 'rg' }, ...spec },
});

export const network = (name: string): Manifest => ({
  apiVersion: 'network.azure.com/v20250301',
  kind: 'VirtualNetwork',
  metadata: { name },
  spec: { location: 'westus2', owner: { name: 'rg' }, addressSpace: { addressPrefixes: ['10.0.0.0/16'] } },
});

export const subnet = (name: string, owner: string): Manifest => ({
  apiVersion: 'network.azure.com/v20250301',
  kind: 'VirtualNetworksSubnet',
  metadata: { name },
  spec: { owner: { name: owner }, addressPrefix: '10.0.0.0/24' },
});

/** A PostgreSQL server whose administrator's password is in the key 'password' of a Secret. */
export const postgresql = (name: string, secretName: string, owner = 'rg'): Manifest => ({
  apiVersion: 'dbforpostgresql.azure.com/v20250801',
  kind: 'FlexibleServer',
  metadata: { name },
  spec: {
    location: 'westus2',
    owner: { name: owner },
    version: '17',
    sku: { name: 'Standard_D2s_v3', tier: 'GeneralPurpose' },
    administratorLogin: 'me',
    administratorLoginPassword: { name: secretName, key: 'password' },
  },
});

export const secret = (name: string, stringData: Readonly<Record<string, string>>): Manifest => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData,
});
