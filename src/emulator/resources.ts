// Resources of the emulator: finding them, their parents and children, and what a GET shows of them.

import { isObject, type JsonObject } from '../values/json.ts';
import { type Growing, setAt } from '../values/place.ts';
import { distorted, kept, type Showing } from './distortions.ts';
import { endpointInterface, guidOf } from './made.ts';
import { profileOf } from './profiles.ts';
import type { EmulatorSettings } from './settings.ts';
import type { Resource, State } from './state.ts';
import { childrenOf, drop, membersOf } from './store.ts';
import { softDelete } from './vaults.ts';

/** Ends the operations whose time has come; what they did becomes visible. */
export function advance(state: State, now: number): void {
  for (const operation of state.running) {
    if (operation.endsAt > now) continue;
    state.running.delete(operation);
    const resource = state.resources.get(operation.resource);
    if (resource?.operation !== operation) continue;
    if (operation.error === undefined && operation.verb === 'DELETE') removeTree(state, operation.resource);
    else if (operation.error !== undefined && operation.verb === 'PUT')
      // A failed create leaves the resource in a failed state; the next write may mend it.
      resource.operation = { ...operation, shows: 'Failed' };
    else delete resource.operation;
  }
}

/** Removes a resource and everything below it; vaults among them stay behind as deleted ones. */
export function removeTree(state: State, key: string): void {
  const held = state.resources.get(key);
  const gone = [...(held === undefined ? [] : [held]), ...childrenOf(state, key)];
  for (const resource of gone.reverse()) {
    if (resource.type.toLowerCase() === 'microsoft.keyvault/vaults') softDelete(state, resource);
    drop(state, resource.id.toLowerCase());
    if (resource.type.toLowerCase() === 'microsoft.network/privateendpoints')
      drop(state, endpointInterface(resource.id).toLowerCase());
  }
}

/** What an answer shows of a resource: a read's, or that of the write itself. */
export function shown(
  resource: Resource,
  state: State,
  settings: EmulatorSettings,
  showing: Showing = 'GET',
): JsonObject {
  const { type } = resource;
  const body = settings.distortions ? kept(type, resource.body) : resource.body;
  const properties: Growing = {
    ...(isObject(body.properties) ? structuredClone(body.properties) : {}),
    ...(isObject(resource.made.properties) ? resource.made.properties : {}),
  };
  showEmbedded(properties, resource, state, settings);
  Object.assign(properties, provisioning(resource));
  const etag = etagOf(resource);
  const whole = {
    ...body,
    ...resource.made,
    id: resource.id,
    name:
      type.toLowerCase() === POLICIES ? 'DefaultManagementPolicy' : resource.id.slice(resource.id.lastIndexOf('/') + 1),
    type,
    ...(etag === undefined ? {} : { etag }),
    // Built from JSON alone.
    properties: properties as JsonObject,
  };
  return settings.distortions ? distorted(type, whole, showing) : whole;
}

const POLICIES = 'microsoft.storage/storageaccounts/managementpolicies';

const CONTAINERS = 'microsoft.storage/storageaccounts/blobservices/containers';

export function hasEtag(type: string): boolean {
  const lower = type.toLowerCase();
  return lower === CONTAINERS || (lower.startsWith('microsoft.network/') && !lower.includes('dns'));
}

/** The etag of the types that have one: it changes with each write and when an operation ends. */
export function etagOf(resource: Resource): string | undefined {
  if (!hasEtag(resource.type)) return undefined;
  if (resource.type.toLowerCase() === CONTAINERS)
    return `"0x8${guidOf(`${resource.id} ${resource.revision}`).replaceAll('-', '').slice(0, 15).toUpperCase()}"`;
  return `W/"${guidOf(`${resource.id} ${resource.revision} ${resource.operation?.id}`)}"`;
}

function provisioning(resource: Resource): JsonObject {
  if (profileOf(resource.type).hasState === false) return {};
  if (resource.operation === undefined) return { provisioningState: 'Succeeded' };
  return { provisioningState: resource.operation.shows };
}

/** Children that a parent's body shows, below `properties`: leaving them out of a PUT deletes them. */
export const EMBEDDED: Readonly<Record<string, { readonly path: readonly string[]; readonly type: string }>> = {
  'microsoft.network/virtualnetworks': { path: ['subnets'], type: 'subnets' },
  'microsoft.network/routetables': { path: ['routes'], type: 'routes' },
  'microsoft.network/networksecuritygroups': { path: ['securityRules'], type: 'securityRules' },
  'microsoft.network/loadbalancers': { path: ['inboundNatRules'], type: 'inboundNatRules' },
  'microsoft.compute/virtualmachinescalesets': {
    path: ['virtualMachineProfile', 'extensionProfile', 'extensions'],
    type: 'extensions',
  },
};

/** Puts the children into the properties that are shown of their parent. A scale set without any shows no list. */
function showEmbedded(properties: Growing, resource: Resource, state: State, settings: EmulatorSettings): void {
  const rule = EMBEDDED[resource.type.toLowerCase()];
  if (rule === undefined) return;
  const prefix = `${resource.id.toLowerCase()}/${rule.type.toLowerCase()}/`;
  const children = membersOf(state, resource.id.toLowerCase(), prefix);
  if (children.length === 0 && rule.path.length > 1) return;
  setAt(
    properties,
    rule.path,
    children.map((child) => shown(child, state, settings)),
  );
}
