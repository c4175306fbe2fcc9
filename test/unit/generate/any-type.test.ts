import { describe, expect, it } from 'vitest';
import { kindNameOf, versionOfApi } from '../../../src/generate/naming.ts';
import { structuralProblems } from '../../../src/generate/structural.ts';
import { ARM_MAP_ANNOTATION } from '../../../src/kinds/arm-map.ts';
import { kindOf } from '../../../src/kinds/kind.ts';
import { API, at, crdOf, guessed, NEWER_API, schemaAt } from '../../support/type-data.ts';

describe('where a kind made by rules lives', () => {
  it.each([
    [
      'orchards',
      'Orchard',
      'resourceGroup',
      { group: 'resources.azure.com', kind: 'ResourceGroup' },
      'the common case',
    ],
    [
      'orchards/trees',
      'OrchardsTree',
      'resourceGroup',
      { group: 'contoso.orchard.azure.com', kind: 'Orchard' },
      'a child belongs to its parent',
    ],
    [
      'orchards/trees/fruits',
      'OrchardsTreesFruit',
      'resourceGroup',
      { group: 'contoso.orchard.azure.com', kind: 'OrchardsTree' },
      'the parent kind is named by rule, whether it is installed or not',
    ],
    ['quotas', 'Quota', 'subscription', undefined, 'scopes 4: the credential names the subscription'],
    ['registrations', 'Registration', 'tenant', undefined, 'scopes 1'],
    ['inspections', 'Inspection', 'extension', 'any', 'scopes 16: below any resource'],
    ['cooperatives', 'Cooperative', 'extension', 'any', 'scopes 2: the object names the management group'],
  ])('%s is %s at scope %s', (type, kind, scope, owner, because) => {
    const crd = crdOf(guessed(type));
    const name = String(at(crd, ['metadata', 'name']));
    const read = kindOf(name, String(at(crd, ['metadata', 'annotations', ARM_MAP_ANNOTATION])));
    expect(read, because).toMatchObject({ ok: true, kind: { kind, group: 'contoso.orchard.azure.com' } });
    if (!read.ok) return;
    expect(read.kind.map.scope, because).toBe(scope);
    expect(read.kind.map.owner, because).toEqual(owner);
    expect(schemaAt(crd, 'spec/owner') === undefined, because).toBe(owner === undefined);
  });

  it('group, kind and owner can be given', () => {
    const made = guessed('orchards/trees', {
      group: 'trees.example.org',
      kind: 'Tree',
      owner: 'garden.example.org/Garden',
    });
    expect(made.group).toBe('trees.example.org');
    const crd = crdOf(made);
    expect(at(crd, ['metadata', 'name'])).toBe('trees.trees.example.org');
    expect(String(at(crd, ['metadata', 'annotations', ARM_MAP_ANNOTATION]))).toContain(
      '"owner":"garden.example.org/Garden"',
    );
  });

  it('a kind that cannot be a name in Kubernetes is refused', () => {
    expect(() => guessed('orchards', { kind: 'an-orchard' })).toThrow(/--kind, a name of letters and digits/);
  });

  it('a name that the data fixes is no choice, and one of several is an enum', () => {
    expect(guessed('orchards/policies').facts.fixedName).toBe('default');
    expect(schemaAt(crdOf(guessed('orchards/policies')), 'spec/azureName')).toBeUndefined();
    expect(schemaAt(crdOf(guessed('orchards/reports')), 'spec/azureName')).toEqual({
      type: 'string',
      enum: ['pests', 'yield'],
    });
  });
});

