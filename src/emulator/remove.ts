// DELETE of a resource: what is not there, what stands in the way, and the way of its type.

import { parseId } from '../arm/id.ts';
import { usersProblem } from './dependents.ts';
import type { Answer } from './message.ts';
import { notFound } from './not-found.ts';
import { respondTo } from './operations.ts';
import { profileOf } from './profiles.ts';
import { removeTree, shown } from './resources.ts';
import type { Resource } from './state.ts';
import { childrenOf, parentOf } from './store.ts';
import type { World } from './world.ts';
import { lockOn, type Target } from './write-problems.ts';

/** Answers a deletion, and takes away what it takes away at once. */
export function remove(world: World, target: Target, resource: Resource | undefined, type: string): Answer {
  const key = target.path.toLowerCase();
  if (resource === undefined) {
    const parent = parentOf(target.path);
    const isParentGone =
      parent !== undefined &&
      parseId(parent) !== undefined &&
      !/^\/subscriptions\/[^/]+$/i.test(parent) &&
      !world.state.resources.has(parent.toLowerCase());
    return isParentGone
      ? notFound(world.state, parent, parseId(parent)?.type ?? '', 'gateway')
      : type.toLowerCase() === 'microsoft.resources/resourcegroups'
        ? notFound(world.state, target.path, type)
        : { status: 204 };
  }
  const locked =
    lockOn(world.state, key, 'delete') ??
    [...childrenOf(world.state, key)]
      .map((child) => lockOn(world.state, child.id.toLowerCase(), 'delete'))
      .find((answer) => answer !== undefined);
  if (locked !== undefined) return locked;
  const used = usersProblem(world.state, resource);
  if (used !== undefined) return used;
  const profile = profileOf(resource.type);
  if (profile.delete.takesMs > 0) return respondTo(world, { request: target.request, resource, isNew: false, profile });
  // Role assignments are shown a last time.
  const body = profile.delete.shows === 'resource' ? { body: shown(resource, world.state, world.settings) } : {};
  removeTree(world.state, key);
  return { status: profile.delete.status, ...body };
}
