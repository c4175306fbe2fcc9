// handle: one request to the emulated Azure. Computes on the state it is given and the time it is told; touches nothing else.
// Read top to bottom: who asks, is there quota, is the path whole, which resource, which verb.

import { parseId, subscriptionOf } from '../arm/id.ts';
import { isObject, type JsonObject } from '../values/json.ts';
import { mergePatch, withoutNulls } from '../values/merge-patch.ts';
import { act } from './actions.ts';
import { problemsOf } from './body-schema.ts';
import type { Catalogue, KnownType } from './catalogue.ts';
import { guidOf, made } from './made.ts';
import { type Answer, type Request, refuse } from './message.ts';
import { pollOf, respondTo } from './operations.ts';
import { profileOf } from './profiles.ts';
import { advance, EMBEDDED, removeTree, shown } from './resources.ts';
import { assignmentProblem, builtInRoles } from './roles.ts';
import type { EmulatorSettings } from './settings.ts';
import type { Resource, State } from './state.ts';
import { childrenOf, drop, keep, lockAbove, parentOf } from './store.ts';
import { throttle } from './throttle.ts';
import { login, principalOf } from './tokens.ts';
import { deletedVaults, vaultProblem } from './vaults.ts';

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
  const who = principalOf(request, state, now);
  if ('refused' in who) return who.refused;
  advance(state, now);
  const quota = throttle(request, state, settings, { now, principal: who.principal });
  const answer = quota.refused ?? route(world, request);
  return { ...answer, headers: { ...quota.headers, ...answer.headers }, principal: who.principal };
}

