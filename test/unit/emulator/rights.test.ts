import { expect, it } from 'vitest';
import { DEFAULTS } from '../../../src/emulator/settings.ts';
import { azure, BODIES, bodyOf, GROUP, outcomeOf, URLS } from '../../support/azure.ts';

const [client] = DEFAULTS.clients;
const reader = (scope: string, ...more: ('write' | 'delete' | 'action')[]) =>
  azure({ grants: { [client?.clientId ?? '']: [{ scope, may: ['read', ...more] }] } });

it('a principal without a row may do everything', () => {
  expect(azure().put(URLS.vnet, BODIES.vnet).status).toBe(201);
});

it('one with a row may do what it says, there and below, and is told what it may not', () => {
  const cloud = reader(GROUP);
  expect(outcomeOf(cloud.get(URLS.vnet))).toBe('404 ResourceGroupNotFound');
  const refused = cloud.put(URLS.vnet, BODIES.vnet);
  expect(outcomeOf(refused)).toBe('403 AuthorizationFailed');
  expect(JSON.stringify(bodyOf(refused))).toContain(
    "perform action 'Microsoft.Network/virtualNetworks/write' over scope",
  );
});

it.each([
  ['PUT', URLS.storage, '403 AuthorizationFailed'],
  ['DELETE', URLS.storage, '403 AuthorizationFailed'],
  ['POST', URLS.storage.replace('/st1?', '/st1/listKeys?'), '403 AuthorizationFailed'],
  ['GET', URLS.group, '403 AuthorizationFailed'],
])('%s elsewhere is refused', (method, url, outcome) => {
  expect(outcomeOf(reader(`${GROUP}/providers/Microsoft.Network`, 'write').send(method, url, BODIES.storage))).toBe(
    outcome,
  );
});

it('a scope is no prefix of another name', () => {
  expect(outcomeOf(reader(GROUP).get(URLS.group.replace('/rg?', '/rg2?')))).toBe('403 AuthorizationFailed');
});
