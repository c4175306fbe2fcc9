// Lists: the members of a collection at its scope, the top-level resources of a type in a whole subscription, everything in a group;
// in pages when $top asks for them.

import { parseId } from '../arm/id.ts';
import { type Answer, type Request, refuseAtGateway } from './message.ts';
import { shown } from './resources.ts';
import type { Resource } from './state.ts';
import { childrenOf, membersOf, parentOf } from './store.ts';
import type { World } from './world.ts';

/** The answer to a GET of a collection. */
export function list(world: World, path: string, request: Request): Answer {
  const found = membersAt(world, path.toLowerCase());
  if (found === undefined)
    return refuseAtGateway(404, 'InvalidResourceType', `The path '${path}' is no resource and no collection.`);
  const size = Number(request.query.get('$top') ?? Number.POSITIVE_INFINITY);
  const from = Number(request.query.get('$skipToken') ?? 0);
  const page = found.slice(from, from + (size > 0 ? size : found.length));
  const next = new URLSearchParams(request.query);
  next.set('$skipToken', String(from + page.length));
  return {
    status: 200,
    body: {
      value: page.map((resource) => shown(resource, world.state, world.settings)),
      ...(from + page.length < found.length ? { nextLink: `${request.base}${request.path}?${next}` } : {}),
    },
  };
}

function membersAt({ state }: World, key: string): readonly Resource[] | undefined {
  const groups = /^(\/subscriptions\/[^/]+)\/resourcegroups$/.exec(key);
  if (groups !== null) return [...state.resources.values()].filter((resource) => isMember(resource, `${key}/`));
  const inGroup = /^(\/subscriptions\/[^/]+\/resourcegroups\/[^/]+)\/resources$/.exec(key);
  if (inGroup?.[1] !== undefined)
    return childrenOf(state, inGroup[1]).filter((resource) => typeof resource.body.location === 'string');
  const inSubscription = /^(\/subscriptions\/[^/]+)\/(providers\/[^/]+\/[^/]+)$/.exec(key);
  if (inSubscription?.[1] !== undefined) {
    const within = `${inSubscription[1]}/`;
    const tail = `/${inSubscription[2]}/`;
    return [...state.resources.values()].filter((resource) => {
      const id = resource.id.toLowerCase();
      return (
        id.startsWith(within) &&
        id.lastIndexOf(tail) === id.lastIndexOf('/providers/') &&
        isMember(resource, id.slice(0, id.lastIndexOf(tail)) + tail)
      );
    });
  }
  if (parseId(`${key}/x`) === undefined) return undefined;
  return membersOf(state, parentOf(`${key}/x`) ?? '', `${key}/`);
}

function isMember(resource: Resource, prefix: string): boolean {
  const id = resource.id.toLowerCase();
  return id.startsWith(prefix) && !id.slice(prefix.length).includes('/');
}
