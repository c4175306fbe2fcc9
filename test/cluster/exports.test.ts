// Secrets and ConfigMaps that objects write: labels and annotations, ownership, replacement, rotation, repair.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import { account as anAccount, group, network, subnet } from '../support/manifests.ts';
import { type Manifest, type World, world } from '../support/world.ts';

let at: World;
beforeAll(async () => {
  at = await world({ groups: ['resources', 'storage', 'network'] });
  await at.applied(group('rg'));
});
afterAll(async () => {
  await at?.stop();
});

const NEVER = new AbortController().signal;

const account = (name: string, operatorSpec: JsonObject, annotations: JsonObject = {}): Manifest =>
  anAccount(name, { operatorSpec }, annotations);

const members = (value: unknown): JsonObject => (isObject(value) ? value : {});
const metadataOf = (object: JsonObject | undefined): JsonObject => members(object?.metadata);

async function idOf(manifest: Manifest): Promise<string> {
  const annotations = members(metadataOf(await at.object(manifest)).annotations);
  return String(annotations['serviceoperator.azure.com/resource-id']);
}

async function textsOf(name: string): Promise<Readonly<Record<string, string>>> {
  const secret = await at.core('secrets', name);
  return Object.fromEntries(
    Object.entries(members(secret?.data)).map(([key, value]) => [
      key,
      Buffer.from(String(value), 'base64').toString('utf8'),
    ]),
  );
}

const core = (
  verb: 'POST' | 'DELETE' | 'PATCH',
  name: string,
  body?: JsonObject,
): Promise<{ readonly status: number }> =>
  at.cluster.kube.send(
    {
      verb,
      path: `/api/v1/namespaces/${at.namespace}/secrets${verb === 'POST' ? '' : `/${name}`}`,
      ...(body === undefined ? {} : { body }),
      ...(verb === 'PATCH' ? { contentType: 'application/merge-patch+json' } : {}),
    },
    NEVER,
  );

describe('what is written', () => {
  it('fields and expressions of one target are merged, with labels and annotations of both', async () => {
    const object = account('merged', {
      secrets: {
        key1: { name: 'merged', key: 'one', labels: { from: 'field' }, annotations: { note: 'plain' } },
        blobEndpoint: { name: 'merged', key: 'blob' },
      },
      secretExpressions: [
        {
          name: 'merged',
          key: 'connection',
          value: `"AccountName=" + self.spec.azureName + ";AccountKey=" + secret.key2`,
        },
        { name: 'merged', value: `{"a": secret.key1, "b": "text"}`, labels: { by: `self.metadata.name` } },
      ],
      configMapExpressions: [
        {
          name: 'merged',
          key: 'group',
          value: 'aso.parseResourceId(self.status.id).resourceGroupName',
          annotations: { kind: `self.kind` },
        },
      ],
    });
    await at.applied(object);
    await at.eventuallyReady(object);
    const texts = await textsOf('merged');
    expect(Object.keys(texts).sort()).toEqual(['a', 'b', 'blob', 'connection', 'one']);
    expect(texts).toMatchObject({ a: texts.one, b: 'text', blob: 'https://merged.blob.core.windows.net/' });
    expect(texts.connection).toMatch(/^AccountName=merged;AccountKey=.{40}/);
    const metadata = metadataOf(await at.core('secrets', 'merged'));
    expect(metadata.labels).toEqual({ from: 'field', by: 'merged' });
    expect(metadata.annotations).toEqual({ note: 'plain' });
    const map = await at.core('configmaps', 'merged');
    expect(map?.data).toEqual({ group: 'rg' });
    expect(metadataOf(map).annotations).toEqual({ kind: 'StorageAccount' });
  });

  it.each([
    ['badtype', 'self.spec', 'must give a string or a map of strings'],
    ['badcompile', 'self.spec.', ''],
    ['nokey', 'self.metadata.name', 'needs a key'],
  ])('an expression that cannot be exported (%s) is told in the condition', async (name, value, says) => {
    const object = account(name, { configMapExpressions: [{ name, value }] });
    await at.applied(object);
    const condition = await at.eventually(object, 'FailedWritingAdditionalKubernetesObjects', 'Error');
    expect(condition.message).toContain(`expression '${value}'`);
    expect(condition.message).toContain(says);
    expect(await at.core('configmaps', name)).toBeUndefined();
  });

  it('what the API server refuses is told without the values that it quotes', async () => {
    const value = 'secret.key1';
    const expression = { name: 'quoted', key: 'k', value, labels: { copy: value } };
    const object = account('quoted', { secretExpressions: [expression] });
    await at.applied(object);
    const { message } = await at.eventually(object, 'FailedWritingAdditionalKubernetesObjects', 'Error');
    expect(message).toMatch(
      /^Secret 'team\/quoted' could not be written: the API server answered 422 metadata.labels: \w+$/,
    );
  });

  it('the address of a private endpoint comes from its interface', async () => {
    const target = account('pointed', {});
    const [vnet, sub] = [network('net'), subnet('sub', 'net')];
    const endpoint: Manifest = {
      apiVersion: 'network.azure.com/v20250301',
      kind: 'PrivateEndpoint',
      metadata: { name: 'endpoint' },
      spec: {
        location: 'westus2',
        owner: { name: 'rg' },
        subnet: { reference: { group: 'network.azure.com', kind: 'VirtualNetworksSubnet', name: 'sub' } },
        privateLinkServiceConnections: [
          {
            name: 'connection',
            groupIds: ['blob'],
            privateLinkServiceReference: { group: 'storage.azure.com', kind: 'StorageAccount', name: 'pointed' },
          },
        ],
        operatorSpec: { configMaps: { primaryNicPrivateIpAddress: { name: 'endpoint', key: 'ip' } } },
      },
    };
    for (const manifest of [target, vnet, sub, endpoint]) await at.applied(manifest);
    await at.eventuallyReady(target, vnet, sub, endpoint);
    expect((await at.core('configmaps', 'endpoint'))?.data).toEqual({ ip: '10.0.0.4' });
  });
});

