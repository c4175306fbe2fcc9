// handle: one request to the emulated Azure. Computes on the state it is given and the time it is told; touches nothing else.
// Read top to bottom: who asks, is there quota, is the path whole, which resource, which verb.

import { parseId, subscriptionOf } from '../arm/id.ts';
import { act, keyed, rotate } from './actions.ts';
import { list } from './collections.ts';
import { graph, isForGraph } from './graph.ts';
import { unknownVersion } from './known-version.ts';
import { type Answer, type Request, refuse, refuseAtGateway } from './message.ts';
import { callerOf, linkedProblem } from './minted.ts';
import { notFound } from './not-found.ts';
import { pollOf } from './polls.ts';
import { remove } from './remove.ts';
import { advance, etagOf, hasEtag, shown } from './resources.ts';
import { rightProblem } from './rights.ts';
import { builtInRoles } from './roles.ts';
import type { Resource } from './state.ts';
import { throttle } from './throttle.ts';
import { login } from './tokens.ts';
import { deletedVaults } from './vaults.ts';
import type { World } from './world.ts';
import { write } from './write.ts';
import { lockOn, type Target } from './write-problems.ts';

export interface Handled extends Answer {
  readonly principal?: string;
}

/** Answers a request as Azure would. */
export function handle(world: World, request: Request): Handled {
  const { state, settings, now } = world;
  const token = login(request, state, settings, now);
  if (token !== undefined) return token;
  const who = callerOf(request, state, settings, now);
  if ('refused' in who) return who.refused;
  if (isForGraph(request)) return { ...graph(world, request), principal: who.principal };
  advance(state, now);
  const quota = throttle(request, state, settings, { now, principal: who.principal });
  const answer = quota.refused ?? linkedProblem(request, who, settings) ?? route(world, request, who.principal);
  return { ...answer, headers: { ...quota.headers, ...answer.headers }, principal: who.principal };
}

function route(world: World, request: Request, principal: string): Answer {
  const { settings } = world;
  const poll = pollOf(world, request) ?? rightProblem(settings, principal, request);
  if (poll !== undefined) return poll;
  const path = plainPath(request.path);
  if (path === undefined) return refuseAtGateway(400, 'BadRequest', `The path '${request.path}' is malformed.`);
  const apiVersion = request.query.get('api-version');
  if (apiVersion === null)
    return refuseAtGateway(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    );
  if (!/^\d{4}-\d{2}-\d{2}(-[a-z]+)?$/.test(apiVersion))
    return refuseAtGateway(400, 'InvalidApiVersionParameter', `The api-version '${apiVersion}' is invalid.`);
  const subscription = subscriptionOf(path);
  if (subscription !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(subscription))
    return refuseAtGateway(
      400,
      'InvalidSubscriptionId',
      `The provided subscription identifier '${subscription}' is malformed or invalid.`,
    );
  if (
    subscription !== undefined &&
    !settings.subscriptionIds.some((known) => known.toLowerCase() === subscription.toLowerCase())
  ) {
    return refuseAtGateway(404, 'SubscriptionNotFound', `The subscription '${subscription}' could not be found.`);
  }
  return (
    register(world, path, request) ??
    deletedVaults(world, path, request) ??
    roleDefinitions(path, request) ??
    resourceOrCollection(world, { path, apiVersion, request })
  );
}

function plainPath(path: string): string | undefined {
  try {
    return decodeURIComponent(path).replace(/\/+$/, '');
  } catch {
    return undefined;
  }
}

function register(world: World, path: string, request: Request): Answer | undefined {
  const match = /^\/subscriptions\/[^/]+\/providers\/([^/]+)(\/register)?$/i.exec(path);
  if (match === null) return undefined;
  const namespace = match[1] ?? '';
  if (request.method === 'POST' && match[2] !== undefined) world.state.registered.add(namespace.toLowerCase());
  return {
    status: 200,
    body: {
      id: path.replace(/\/register$/i, ''),
      namespace,
      registrationState: 'Registered',
      registrationPolicy: 'RegistrationRequired',
    },
  };
}

