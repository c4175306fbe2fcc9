// Resources of the emulator: finding them, their parents and children, and what a GET shows of them.

import { parseId } from '../arm/id.ts';
import { isObject, type Json, type JsonObject } from '../values/json.ts';
import { shownLocation, withoutWriteOnly } from './made.ts';
import { profileOf } from './profiles.ts';
import type { EmulatorSettings } from './settings.ts';
import type { Resource, State } from './state.ts';

/** Ends the operations whose time has come; what they did becomes visible. */
export function advance(state: State, now: number): void {
  for (const operation of state.operations.values()) {
    const resource = state.resources.get(operation.resource);
    if (resource?.operation !== operation || operation.endsAt > now) continue;
    if (operation.verb === 'DELETE' && operation.error === undefined) removeTree(state, operation.resource);
    else if (operation.error === undefined) delete resource.operation;
  }
}

/** Removes a resource and everything below it. */
export function removeTree(state: State, key: string): void {
  state.resources.delete(key);
  for (const other of childrenOf(state, key)) state.resources.delete(other.id.toLowerCase());
}

/** Everything below an id, extension resources included. */
export function childrenOf(state: State, key: string): readonly Resource[] {
  const prefix = `${key}/`;
  return [...state.resources.values()].filter((resource) => resource.id.toLowerCase().startsWith(prefix));
}

/** The id that must exist before a resource can be made: its parent, or its resource group. */
export function parentOf(id: string): string | undefined {
  const segments = id.split('/');
  const provider = segments.map((segment) => segment.toLowerCase()).lastIndexOf('providers');
  if (provider === -1) return undefined;
  // An extension or top-level resource: what stands before /providers/.
  if (segments.length - provider <= 4) return segments.slice(0, provider).join('/');
  return segments.slice(0, -2).join('/');
}

/** What a GET shows. */
export function shown(resource: Resource, state: State, settings: EmulatorSettings): JsonObject {
  const { type } = resource;
  const lower = type.toLowerCase();
  const body = settings.distortions ? withoutWriteOnly(type, resource.body) : resource.body;
  const properties = {
    ...(isObject(body.properties) ? body.properties : {}),
    ...(isObject(resource.made.properties) ? resource.made.properties : {}),
  };
  const location =
    typeof body.location === 'string'
      ? { location: settings.distortions ? shownLocation(type, body.location) : body.location }
      : {};
  const name =
    lower === 'microsoft.storage/storageaccounts/managementpolicies'
      ? 'DefaultManagementPolicy'
      : (parseId(resource.id)?.name ?? '');
  return withoutNulls({
    ...body,
    ...location,
    ...Object.fromEntries(Object.entries(resource.made).filter(([member]) => member !== 'properties')),
    id: resource.id,
    name,
    type,
    properties: { ...properties, ...embedded(resource, state, settings), ...provisioning(resource) },
  });
}

function provisioning(resource: Resource): JsonObject {
  if (profileOf(resource.type).hasState === false) return {};
  if (resource.operation === undefined) return { provisioningState: 'Succeeded' };
  return {
    provisioningState:
      resource.operation.error !== undefined && resource.operation.endsAt === 0 ? 'Failed' : resource.operation.shows,
  };
}

/** Children that a parent's body shows: leaving them out of a PUT deletes them. */
export const EMBEDDED: Readonly<Record<string, { readonly member: string; readonly type: string }>> = {
  'microsoft.network/virtualnetworks': { member: 'subnets', type: 'subnets' },
  'microsoft.network/routetables': { member: 'routes', type: 'routes' },
  'microsoft.network/networksecuritygroups': { member: 'securityRules', type: 'securityRules' },
  'microsoft.network/loadbalancers': { member: 'inboundNatRules', type: 'inboundNatRules' },
};

function embedded(resource: Resource, state: State, settings: EmulatorSettings): JsonObject {
  const rule = EMBEDDED[resource.type.toLowerCase()];
  if (rule === undefined) return {};
  const prefix = `${resource.id.toLowerCase()}/${rule.type.toLowerCase()}/`;
  const children = [...state.resources.values()].filter(
    (child) => child.id.toLowerCase().startsWith(prefix) && !child.id.slice(prefix.length).includes('/'),
  );
  return { [rule.member]: children.map((child) => shown(child, state, settings)) };
}

function withoutNulls(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== null && member !== undefined) as [string, Json][],
  );
}