describe('what the rules guess of fields', () => {
  const orchard = crdOf(guessed('orchards'));
  const seed = crdOf(guessed('seeds'));

  it.each([
    ['spec/area', { type: 'number', minimum: 1, maximum: 900 }, 'the data does not tell integers from floats'],
    ['spec/sku/name', { type: 'string', description: 'Known values: Large, Small.' }, 'a list of values is open'],
    ['spec/gateCode', expect.objectContaining({ required: ['key', 'name'] }), 'marked sensitive'],
    ['spec/irrigation/pumpResourceId', { type: 'string' }, 'the plain id stays'],
    ['spec/irrigation/pumpResourceReference', expect.objectContaining({ type: 'object' }), 'named …ResourceId'],
    ['spec/subnetReference', expect.objectContaining({ type: 'object' }), 'its description speaks of a resource id'],
    ['spec/stationReferences', expect.objectContaining({ type: 'array' }), 'a list of ids'],
    [
      'spec/neighbour',
      { type: 'object', properties: { reference: expect.anything() } },
      'another resource inside this one is a reference',
    ],
    ['status/neighbour', { type: 'object', properties: { id: { type: 'string' } } }, 'and its id in an answer'],
    ['spec/tenantReference', undefined, 'a directory is no resource'],
    ['spec/provisioningState', undefined, "the server's"],
    ['spec/etag', undefined, "the server's, though the data lets it be written"],
    ['spec/systemData', undefined, "the server's"],
    ['status/provisioningState', { type: 'string' }, 'an answer shows it'],
    ['status/area', { type: 'number' }, 'a server may answer with a float'],
    ['status/gateCode', undefined, 'no secret in a status'],
    [
      'spec/identity/userAssignedIdentities',
      expect.objectContaining({ type: 'array' }),
      'identities are a list of references',
    ],
  ])('%s', (path, schema, because) => {
    expect(schemaAt(orchard, path), because).toEqual(schema);
  });

  it.each([
    ['spec/properties/kind', { type: 'string' }, 'flattened it would meet `kind`: properties stays'],
    ['spec/kind', { type: 'string' }, 'the outer one'],
    ['spec/properties/resourceOwner', { type: 'string' }, "`owner` is the operator's own"],
    [
      'status/properties/resourceConditions',
      { type: 'array', items: { type: 'string' } },
      "`conditions` is the operator's own",
    ],
    [
      'spec/properties/hybridOf/[]',
      { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      'a type inside itself is free-form',
    ],
    ['spec/properties/pattern', { type: 'string' }, 'RE2 cannot read a look-ahead'],
    [
      'spec/properties/labels/{}',
      expect.objectContaining({ required: ['key', 'name'] }),
      'each value of the map is a secret',
    ],
    ['status/properties/labels', undefined, 'no secret in a status'],
  ])('%s', (path, schema, because) => {
    expect(schemaAt(seed, path), because).toEqual(schema);
  });

  it('with a reference twin the id is not required any more', () => {
    expect(schemaAt(orchard, 'spec/irrigation')).not.toHaveProperty('required');
  });

  it("the publisher's text comes when it is asked for", () => {
    const told = crdOf(guessed('orchards'), 'publisher');
    expect(schemaAt(told, 'spec/area')).toMatchObject({ description: 'Hectares.' });
    expect(schemaAt(told, 'spec/irrigation/mode')).toMatchObject({
      description: 'How water comes. Known values: Drip, Flood.',
    });
  });

  it('several versions make one CRD, each with its own schema', () => {
    const crd = crdOf(guessed('orchards', { apis: [API, NEWER_API] }));
    const versions = at(crd, ['spec', 'versions']);
    expect(Array.isArray(versions) && versions.map((version) => at(version, ['name']))).toEqual([
      'v20260501',
      'v20260601preview',
      'v20260501storage',
    ]);
    const drones = ['schema', 'openAPIV3Schema', 'properties', 'spec', 'properties', 'drones'];
    expect(at(versions, ['0', ...drones])).toBeUndefined();
    expect(at(versions, ['1', ...drones])).toMatchObject({ type: 'array' });
    expect(structuralProblems(crd)).toEqual([]);
  });
});

describe('names by rule', () => {
  it.each([
    ['Microsoft.Storage/storageAccounts/blobServices/containers', 'StorageAccountsBlobServicesContainer'],
    ['Microsoft.Network/publicIPAddresses', 'PublicIPAddress'],
    ['Microsoft.Network/firewallPolicies', 'FirewallPolicy'],
    ['Microsoft.Cache/redis', 'Redis'],
    ['Microsoft.Web/sites/config', 'SitesConfig'],
    ['Microsoft.X/indexes', 'Index'],
    [
      'Microsoft.X/a/virtualNetworkGatewayConnectionsOfAVeryLongName/anotherVeryLongNameIndeed',
      'AnotherVeryLongNameIndeed',
    ],
  ])('%s → %s', (type, kind) => {
    expect(kindNameOf(type)).toBe(kind);
  });

  it.each([
    ['2026-05-01', 'v20260501'],
    ['2026-06-01-preview', 'v20260601preview'],
    ['2015-02-28-privatepreview', 'v20150228privatepreview'],
    ['2015-02-28-preview.1', undefined],
    ['latest', undefined],
  ])('API version %s → %s', (api, version) => {
    expect(versionOfApi(api)).toBe(version);
  });
});
