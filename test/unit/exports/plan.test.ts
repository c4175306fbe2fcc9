import { describe, expect, it } from 'vitest';
import { callsNeeded, type Planned, planExports } from '../../../src/exports/plan.ts';
import type { ArmMap } from '../../../src/kinds/arm-map.ts';
import type { JsonObject } from '../../../src/values/json.ts';

const map: ArmMap = {
  kind: 'Account',
  storage: 'v20250101storage',
  versions: { v20240101: '2024-01-01', v20250101: '2025-01-01' },
  spec: [],
  status: [],
  calls: { listKeys: { action: 'listKeys', api: '2024-01-01' }, listUsers: { action: 'listUsers', api: '2024-01-01' } },
  secrets: {
    key1: { call: 'listKeys', at: 'keys/[keyName=key1]/value' },
    queryKey: { call: 'listKeys', at: 'keys/[keyName=]/value' },
    kubeconfig: { call: 'listUsers', at: 'kubeconfigs/0/value', decode: 'base64' },
    readOnlyKey: { call: 'listKeys', at: 'keys/[keyName=readOnly]/value', optional: true },
    endpoint: { status: 'endpoints/blob' },
    port: { status: 'port' },
    subscriptionId: { id: 'subscription' },
    moved: [
      { status: 'old', in: ['2024-01-01'] },
      { status: 'new', in: ['2025-01-01'] },
    ],
  },
  configMaps: { endpoint: { status: 'endpoints/blob' }, later: { status: 'new', in: ['2025-01-01'] } },
};

const answers = {
  listKeys: { keys: [{ keyName: 'key1', value: 'k1' }, { value: 'nameless' }, { keyName: 'empty', value: '' }] },
  listUsers: { kubeconfigs: [{ value: Buffer.from('apiVersion: v1').toString('base64') }] },
};
const status = { endpoints: { blob: 'https://b' }, port: 6380, old: 'old value' };

function plan(operatorSpec: JsonObject, version = 'v20240101'): Planned {
  return planExports({
    object: { metadata: { name: 'a' }, spec: { operatorSpec }, status },
    map,
    group: 'g.azure.com',
    version,
    id: '/subscriptions/sub/resourceGroups/rg',
    answers,
  });
}

/** Targets with their values opened: 'Secret name' → data. */
function shown(planned: Planned): unknown {
  if (!planned.ok) return planned;
  return Object.fromEntries(
    planned.targets.map((target) => [
      `${target.kind} ${target.name}`,
      Object.fromEntries(Object.entries(target.data).map(([key, value]) => [key, value.reveal()])),
    ]),
  );
}

const to = (name: string, key: string): JsonObject => ({ name, key });

describe('destinations', () => {
  it.each([
    { field: 'key1', value: 'k1', because: 'a list item is found by a member' },
    { field: 'queryKey', value: 'nameless', because: 'an item without the member is found by an empty name' },
    { field: 'kubeconfig', value: 'apiVersion: v1', because: 'base64 is decoded' },
    { field: 'endpoint', value: 'https://b', because: 'a status path' },
    { field: 'port', value: '6380', because: 'numbers are decimal text' },
    { field: 'subscriptionId', value: 'sub', because: 'the subscription of the id' },
    { field: 'moved', value: 'old value', because: 'the source that holds for the version applied' },
  ])('$field: $because', ({ field, value }) => {
    expect(shown(plan({ secrets: { [field]: to('s', 'k') } }))).toEqual({ 'Secret s': { k: value } });
  });

  it('what goes to one target is one target', () => {
    const planned = plan({
      secrets: { key1: to('s', 'a'), endpoint: to('s', 'b'), port: to('t', 'a') },
      configMaps: { endpoint: to('s', 'a') },
    });
    expect(shown(planned)).toEqual({
      'Secret s': { a: 'k1', b: 'https://b' },
      'Secret t': { a: '6380' },
      'ConfigMap s': { a: 'https://b' },
    });
  });

  it('a secret without a value stops the export and is tried again', () => {
    expect(plan({ secrets: { moved: to('s', 'k') } }, 'v20250101')).toMatchObject({
      ok: false,
      retry: 'slow',
      why: expect.stringContaining('operatorSpec.secrets.moved'),
    });
  });

  it.each(['readOnlyKey', 'unknown'])('%s: an optional key, or a field that nothing fills, is left out', (field) => {
    expect(shown(plan({ secrets: { [field]: to('s', 'x'), key1: to('s', 'k') } }))).toEqual({
      'Secret s': { k: 'k1' },
    });
  });

  it('a config value that Azure does not show is left out', () => {
    expect(shown(plan({ configMaps: { later: to('c', 'k') } }, 'v20250101'))).toEqual({});
  });

  it('one key for two values is refused, even when they are equal', () => {
    expect(
      plan({ secrets: { endpoint: to('s', 'k') }, secretExpressions: [{ name: 's', key: 'k', value: "'https://b'" }] }),
    ).toMatchObject({ ok: false, retry: 'never', why: expect.stringContaining("key 'k' of Secret 's'") });
  });

  it('a key that an expression makes is not told: it may be made of a secret', () => {
    const made = { name: 's', value: '{secret.key1: "x"}' };
    const refused = plan({ secretExpressions: [made, made] });
    expect(refused).toMatchObject({ ok: false, why: expect.stringContaining("write one key of Secret 's'") });
    expect(JSON.stringify(refused)).not.toContain('k1');
  });

  it('the expressions of one object have one budget: each alone is small, all of them are not', () => {
    const value = `'a'.replace('a', 'aaaaaaaaaaaaaaaaaaaa')${".replace('a', 'aaaaaaaaaaaaaaaaaaaa')".repeat(3)}`;
    const some = (count: number): JsonObject => ({
      configMapExpressions: Array.from({ length: count }, (_, index) => ({ name: `c${index}`, key: 'k', value })),
    });
    expect(plan(some(2))).toMatchObject({ ok: true });
    expect(plan(some(20))).toMatchObject({
      ok: false,
      retry: 'never',
      why: expect.stringContaining('takes more than'),
    });
  });

  it('a pattern that runs too long is tried again later: a starved machine may have been the cause', () => {
    const again = '[1, 2, 3, 4, 5, 6, 7, 8, 9].exists(x, [1, 2, 3, 4].exists(y, ';
    const long = `'a'${".replace('a', 'aaaaaaaaaa')".repeat(4)}`;
    const value = `${again}${long}.matches('(a?){300}a{300}[^a]'))) ? 'y' : 'n'`;
    const refused = plan({ configMapExpressions: [{ name: 'c', key: 'k', value }] });
    expect(refused).toMatchObject({ ok: false, retry: 'slow', why: expect.stringContaining('more than 1000 ms') });
  });

  it('labels and annotations of one target come together; different values are refused', () => {
    const planned = plan({
      secrets: {
        key1: { ...to('s', 'a'), labels: { x: '1' } },
        port: { ...to('s', 'b'), labels: { x: '1' }, annotations: { y: '2' } },
      },
    });
    expect(planned).toMatchObject({ ok: true, targets: [{ labels: { x: '1' }, annotations: { y: '2' } }] });
    expect(
      plan({
        secrets: { key1: { ...to('s', 'a'), labels: { x: '1' } }, port: { ...to('s', 'b'), labels: { x: '2' } } },
      }),
    ).toMatchObject({ ok: false, retry: 'never' });
  });
});

