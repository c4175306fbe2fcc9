// Long-running operations: starting them with the headers of their type, and answering polls. Source: arm-protocol section 5.

import { subscriptionOf } from '../arm/id.ts';
import { locationShown } from './distortions.ts';
import type { World } from './handle.ts';
import { type Answer, type Request, refuse } from './message.ts';
import type { Profile } from './profiles.ts';
import { shown } from './resources.ts';
import type { Operation, Resource } from './state.ts';
import { parentOf } from './store.ts';

const NEVER = Number.MAX_SAFE_INTEGER;
const STARTED = '2001-02-03T04:05:06Z';

export interface Responding {
  readonly request: Request;
  readonly resource: Resource;
  readonly isNew: boolean;
  /** The write changed nothing. */
  readonly isSame?: boolean;
  readonly profile: Profile;
}

/** The answer to a write or delete that is done, or has begun. */
export function respondTo(world: World, responding: Responding): Answer {
  const { request, resource, isNew, profile } = responding;
  const isDelete = request.method === 'DELETE';
  const takes = isDelete ? profile.delete.takesMs : takesOf(responding);
  const durationMs = takes === 0 ? 0 : (world.settings.operationMs ?? takes / world.settings.speed);
  const status = isDelete ? profile.delete.status : isNew ? profile.create : profile.update;
  if (durationMs === 0 && world.operationFault === undefined)
    return {
      status: status === 202 ? (isNew ? 201 : 200) : status,
      ...relativeLocation(resource, isNew),
      body: profile.shows === 'name' ? { name: nameOf(resource) } : shown(resource, world.state, world.settings, 'PUT'),
    };
  const operation = begin(world, responding, durationMs);
  return {
    status,
    headers: signalHeaders(world, { request, resource, operation, profile }),
    ...bodyOf(world, responding),
  };
}

function takesOf({ isNew, isSame, profile }: Responding): number {
  if (isNew || profile.update === 202) return profile.takesMs;
  if (profile.isIdle === true && isSame === true) return 0;
  return profile.signal === 'async' || profile.isIdle === true ? profile.takesMs : 0;
}

const nameOf = (resource: Resource): string => resource.id.slice(resource.id.lastIndexOf('/') + 1);

function begin(world: World, { request, resource, isNew, profile }: Responding, durationMs: number): Operation {
  const { state, now, operationFault, settings } = world;
  state.counter += 1;
  const verb = request.method === 'DELETE' ? 'DELETE' : 'PUT';
  const { retryAfter } = verb === 'DELETE' ? profile.delete : profile;
  const seconds = settings.operationMs === undefined ? Math.ceil(retryAfter / settings.speed) : 0;
  const operation: Operation = {
    id: operationId(state.counter, resource),
    verb,
    resource: resource.id.toLowerCase(),
    beganAt: now,
    endsAt: operationFault === 'never ends' ? NEVER : now + durationMs,
    ...(typeof operationFault === 'object' ? { error: operationFault } : {}),
    shows:
      verb === 'DELETE'
        ? 'Deleting'
        : isNew
          ? (profile.while ?? 'Creating')
          : profile.while === 'Creating'
            ? 'Updating'
            : (profile.while ?? 'Updating'),
    retryAfter: retryAfter === 0 ? '' : String(seconds),
    isInsistent: profile.poll?.isInsistent === true,
    isBare: profile.poll?.isBare === true,
  };
  state.operations.set(operation.id, operation);
  state.running.add(operation);
  resource.operation = operation;
  return operation;
}

/** Groups' jobs are named by JSON in base64, all others by a GUID. */
function operationId(counter: number, resource: Resource): string {
  const guid = `${String(counter).padStart(8, '0')}-0000-4000-a000-000000000000`;
  return isGroup(resource)
    ? Buffer.from(JSON.stringify({ jobId: guid, jobLocation: resource.body.location })).toString('base64url')
    : guid;
}

const isGroup = (resource: Resource): boolean => resource.type.toLowerCase() === 'microsoft.resources/resourcegroups';

/** A finished 201 of an identity carries a relative Location, which is no poll URL. */
function relativeLocation(resource: Resource, isNew: boolean): Pick<Answer, 'headers'> {
  return isNew && resource.type.toLowerCase() === 'microsoft.managedidentity/userassignedidentities'
    ? { headers: { Location: resource.id.replace('/resourceGroups/', '/resourcegroups/') } }
    : {};
}

interface Signalling {
  readonly request: Request;
  readonly resource: Resource;
  readonly operation: Operation;
  readonly profile: Profile;
}