describe('what is there already', () => {
  it('a Secret of somebody else is left alone, said so, and taken over once it is gone', async () => {
    const theirs = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'theirs' }, stringData: { k: 'mine' } };
    expect((await core('POST', 'theirs', theirs)).status).toBe(201);
    const object = account('conflicted', {
      secrets: { key1: { name: 'theirs', key: 'k' }, key2: { name: 'ours', key: 'k' } },
    });
    await at.applied(object);
    const condition = await at.eventually(object, 'FailedWritingAdditionalKubernetesObjects', 'Error');
    expect(condition.message).toContain("Secret 'team/theirs' exists and is not owned by this object");
    expect(await textsOf('theirs')).toEqual({ k: 'mine' });
    // The others were written all the same.
    expect(Object.keys(await textsOf('ours'))).toEqual(['k']);
    await core('DELETE', 'theirs');
    await at.eventuallyReady(object);
    expect((await textsOf('theirs')).k).not.toBe('mine');
  });

  it('is replaced as a whole: keys, labels and other owners that somebody added go', async () => {
    const object = account('replaced', { secrets: { key1: { name: 'replaced', key: 'k' } } });
    await at.applied(object);
    await at.eventuallyReady(object);
    await core('PATCH', 'replaced', { metadata: { labels: { stray: 'yes' } }, stringData: { stray: 'yes' } });
    await at.patched(object, {
      metadata: { annotations: { 'serviceoperator.azure.com/reconcile-requested-at': 'now' } },
    });
    await at.until(async () => Object.keys(await textsOf('replaced')).length === 1, 'the stray key to go');
    expect(metadataOf(await at.core('secrets', 'replaced')).labels).toBeUndefined();
  });

  it('that is taken away comes back by itself, and Azure is sent nothing', async () => {
    const object = account('returning', { secrets: { key1: { name: 'returning', key: 'k' } } });
    await at.applied(object);
    await at.eventuallyReady(object);
    const puts = (): number =>
      at.emulator.journal().filter((entry) => entry.method === 'PUT' && entry.url.includes('/returning?')).length;
    const before = puts();
    await core('DELETE', 'returning');
    await at.until(async () => (await at.core('secrets', 'returning')) !== undefined, 'the Secret to come back');
    expect(puts()).toBe(before);
  });

  it('keys that were rotated in Azure reach it when a sync is asked for', async () => {
    const object = account('rotated', { secrets: { key1: { name: 'rotated', key: 'k' } } });
    await at.applied(object);
    await at.eventuallyReady(object);
    const { k: old } = await textsOf('rotated');
    const id = await idOf(object);
    at.emulator.rotateKeys(id);
    await at.patched(object, {
      metadata: { annotations: { 'serviceoperator.azure.com/reconcile-requested-at': 'now' } },
    });
    await at.until(async () => (await textsOf('rotated')).k !== old, 'the new key');
  });

  it('keys that were rotated in Azure reach it when the sync falls due', async () => {
    const object = account(
      'synced',
      { secrets: { key1: { name: 'synced', key: 'k' } } },
      {
        'serviceoperator.azure.com/sync-period': '2s',
      },
    );
    await at.applied(object);
    await at.eventuallyReady(object);
    const { k: old } = await textsOf('synced');
    const id = await idOf(object);
    at.emulator.rotateKeys(id);
    await at.until(async () => (await textsOf('synced')).k !== old, 'the new key');
  });
});