describe('expressions', () => {
  it('a string goes under the key, a map gives its own keys, labels are expressions', () => {
    const planned = plan({
      secretExpressions: [
        {
          name: 's',
          key: 'dsn',
          value: "'u:' + secret.key1 + '@' + self.status.endpoints.blob",
          labels: { name: 'self.metadata.name', empty: "''" },
        },
        { name: 's', value: "{'version': self.apiVersion, 'kind': self.kind}" },
      ],
    });
    expect(shown(planned)).toEqual({
      'Secret s': { dsn: 'u:k1@https://b', version: 'g.azure.com/v20240101', kind: 'Account' },
    });
    expect(planned).toMatchObject({ targets: [{ labels: { name: 'a', empty: '' } }] });
  });

  it.each([
    { expression: { name: 's', value: "'text'" }, because: 'a string needs a key' },
    { expression: { name: 's', key: 'k', value: "{'a': 'b'}" }, because: 'a map must not have a key' },
    { expression: { name: 's', key: 'k', value: '1' }, because: 'a number is neither' },
    { expression: { name: 's', key: 'k', value: "'a'", labels: { l: '1' } }, because: 'a label must be a string' },
    {
      expression: { name: 's', key: 'k', value: 'secret.readOnlyKey' },
      because: 'a secret that Azure did not give is not there',
    },
  ])('$because', ({ expression }) => {
    expect(plan({ secretExpressions: [expression] })).toMatchObject({ ok: false, retry: 'never' });
  });

  it('a ConfigMap never gets a secret', () => {
    expect(plan({ configMapExpressions: [{ name: 'c', key: 'k', value: 'secret.key1' }] })).toMatchObject({
      ok: false,
    });
  });

  it('no plan and no reason prints a secret', () => {
    expect(JSON.stringify(plan({ secrets: { key1: to('s', 'k') } }))).not.toContain('k1"');
  });
});

describe('calls', () => {
  it.each([
    { operatorSpec: {}, calls: [], because: 'nobody wants anything' },
    { operatorSpec: { secrets: { endpoint: to('s', 'k') } }, calls: [], because: 'status needs no call' },
    {
      operatorSpec: { secrets: { key1: to('s', 'k'), queryKey: to('s', 'l') } },
      calls: ['listKeys'],
      because: 'one call fills both',
    },
    {
      operatorSpec: { secretExpressions: [{ name: 's', key: 'k', value: 'secret.kubeconfig' }] },
      calls: ['listUsers'],
      because: 'an expression names it',
    },
    {
      operatorSpec: { secretExpressions: [{ name: 's', key: 'k', value: "'x'", labels: { l: 'secret.key1' } }] },
      calls: [],
      because: 'labels are not looked at, as in the original',
    },
    {
      operatorSpec: { configMapExpressions: [{ name: 's', key: 'k', value: 'secret.key1' }] },
      calls: [],
      because: 'a ConfigMap has no secrets',
    },
  ])('$because', ({ operatorSpec, calls }) => {
    expect(callsNeeded({ spec: { operatorSpec } }, map)).toEqual(calls);
  });
});
