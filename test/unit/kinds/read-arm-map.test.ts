import { describe, expect, it } from 'vitest';
import { readArmMap } from '../../../src/kinds/read-arm-map.ts';
import { shippedKinds } from '../../support/kinds.ts';

const MAP = {
  format: 1,
  kind: 'Foo',
  storage: 'v1storage',
  versions: { v1: '2023-01-01' },
  spec: [],
  status: [],
};

describe('the arm-map annotation', () => {
  it.each([
    { text: '{', why: 'it is not JSON', because: 'cut off' },
    { text: '[]', why: 'the whole: ', because: 'no object' },
    { text: JSON.stringify({ ...MAP, format: 2 }), why: 'format: ', because: 'a format of the future' },
    { text: JSON.stringify({ ...MAP, kind: '' }), why: 'kind: ', because: 'no kind' },
    { text: JSON.stringify({ ...MAP, versions: { v1: 2023 } }), why: 'versions.v1: ', because: 'no text' },
    {
      text: JSON.stringify({ ...MAP, spec: [{ at: 'a', ref: 'yes' }] }),
      why: 'spec.0.ref: ',
      because: 'an unknown word',
    },
    {
      text: JSON.stringify({ ...MAP, spec: ['sku/name'] }),
      why: 'spec.0: ',
      because: 'a path that says nothing by its name',
    },
    { text: JSON.stringify({ ...MAP, owner: 'Server' }), why: 'owner: ', because: 'an owner without a group' },
    { text: JSON.stringify({ ...MAP, type: 'storageAccounts' }), why: 'type: ', because: 'no provider' },
    {
      text: JSON.stringify({ ...MAP, secrets: { key: { call: 'listKeys' } } }),
      why: 'secrets.key.at: ',
      because: 'a call without a place',
    },
  ])('is refused with its reason: $because', ({ text, why }) => {
    const read = readArmMap(text);
    expect(read.ok ? '' : read.why).toContain(why);
  });

  it('members of the future are kept and do no harm', () => {
    expect(readArmMap(JSON.stringify({ ...MAP, color: 'red', spec: [{ at: 'a', shade: 1 }] }))).toMatchObject({
      ok: true,
      map: { spec: [{ at: 'a' }] },
    });
  });

  it('a field may have one source or one for each version', () => {
    const secrets = {
      a: { status: 'x' },
      b: [
        { status: 'x', in: ['1'] },
        { call: 'c', at: 'k', in: ['2'] },
      ],
      c: { id: 'subscription' },
    };
    expect(readArmMap(JSON.stringify({ ...MAP, secrets }))).toMatchObject({ ok: true, map: { secrets } });
  });

  it('every shipped CRD has one that reads', () => {
    expect(shippedKinds().size).toBeGreaterThanOrEqual(294);
  });
});
