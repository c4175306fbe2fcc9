// Soft-deleted key vaults: their name stays taken until they are recovered or purged. Source: arm-protocol section 12.

import { isObject, type JsonObject } from '../values/json.ts';
import { type Answer, type Request, refuse } from './message.ts';
import type { DeletedVault, Resource, State } from './state.ts';
import type { World } from './world.ts';

const nameOf = (id: string): string => id.slice(id.lastIndexOf('/') + 1).toLowerCase();

export function softDelete(state: State, vault: Resource): void {
  const location = String(vault.body.location ?? '').toLowerCase();
  const properties = isObject(vault.body.properties) ? vault.body.properties : {};
  state.deletedVaults.set(`${location}/${nameOf(vault.id)}`, {
    id: vault.id,
    location,
    body: vault.body,
    purgeProtected: properties.enablePurgeProtection === true,
  });
}

/** GET, list and purge of deleted vaults; undefined when the path is neither. */
export function deletedVaults(world: World, path: string, request: Request): Answer | undefined {
  const match =
    /^\/subscriptions\/[^/]+\/providers\/Microsoft\.KeyVault\/locations\/([^/]+)\/deletedVaults\/([^/]+)(\/purge)?$/i.exec(
      path,
    );
  if (match === null) return listed(world, path, request);
  const key = `${match[1]}/${match[2]}`.toLowerCase();
  const deleted = world.state.deletedVaults.get(key);
  if (deleted === undefined)
    return refuse(404, 'DeletedVaultNotFound', `The specified deleted vault '${match[2]}' does not exist.`);
  if (match[3] !== undefined && request.method === 'POST') {
    if (deleted.purgeProtected)
      return refuse(
        409,
        'MethodNotAllowed',
        'Operation "DeletedVaultPurge" is not allowed: purge protection is enabled.',
      );
    world.state.deletedVaults.delete(key);
    return { status: 200 };
  }
  return { status: 200, body: shownAs(path, deleted) };
}

/** All deleted vaults of the subscription. */
function listed({ state }: World, path: string, request: Request): Answer | undefined {
  const subscription = /^(\/subscriptions\/[^/]+)\/providers\/Microsoft\.KeyVault\/deletedVaults$/i.exec(path)?.[1];
  if (subscription === undefined || request.method !== 'GET') return undefined;
  const within = [...state.deletedVaults.values()].filter((vault) =>
    vault.id.toLowerCase().startsWith(`${subscription.toLowerCase()}/`),
  );
  return {
    status: 200,
    body: {
      value: within.map((vault) =>
        shownAs(
          `${subscription}/providers/Microsoft.KeyVault/locations/${vault.location}/deletedVaults/${nameOf(vault.id)}`,
          vault,
        ),
      ),
    },
  };
}

function shownAs(id: string, deleted: DeletedVault): JsonObject {
  return {
    id,
    name: id.slice(id.lastIndexOf('/') + 1),
    type: 'Microsoft.KeyVault/deletedVaults',
    properties: { vaultId: deleted.id, location: deleted.location, deletionDate: '2001-02-03T04:05:06Z' },
  };
}

/** Whether a write brings a deleted vault back. */
export function isRecovered(type: string, body: JsonObject): boolean {
  return (
    type.toLowerCase() === 'microsoft.keyvault/vaults' &&
    isObject(body.properties) &&
    body.properties.createMode === 'recover'
  );
}

/** Why a vault may not be made: its name is held by a deleted one. Recovering brings that one back. */
export function vaultProblem(state: State, id: string, body: JsonObject): Answer | undefined {
  const key = [...state.deletedVaults.keys()].find((candidate) => candidate.endsWith(`/${nameOf(id)}`));
  const mode = isObject(body.properties) ? body.properties.createMode : undefined;
  if (key === undefined)
    return mode === 'recover' && !state.resources.has(id.toLowerCase())
      ? refuse(404, 'DeletedVaultNotFound', 'There is no deleted vault of this name to recover.')
      : undefined;
  if (mode !== 'recover')
    return refuse(
      409,
      'ConflictError',
      'A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault.',
    );
  state.deletedVaults.delete(key);
  return undefined;
}
