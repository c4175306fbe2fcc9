// The emulator without a socket: one state, a clock that is moved by hand, and verbs that read as prose.

import { openCatalogue } from '../../src/emulator/catalogue.ts';
import { type Handled, handle } from '../../src/emulator/handle.ts';
import type { Request } from '../../src/emulator/message.ts';
import { DEFAULTS, type EmulatorSettings } from '../../src/emulator/settings.ts';
import { emptyState } from '../../src/emulator/state.ts';
import type { World } from '../../src/emulator/world.ts';
import { isObject, type Json, type JsonObject } from '../../src/values/json.ts';

const catalogue = openCatalogue('crds');
export const BASE = 'https://azure.test';
export const SUBSCRIPTION = `/subscriptions/${DEFAULTS.subscriptionIds[0]}`;
export const GROUP = `${SUBSCRIPTION}/resourceGroups/rg`;

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly fault?: NonNullable<World['operationFault']>;
}

export interface Azure {
  readonly put: (url: string, body: Json, sent?: Sent) => Handled;
  readonly patch: (url: string, body: Json) => Handled;
  readonly get: (url: string) => Handled;
  readonly remove: (url: string, sent?: Sent) => Handled;
  readonly post: (url: string, body?: Json) => Handled;
  readonly send: (method: string, url: string, body?: Json, sent?: Sent) => Handled;
  /** Moves the clock, and signs in again: tokens end. */
  readonly later: (ms: number) => void;
}

/** An Azure of its own, with a resource group and a signed-in client. */
export function azure(settings: Partial<EmulatorSettings> = {}): Azure {
  const state = emptyState();
  const all = { ...DEFAULTS, limits: 'off' as const, ...settings };
  let now = Date.parse('2030-01-01T00:00:00Z');
  const ask = (method: string, url: string, body?: Json, sent: Sent = {}): Handled => {
    const plain = url.startsWith(BASE) ? url.slice(BASE.length) : url;
    const [path = '', query = ''] = plain.split('?', 2);
    const request: Request = {
      method,
      path,
      query: new URLSearchParams(query),
      headers: { authorization: `Bearer ${token}`, ...sent.headers },
      body,
      text: typeof body === 'string' ? body : '',
      base: BASE,
    };
    return handle(
      { state, settings: all, catalogue, now, ...(sent.fault === undefined ? {} : { operationFault: sent.fault }) },
      request,
    );
  };
  let token = '';
  const [client] = all.clients;
  const signIn = (): void => {
    const form = `grant_type=client_credentials&client_id=${client?.clientId}&client_secret=${client?.clientSecret}`;
    token = String(bodyOf(ask('POST', `/${all.tenantId}/oauth2/v2.0/token`, form)).access_token);
  };
  signIn();
  ask('PUT', `${SUBSCRIPTION}/resourceGroups/rg?api-version=2020-06-01`, { location: 'westus2' });
  return {
    put: (url, body, sent) => ask('PUT', url, body, sent),
    patch: (url, body) => ask('PATCH', url, body),
    get: (url) => ask('GET', url),
    remove: (url, sent) => ask('DELETE', url, undefined, sent),
    post: (url, body) => ask('POST', url, body),
    send: ask,
    later: (ms) => {
      now += ms;
      signIn();
    },
  };
}

export function bodyOf(answer: Handled): JsonObject {
  return isObject(answer.body) ? answer.body : {};
}

export function propertiesOf(answer: Handled): JsonObject {
  const { properties } = bodyOf(answer);
  return isObject(properties) ? properties : {};
}

/** '409 ScopeLocked', or the bare status of an answer without an error. */
export function outcomeOf(answer: Handled): string {
  const { error } = bodyOf(answer);
  return isObject(error) ? `${answer.status} ${error.code}` : String(answer.status);
}

/** Bodies that the types of the tests accept. */
export const BODIES = {
  vnet: { location: 'westus2', properties: { addressSpace: { addressPrefixes: ['10.0.0.0/16'] } } },
  storage: { location: 'westus2', kind: 'StorageV2', sku: { name: 'Standard_LRS' } },
  vault: {
    location: 'westus2',
    properties: { tenantId: DEFAULTS.tenantId, sku: { family: 'A', name: 'standard' }, accessPolicies: [] },
  },
  identity: { location: 'westus2' },
} as const;

export const URLS = {
  group: `${GROUP}?api-version=2020-06-01`,
  vnet: `${GROUP}/providers/Microsoft.Network/virtualNetworks/v1?api-version=2020-11-01`,
  subnet: (name: string) =>
    `${GROUP}/providers/Microsoft.Network/virtualNetworks/v1/subnets/${name}?api-version=2020-11-01`,
  storage: `${GROUP}/providers/Microsoft.Storage/storageAccounts/st1?api-version=2021-04-01`,
  vault: `${GROUP}/providers/Microsoft.KeyVault/vaults/kv1?api-version=2021-04-01-preview`,
  identity: `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi1?api-version=2018-11-30`,
  assignment: (guid: string) =>
    `${GROUP}/providers/Microsoft.Authorization/roleAssignments/${guid}?api-version=2022-04-01`,
  lock: `${GROUP}/providers/Microsoft.Authorization/locks/l1?api-version=2020-05-01`,
} as const;
