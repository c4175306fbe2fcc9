import { expect, it } from 'vitest';
import { compileFields } from '../../../src/kinds/fields.ts';
import { needsOf } from '../../../src/reconcile/needs.ts';

it('what a spec names is found, wherever it stands, and nothing is resolved', () => {
  const fields = compileFields(
    [
      { at: 'subnets/[]/reference', to: 'id', ref: true },
      { at: 'role', to: 'roleId', ref: 'wellKnown' },
      { at: 'identity/users', identities: true },
      { at: 'password', secret: true },
      { at: 'settings', secret: 'map' },
      { at: 'clientIdFromConfig', to: 'clientId', from: 'configMap' },
      { at: 'uriFromSecret', to: 'uri', from: 'secret' },
    ],
    '2024',
  );
  const spec = {
    owner: { name: 'not asked for here' },
    subnets: [{ reference: { armId: '/a' } }, { reference: { group: 'g', kind: 'k', name: 'n' } }],
    role: { wellKnownName: 'Owner' },
    identity: { users: [{ reference: { armId: '/i' } }] },
    password: { name: 's', key: 'k' },
    settings: { name: 'whole' },
    clientIdFromConfig: { name: 'c', key: 'k' },
    uriFromSecret: { name: 's', key: 'uri' },
  };
  expect(needsOf(spec, fields)).toEqual({
    references: [{ armId: '/a' }, { group: 'g', kind: 'k', name: 'n' }, { armId: '/i' }],
    wellKnown: ['Owner'],
    secrets: [
      { name: 's', key: 'k' },
      { name: 's', key: 'uri' },
    ],
    secretMaps: ['whole'],
    configMaps: [{ name: 'c', key: 'k' }],
  });
});

it('a twin that is not used is not needed', () => {
  const fields = compileFields([{ at: 'aFromConfig', to: 'a', from: 'configMap' }], '2024');
  expect(needsOf({ a: 'plain', aFromConfig: { name: 'c', key: 'k' } }, fields).configMaps).toEqual([]);
});

it('an incomplete reference is a need: the operator says what it lacks', () => {
  const fields = compileFields([{ at: 'r', ref: true }], '2024');
  expect(needsOf({ r: {} }, fields).references).toEqual([{}]);
});