function roleDefinitions(path: string, request: Request): Answer | undefined {
  return request.method === 'GET' && /(^|\/)providers\/Microsoft\.Authorization\/roleDefinitions$/i.test(path)
    ? { status: 200, body: builtInRoles() }
    : undefined;
}

function resourceOrCollection(world: World, target: Target): Answer {
  const id = parseId(target.path);
  if (id !== undefined && target.request.method !== 'POST') return ofResource(world, target, id.type);
  const segments = target.path.split('/');
  const owner = segments.slice(0, -1).join('/');
  const last = segments.at(-1) ?? '';
  const parsed = parseId(owner);
  if (target.request.method === 'POST') return action(world, { owner, type: parsed?.type, action: last });
  return target.request.method === 'GET'
    ? list(world, target.path, target.request)
    : refuse(405, 'MethodNotAllowed', `The HTTP method '${target.request.method}' is not supported.`);
}

function action(
  world: World,
  asked: { readonly owner: string; readonly type: string | undefined; readonly action: string },
): Answer {
  const key = asked.owner.toLowerCase();
  const locked = lockOn(world.state, key, 'write');
  if (locked !== undefined) return locked;
  const isThere = world.state.resources.has(key) || /\/authorizationrules\//i.test(key);
  if (asked.type === undefined || !isThere)
    return refuse(404, 'ResourceNotFound', `The Resource '${asked.owner}' was not found.`);
  const isRotation = /^regenerate(access)?keys?$/i.test(asked.action);
  if (isRotation) rotate(world.state, key);
  const id = keyed(world.state, asked.owner);
  return act(asked.type, id, isRotation ? 'listKeys' : asked.action, world.catalogue.find(asked.type)?.map);
}

function ofResource(world: World, target: Target, type: string): Answer {
  const known = world.catalogue.find(type);
  const versionProblem = unknownVersion(world, target, type, known);
  if (versionProblem !== undefined) return versionProblem;
  const resource = world.state.resources.get(target.path.toLowerCase());
  const broken = preconditionProblem(target, type, resource);
  if (broken !== undefined) return broken;
  switch (target.request.method) {
    case 'GET':
    case 'HEAD':
      return resource === undefined ? notFound(world.state, target.path, type) : read(world, target, resource);
    case 'PUT':
    case 'PATCH':
      return write(world, target, { type: known?.type ?? type, known, held: resource });
    case 'DELETE':
      return remove(world, target, resource, type);
    default:
      return refuse(405, 'MethodNotAllowed', `The HTTP method '${target.request.method}' is not supported.`);
  }
}

function read(world: World, target: Target, resource: Resource): Answer {
  const etag = etagOf(resource);
  return {
    status: target.request.method === 'HEAD' ? 204 : 200,
    ...(etag === undefined ? {} : { headers: { ETag: etag } }),
    ...(target.request.method === 'HEAD' ? {} : { body: shown(resource, world.state, world.settings) }),
  };
}

/** If-Match and If-None-Match, for the types that have etags. Source: arm-protocol section 6. */
function preconditionProblem({ request }: Target, type: string, resource: Resource | undefined): Answer | undefined {
  const match = request.headers['if-match'];
  const noneMatch = request.headers['if-none-match'];
  if ((match === undefined && noneMatch === undefined) || request.method === 'GET') return undefined;
  const etag = resource === undefined ? undefined : etagOf(resource);
  if (resource !== undefined && etag === undefined) return undefined;
  const isBroken =
    resource === undefined
      ? match !== undefined && request.method === 'PUT' && hasEtag(type)
      : noneMatch === '*' || (match !== undefined && match !== '*' && match !== etag);
  return isBroken
    ? refuse(412, 'PreconditionFailed', 'The condition set by If-Match or If-None-Match is not met.')
    : undefined;
}