function route(world: World, request: Request): Answer {
  const { state, settings } = world;
  const poll = pollOf(world, request);
  if (poll !== undefined) return poll;
  const path = decodeURIComponent(request.path).replace(/\/+$/, '');
  const apiVersion = request.query.get('api-version');
  if (apiVersion === null)
    return refuse(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    );
  if (!/^\d{4}-\d{2}-\d{2}(-[a-z]+)?$/.test(apiVersion))
    return refuse(400, 'InvalidApiVersionParameter', `The api-version '${apiVersion}' is invalid.`);
  const subscription = subscriptionOf(path);
  if (
    subscription !== undefined &&
    !settings.subscriptionIds.some((known) => known.toLowerCase() === subscription.toLowerCase())
  ) {
    return refuse(404, 'SubscriptionNotFound', `The subscription '${subscription}' could not be found.`);
  }
  return (
    register(world, path, request) ??
    deletedVaults(world, path, request) ??
    roleDefinitions(path, request) ??
    resourceOrCollection(world, { path, apiVersion, request, groups: state.resources })
  );
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

interface Target {
  readonly path: string;
  readonly apiVersion: string;
  readonly request: Request;
  readonly groups: State['resources'];
}

function resourceOrCollection(world: World, target: Target): Answer {
  const id = parseId(target.path);
  if (id !== undefined && target.request.method !== 'POST') return ofResource(world, target, id.type);
  const segments = target.path.split('/');
  const owner = segments.slice(0, -1).join('/');
  const last = segments.at(-1) ?? '';
  const parsed = parseId(owner);
  if (target.request.method === 'POST') return action(world, { owner, type: parsed?.type, action: last });
  return list(world, target, `${owner}/${last}`);
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
  return act(asked.type, asked.owner, asked.action);
}

function list(world: World, target: Target, collection: string): Answer {
  const prefix = `${collection.toLowerCase()}/`;
  const known = [...world.state.resources.values()].filter(
    (resource) => resource.id.toLowerCase().startsWith(prefix) && !resource.id.slice(prefix.length).includes('/'),
  );
  const groups = /^\/subscriptions\/[^/]+\/resourcegroups$/i.test(target.path);
  if (known.length === 0 && !groups && parseId(`${collection}/x`) === undefined)
    return refuse(404, 'InvalidResourceType', `The path '${target.path}' is no resource and no collection.`);
  return { status: 200, body: { value: known.map((resource) => shown(resource, world.state, world.settings)) } };
}

function ofResource(world: World, target: Target, type: string): Answer {
  const known = world.catalogue.find(type);
  const versionProblem = unknownVersion(world, target, type, known);
  if (versionProblem !== undefined) return versionProblem;
  const resource = world.state.resources.get(target.path.toLowerCase());
  switch (target.request.method) {
    case 'GET':
    case 'HEAD':
      return resource === undefined
        ? notFound(world, target.path, type)
        : { status: target.request.method === 'HEAD' ? 204 : 200, body: shown(resource, world.state, world.settings) };
    case 'PUT':
    case 'PATCH':
      return write(world, target, { type: known?.type ?? type, known, held: resource });
    case 'DELETE':
      return remove(world, target, resource, type);
    default:
      return refuse(405, 'MethodNotAllowed', `The HTTP method '${target.request.method}' is not supported.`);
  }
}

function unknownVersion(world: World, target: Target, type: string, known: KnownType | undefined): Answer | undefined {
  const namespace = type.split('/')[0] ?? '';
  if (!world.catalogue.namespaces.has(namespace.toLowerCase()))
    return refuse(404, 'InvalidResourceNamespace', `The resource namespace '${namespace}' is invalid.`);
  if (known === undefined)
    return /locks$/i.test(type)
      ? undefined
      : refuse(
          404,
          'InvalidResourceType',
          `The resource type '${type.split('/').slice(1).join('/')}' could not be found in the namespace '${namespace}' for api version '${target.apiVersion}'.`,
        );
  if (known.apiVersions.includes(target.apiVersion)) return undefined;
  const supported = known.apiVersions.join(', ');
  return refuse(
    400,
    'NoRegisteredProviderFound',
    `No registered resource provider found for location '' and API version '${target.apiVersion}' for type '${type.split('/').slice(1).join('/')}'. The supported api-versions are '${supported}'.`,
  );
}

function notFound(world: World, path: string, type: string): Answer {
  const group = /^\/subscriptions\/[^/]+\/resourcegroups\/([^/]+)/i.exec(path);
  if (group !== null && !world.state.resources.has(group[0].toLowerCase()))
    return refuse(404, 'ResourceGroupNotFound', `Resource group '${group[1]}' could not be found.`);
  const name = path.slice(path.lastIndexOf('/') + 1);
  return refuse(
    404,
    'ResourceNotFound',
    `The Resource '${type}/${name}' under resource group '${group?.[1] ?? ''}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}

interface Writing {
  readonly type: string;
  readonly known: KnownType | undefined;
  readonly held: Resource | undefined;
}

function write(world: World, target: Target, writing: Writing): Answer {
  if (target.request.method === 'PATCH' && writing.held === undefined)
    return notFound(world, target.path, writing.type);
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
  const isNew = writing.held === undefined;
  const { name: _ignored, ...sent } = body;
  const kept = embed(world, id, writing.type, sent);
  const resource: Resource = {
    id,
    type: writing.type,
    apiVersion: target.apiVersion,
    body: kept,
    made: made(writing.type, { id, name: id.slice(id.lastIndexOf('/') + 1), body: kept, settings }),
    createdAt: writing.held?.createdAt ?? now,
  };
  keep(state, resource);
  if (isNew && writing.type.toLowerCase() === 'microsoft.managedidentity/userassignedidentities')
    state.principals.set(guidOf(`principal ${id}`).toLowerCase(), now + settings.principalDelayMs);
  return respondTo(world, { request: target.request, resource, isNew, profile: profileOf(writing.type) });
}

/** What a write asks for: all of it, or what a merge patch makes of what is held. A null is as good as absent. */
function bodyOf({ method, body }: Request, held: Resource | undefined): JsonObject | undefined {
  if (!isObject(body)) return undefined;
  if (method !== 'PATCH' || held === undefined) return withoutNulls(body);
  const patched = mergePatch(held.body, body);
  return isObject(patched) ? { ...patched, ...(isObject(body.tags) ? { tags: body.tags } : {}) } : undefined;
}

function writeProblem(world: World, target: Target, writing: Writing, body: JsonObject): Answer | undefined {
  const { state } = world;
  const namespace = writing.type.split('/')[0] ?? '';
  if (
    (world.settings.unregistered.includes('*') ||
      world.settings.unregistered.some((name) => name.toLowerCase() === namespace.toLowerCase())) &&
    !state.registered.has(namespace.toLowerCase())
  ) {
    const message = `The subscription is not registered to use namespace '${namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions.`;
    return refuse(409, 'MissingSubscriptionRegistration', message, {
      details: [{ code: 'MissingSubscriptionRegistration', target: namespace, message }],
    });
  }
  const parent = parentOf(target.path);
  const group = /^\/subscriptions\/[^/]+\/resourcegroups\/([^/]+)/i.exec(target.path);
  if (group !== null && group[0].length !== target.path.length) {
    const held = state.resources.get(group[0].toLowerCase());
    if (held === undefined)
      return refuse(404, 'ResourceGroupNotFound', `Resource group '${group[1]}' could not be found.`);
    if (held.operation?.verb === 'DELETE')
      return refuse(
        409,
        'ResourceGroupBeingDeleted',
        `The resource group '${group[1]}' is in deprovisioning state and cannot perform this operation.`,
      );
  }
  if (
    parent !== undefined &&
    parseId(parent) !== undefined &&
    !/^\/subscriptions\/[^/]+$/i.test(parent) &&
    !state.resources.has(parent.toLowerCase()) &&
    !isImplied(parent)
  ) {
    return refuse(
      404,
      'ParentResourceNotFound',
      `Failed to perform 'write' on resource(s) of type '${writing.type.split('/').slice(1).join('/')}', because the parent resource '${parent}' could not be found.`,
    );
  }
  return (
    lockOn(state, target.path.toLowerCase(), 'write') ??
    schemaProblem(target, writing, body) ??
    placeProblem(target, writing, body) ??
    busyProblem(world, target, writing) ??
    specialProblem(world, target, writing, body)
  );
}

/** Services below a storage account are there without having been made. */
function isImplied(parent: string): boolean {
  return /\/storageaccounts\/[^/]+\/(blob|queue|file|table)services\/default$/i.test(parent);
}

function schemaProblem(target: Target, writing: Writing, body: JsonObject): Answer | undefined {
  const schema = writing.known?.schemaOf(target.apiVersion);
  if (schema === undefined) return undefined;
  const problems = problemsOf(body, schema);
  const [first] = problems;
  if (first === undefined) return undefined;
  if (first.target === 'location')
    return refuse(400, 'LocationRequired', 'The location property is required for this definition.');
  return refuse(
    400,
    'InvalidParameter',
    `The request has ${problems.length} invalid parameter${problems.length === 1 ? '' : 's'}.`,
    {
      target: first.target,
      details: problems
        .slice(0, 10)
        .map((problem) => ({ code: 'InvalidParameter', target: problem.target, message: problem.message })),
    },
  );
}

function placeProblem(target: Target, writing: Writing, body: JsonObject): Answer | undefined {
  const held = writing.held?.body.location;
  const plain = (location: string): string => location.toLowerCase().replaceAll(' ', '');
  if (typeof held !== 'string' || typeof body.location !== 'string' || plain(held) === plain(body.location))
    return undefined;
  const name = target.path.slice(target.path.lastIndexOf('/') + 1);
  const isGroup = writing.type.toLowerCase() === 'microsoft.resources/resourcegroups';
  return isGroup
    ? refuse(
        409,
        'InvalidResourceGroupLocation',
        `Invalid resource group location '${body.location}'. The Resource group already exists in location '${held}'.`,
      )
    : refuse(
        409,
        'InvalidResourceLocation',
        `The resource '${name}' already exists in location '${held}'. A resource with the same name cannot be created in location '${body.location}'. Please select a new resource name.`,
      );
}

function busyProblem(world: World, target: Target, writing: Writing): Answer | undefined {
  const running = writing.held?.operation;
  if (running === undefined || running.endsAt <= world.now) return undefined;
  if (/containerservice/i.test(writing.type))
    return refuse(
      409,
      'OperationNotAllowed',
      'Operation is not allowed: Another operation (Updating) is in progress, please wait for it to finish before starting a new operation.',
    );
  return refuse(
    409,
    'AnotherOperationInProgress',
    `Another operation on this or dependent resource '${target.path}' is in progress.`,
  );
}

function specialProblem(world: World, target: Target, writing: Writing, body: JsonObject): Answer | undefined {
  const lower = writing.type.toLowerCase();
  if (lower === 'microsoft.authorization/roleassignments')
    return assignmentProblem(world.state, { id: target.path, body, now: world.now });
  if (lower === 'microsoft.keyvault/vaults') return vaultProblem(world.state, target.path, body);
  if (lower === 'microsoft.storage/storageaccounts' && writing.held === undefined) {
    const name = target.path.slice(target.path.lastIndexOf('/') + 1).toLowerCase();
    const isTaken = [...world.state.resources.values()].some(
      (other) => other.type.toLowerCase() === lower && other.id.toLowerCase().endsWith(`/${name}`),
    );
    if (isTaken)
      return refuse(409, 'StorageAccountAlreadyTaken', `The storage account named ${name} is already taken.`);
  }
  return undefined;
}

/** Children in a parent's body become resources of their own; those left out are deleted. */
function embed(world: World, id: string, type: string, sent: JsonObject): JsonObject {
  const rule = EMBEDDED[type.toLowerCase()];
  if (rule === undefined) return sent;
  const properties = isObject(sent.properties) ? sent.properties : {};
  const children = Array.isArray(properties[rule.member]) ? (properties[rule.member] as readonly JsonObject[]) : [];
  const prefix = `${id.toLowerCase()}/${rule.type.toLowerCase()}/`;
  const named = new Set(children.map((child) => `${prefix}${String(child.name).toLowerCase()}`));
  for (const held of childrenOf(world.state, id.toLowerCase())) {
    const key = held.id.toLowerCase();
    if (key.startsWith(prefix) && ![...named].some((name) => key === name || key.startsWith(`${name}/`)))
      drop(world.state, key);
  }
  for (const child of children) {
    const childId = `${id}/${rule.type}/${String(child.name)}`;
    const held = world.state.resources.get(childId.toLowerCase());
    const { id: _id, name: _name, type: _type, ...body } = child;
    keep(world.state, {
      id: childId,
      type: `${type}/${rule.type}`,
      apiVersion: '',
      body,
      made: {},
      createdAt: held?.createdAt ?? world.now,
    });
  }
  const { [rule.member]: _children, ...others } = properties;
  return { ...sent, properties: others };
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
      ? notFound(world, parent, parseId(parent)?.type ?? '')
      : type.toLowerCase() === 'microsoft.resources/resourcegroups'
        ? notFound(world, target.path, type)
        : { status: 204 };
  }
  const locked =
    lockOn(world.state, key, 'delete') ??
    [...childrenOf(world.state, key)]
      .map((child) => lockOn(world.state, child.id.toLowerCase(), 'delete'))
      .find((answer) => answer !== undefined);
  if (locked !== undefined) return locked;
  const profile = profileOf(resource.type);
  if (profile.delete.takesMs > 0) return respondTo(world, { request: target.request, resource, isNew: false, profile });
  const body =
    resource.type.toLowerCase() === 'microsoft.authorization/roleassignments'
      ? { body: shown(resource, world.state, world.settings) }
      : {};
  removeTree(world.state, key);
  return { status: profile.delete.status, ...body };
}

function lockOn(state: State, key: string, operation: 'write' | 'delete'): Answer | undefined {
  const scope = lockAbove(state, key, operation);
  return scope === undefined
    ? undefined
    : refuse(
        409,
        'ScopeLocked',
        `The scope '${key}' cannot perform ${operation} operation because following scope(s) are locked: '${scope}'. Please remove the lock and try again.`,
      );
}
