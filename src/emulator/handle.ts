// handle: one request to the emulated Azure. Computes on the state it is given and the time it is told; touches nothing else.
// Read top to bottom: who asks, is there quota, is the path whole, which resource, which verb.

import { parseId, subscriptionOf } from '../arm/id.ts';
import { equal, isObject, type JsonObject } from '../values/json.ts';
import { mergePatch, withoutNulls } from '../values/merge-patch.ts';
import { act, keyed, rotate } from './actions.ts';
import type { Catalogue, KnownType } from './catalogue.ts';
import { list } from './collections.ts';
import { usersProblem } from './dependents.ts';
import { graph, isForGraph } from './graph.ts';
import { guidOf, made } from './made.ts';
import { type Answer, type Request, refuse, refuseAtGateway } from './message.ts';
import { callerOf, linkedProblem } from './minted.ts';
import { notFound } from './not-found.ts';
import { respondTo } from './operations.ts';
import { embed, makeParts } from './parts.ts';
import { pollOf } from './polls.ts';
import { profileOf } from './profiles.ts';
import { advance, etagOf, hasEtag, removeTree, shown } from './resources.ts';
import { rightProblem } from './rights.ts';
import { builtInRoles } from './roles.ts';
import type { EmulatorSettings } from './settings.ts';
import type { Resource, State } from './state.ts';
import { childrenOf, keep, nextRevision, parentOf } from './store.ts';
import { throttle } from './throttle.ts';
import { login } from './tokens.ts';
import { deletedVaults, isRecovered } from './vaults.ts';
import { lockOn, type Target, type Writing, writeProblem } from './write-problems.ts';

export interface World {
  readonly state: State;
  readonly settings: EmulatorSettings;
  readonly catalogue: Catalogue;
  readonly now: number;
  /** What becomes of an operation that this request starts, when a fault says so. */
  readonly operationFault?: 'never ends' | { readonly code: string; readonly message: string };
}

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

function unknownVersion(world: World, target: Target, type: string, known: KnownType | undefined): Answer | undefined {
  const namespace = type.split('/')[0] ?? '';
  if (!world.catalogue.namespaces.has(namespace.toLowerCase()))
    return refuseAtGateway(404, 'InvalidResourceNamespace', `The resource namespace '${namespace}' is invalid.`);
  if (known === undefined)
    return /locks$/i.test(type)
      ? undefined
      : refuseAtGateway(
          404,
          'InvalidResourceType',
          `The resource type '${type.split('/').slice(1).join('/')}' could not be found in the namespace '${namespace}' for api version '${target.apiVersion}'.`,
        );
  if (known.apiVersions.includes(target.apiVersion) || isReadBetween(target, known)) return undefined;
  if (/^microsoft\.resources\//i.test(type))
    return refuseAtGateway(
      400,
      'InvalidApiVersionParameter',
      `The api-version '${target.apiVersion}' is invalid. The supported versions are '${known.apiVersions.join(',')}'.`,
    );
  const supported = known.apiVersions.join(', ');
  return refuseAtGateway(
    400,
    'NoRegisteredProviderFound',
    `No registered resource provider found for location '' and API version '${target.apiVersion}' for type '${type.split('/').slice(1).join('/')}'. The supported api-versions are '${supported}'.`,
  );
}

/** Azure knows more versions than our kinds: a read between two of them is answered. */
function isReadBetween({ apiVersion, request }: Target, { apiVersions }: KnownType): boolean {
  return request.method === 'GET' && apiVersion < (apiVersions[0] ?? '') && apiVersion > (apiVersions.at(-1) ?? '');
}

function write(world: World, target: Target, writing: Writing): Answer {
  if (target.request.method === 'PATCH' && writing.held === undefined)
    return notFound(world.state, target.path, writing.type);
  const body = bodyOf(target.request, writing.held);
  if (body === undefined)
    return refuse(
      400,
      'InvalidRequestContent',
      'The request content was invalid and could not be deserialized: the body must be a JSON object.',
    );
  const problem = writeProblem(world, target, writing, body);
  if (problem !== undefined) return problem;
  const { state, settings, now } = world;
  const id = target.path;
  // A recovered vault is as it was: there is nothing to wait for.
  const isNew = writing.held === undefined && !isRecovered(writing.type, body);
  const { name: _ignored, ...sent } = body;
  const kept = embed(world, id, writing.type, sent);
  const resource: Resource = {
    id,
    type: writing.type,
    apiVersion: target.apiVersion,
    body: kept,
    made: made(writing.type, { id, name: id.slice(id.lastIndexOf('/') + 1), body: kept, settings }),
    createdAt: writing.held?.createdAt ?? now,
    revision: nextRevision(state),
  };
  keep(state, resource);
  makeParts(world, resource);
  if (isNew && writing.type.toLowerCase() === 'microsoft.managedidentity/userassignedidentities')
    state.principals.set(guidOf(`principal ${id}`).toLowerCase(), now);
  return respondTo(world, {
    request: target.request,
    resource,
    isNew,
    isSame: writing.held !== undefined && equal(writing.held.body, kept),
    profile: profileOf(writing.type),
  });
}

/** What a write asks for: all of it, or what a merge patch makes of what is held. A null is as good as absent. */
function bodyOf({ method, body }: Request, held: Resource | undefined): JsonObject | undefined {
  if (!isObject(body)) return undefined;
  if (method !== 'PATCH' || held === undefined) return withoutNulls(body);
  const patched = mergePatch(held.body, body);
  return isObject(patched) ? { ...patched, ...(isObject(body.tags) ? { tags: body.tags } : {}) } : undefined;
}

function remove(world: World, target: Target, resource: Resource | undefined, type: string): Answer {
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