function signalHeaders(world: World, signalling: Signalling): Record<string, string> {
  const { request, operation, profile } = signalling;
  const { poll = {} } = profile;
  const signal = operation.verb === 'DELETE' ? profile.delete.signal : profile.signal;
  const query = `api-version=${poll.api ?? request.query.get('api-version') ?? ''}`;
  const place = `${request.base}${placeOf(world, signalling)}`;
  return {
    ...(signal === 'async' || signal === 'both'
      ? { 'Azure-AsyncOperation': `${place}/${poll.async ?? 'operations'}/${operation.id}?${query}` }
      : {}),
    ...(signal === 'location' || signal === 'both' ? { Location: locationOf(signalling, place, query) } : {}),
    ...(operation.retryAfter === '' ? {} : { 'Retry-After': operation.retryAfter }),
  };
}

/** What stands before the collection of a poll URL. */
function placeOf(world: World, { resource, operation, profile }: Signalling): string {
  const root = `/subscriptions/${subscriptionOf(resource.id)}`;
  if (isGroup(resource)) return root;
  const sent = locationOfNearest(world, resource.id.toLowerCase());
  const location =
    operation.verb === 'DELETE' && world.settings.distortions ? locationShown(resource.type, sent, 'GET') : sent;
  const scope = profile.poll?.place === 'group' ? resource.id.split('/').slice(0, 5).join('/') : root;
  return `${scope}/providers/${resource.type.split('/')[0]}/locations/${encodeURIComponent(location)}`;
}

/** The location of a resource, or of what it is part of. */
function locationOfNearest(world: World, key: string): string {
  for (let at: string | undefined = key; at !== undefined; at = parentOf(at)) {
    const location = world.state.resources.get(at)?.body.location;
    if (typeof location === 'string') return location;
  }
  return 'global';
}

function locationOf({ request, resource, operation, profile }: Signalling, place: string, query: string): string {
  const { poll = {} } = profile;
  if (poll.location === 'self' && operation.verb === 'PUT') return `${request.base}${resource.id}?${query}`;
  const scope = poll.location === 'below' ? `${request.base}${resource.id}` : place;
  return `${scope}/${poll.result ?? 'operationresults'}/${operation.id}?${poll.monitors === true ? 'monitor=true&' : ''}${query}`;
}

function bodyOf(world: World, { request, resource, profile }: Responding): Pick<Answer, 'body'> {
  if (request.method === 'DELETE')
    return profile.shows === 'stub' ? { body: { operation: 'DropManagementOperation', startTime: STARTED } } : {};
  switch (profile.shows) {
    case 'resource':
      return { body: shown(resource, world.state, world.settings, 'PUT') };
    case 'nothing':
      return {};
    case 'braces':
      return { body: {} };
    case 'name':
      return { body: { name: nameOf(resource) } };
    case 'stub':
      return { body: { operation: 'UpsertManagementOperation', startTime: STARTED } };
  }
}

/** Answers polls; undefined when the path is none. */
export function pollOf(world: World, request: Request): Answer | undefined {
  const match = /\/(\w*operation\w*)\/([\w-]+)$/i.exec(request.path);
  if (match === null || request.method !== 'GET') return undefined;
  const [, collection = '', id = ''] = match;
  const operation = world.state.operations.get(id);
  if (operation === undefined)
    return /\/locations\/[^/]+\/\w*operation\w*\/|\/operationresults\//i.test(request.path)
      ? refuse(404, 'OperationNotFound', `The operation '${id}' was not found.`)
      : undefined;
  const isRunning = operation.endsAt > world.now;
  const isLocation = /^(asyncoperations|\w*results)$/i.test(collection) || request.query.get('monitor') === 'true';
  // Redis calls its Azure-AsyncOperation collection asyncOperations; storage its Location: those say monitor=true.
  return isLocation && !(collection === 'asyncOperations' && request.query.get('monitor') === null)
    ? locationAnswer(world, request, operation)
    : asyncAnswer(operation, isRunning);
}

function haste(operation: Operation, isRunning: boolean): Record<string, string> {
  return operation.retryAfter !== '' && (isRunning || operation.isInsistent)
    ? { 'Retry-After': operation.retryAfter }
    : {};
}

function asyncAnswer(operation: Operation, isRunning: boolean): Answer {
  const status = isRunning ? 'InProgress' : operation.error === undefined ? 'Succeeded' : 'Failed';
  return {
    status: 200,
    headers: haste(operation, isRunning),
    body: {
      ...(operation.isBare ? {} : { name: operation.id, startTime: STARTED }),
      status,
      ...(status === 'Failed' && operation.error !== undefined ? { error: { ...operation.error } } : {}),
    },
  };
}

function locationAnswer(world: World, request: Request, operation: Operation): Answer {
  if (operation.endsAt > world.now)
    return {
      status: 202,
      headers: { Location: `${request.base}${request.path}?${request.query}`, ...haste(operation, true) },
    };
  if (operation.error !== undefined) return { status: 409, body: { error: { ...operation.error } } };
  const resource = world.state.resources.get(operation.resource);
  return operation.verb === 'DELETE' || resource === undefined
    ? { status: 200 }
    : { status: 200, body: shown(resource, world.state, world.settings) };
}
