// Long-running operations: starting them with the headers of their type, and answering polls. Source: arm-protocol section 5.

import { parseId, subscriptionOf } from '../arm/id.ts';
import type { World } from './handle.ts';
import { type Answer, type Request, refuse } from './message.ts';
import type { Profile, Signal } from './profiles.ts';
import { shown } from './resources.ts';
import type { Operation, Resource } from './state.ts';

const NEVER = Number.MAX_SAFE_INTEGER;

export interface Responding {
  readonly request: Request;
  readonly resource: Resource;
  readonly isNew: boolean;
  readonly profile: Profile;
}

/** The answer to a write or delete that is done, or has begun. */
export function respondTo(world: World, responding: Responding): Answer {
  const { request, resource, isNew, profile } = responding;
  const isDelete = request.method === 'DELETE';
  const takes = isDelete
    ? profile.delete.takesMs
    : isNew || profile.update === 202
      ? profile.takesMs
      : Math.min(profile.takesMs, profile.signal === 'async' ? profile.takesMs : 0);
  const durationMs = takes === 0 ? 0 : (world.settings.operationMs ?? takes / world.settings.speed);
  const status = isDelete ? profile.delete.status : isNew ? profile.create : profile.update;
  if (durationMs === 0 && world.operationFault === undefined)
    return {
      status: status === 202 ? (isNew ? 201 : 200) : status,
      ...relativeLocation(resource, isNew),
      body: shown(resource, world.state, world.settings),
    };
  const operation = begin(world, responding, durationMs);
  const signal = isDelete ? profile.delete.signal : profile.signal;
  const retryAfter = isDelete ? profile.delete.retryAfter : profile.retryAfter;
  return {
    status,
    headers: signalHeaders(world, { request, resource, operation, signal, retryAfter }),
    ...bodyOf(world, responding),
  };
}

function begin(world: World, { request, resource, isNew, profile }: Responding, durationMs: number): Operation {
  const { state, now, operationFault } = world;
  state.counter += 1;
  const verb = request.method === 'DELETE' ? 'DELETE' : 'PUT';
  const operation: Operation = {
    id: `${String(state.counter).padStart(8, '0')}-0000-4000-a000-000000000000`,
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
  };
  state.operations.set(operation.id, operation);
  state.running.add(operation);
  resource.operation = operation;
  return operation;
}

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
  readonly signal: Signal;
  readonly retryAfter: number;
}

function signalHeaders(
  world: World,
  { request, resource, operation, signal, retryAfter }: Signalling,
): Record<string, string> {
  const provider = resource.type.split('/')[0] ?? '';
  const location = typeof resource.body.location === 'string' ? encodeURIComponent(resource.body.location) : 'global';
  const isGroup = parseId(resource.id)?.type === 'Microsoft.Resources/resourceGroups';
  const root = `${request.base}/subscriptions/${subscriptionOf(resource.id)}`;
  const api = request.query.get('api-version') ?? '';
  const place = isGroup ? `${root}` : `${root}/providers/${provider}/locations/${location}`;
  const seconds = world.settings.operationMs === undefined ? Math.ceil(retryAfter / world.settings.speed) : 0;
  return {
    ...(signal === 'async' || signal === 'both'
      ? { 'Azure-AsyncOperation': `${place}/operations/${operation.id}?api-version=${api}` }
      : {}),
    ...(signal === 'location' || signal === 'both'
      ? { Location: `${place}/operationresults/${operation.id}?api-version=${api}` }
      : {}),
    ...(retryAfter === 0 ? {} : { 'Retry-After': String(seconds) }),
  };
}

function bodyOf(world: World, { request, resource, profile }: Responding): Pick<Answer, 'body'> {
  if (request.method === 'DELETE') return {};
  switch (profile.shows) {
    case 'resource':
      return { body: shown(resource, world.state, world.settings) };
    case 'nothing':
      return {};
    case 'braces':
      return { body: {} };
    case 'name':
      return { body: { name: resource.id.slice(resource.id.lastIndexOf('/') + 1) } };
    case 'stub':
      return { body: { operation: 'UpsertManagementOperation', startTime: '2001-02-03T04:05:06Z' } };
  }
}

/** Answers polls; undefined when the path is none. */
export function pollOf(world: World, request: Request): Answer | undefined {
  const match = /\/(operations|operationresults)\/([0-9a-f-]{36})$/i.exec(request.path);
  if (match === null || request.method !== 'GET') return undefined;
  const operation = world.state.operations.get(match[2] ?? '');
  if (operation === undefined) return refuse(404, 'OperationNotFound', `The operation '${match[2]}' was not found.`);
  const isRunning = operation.endsAt > world.now;
  return match[1]?.toLowerCase() === 'operations'
    ? asyncAnswer(operation, isRunning)
    : locationAnswer(world, request, operation, isRunning);
}

function asyncAnswer(operation: Operation, isRunning: boolean): Answer {
  const status = isRunning ? 'InProgress' : operation.error === undefined ? 'Succeeded' : 'Failed';
  return {
    status: 200,
    body: {
      name: operation.id,
      status,
      ...(status === 'Failed' && operation.error !== undefined ? { error: { ...operation.error } } : {}),
    },
  };
}

function locationAnswer(world: World, request: Request, operation: Operation, isRunning: boolean): Answer {
  if (isRunning) return { status: 202, headers: { Location: `${request.base}${request.path}?${request.query}` } };
  if (operation.error !== undefined) return { status: 409, body: { error: { ...operation.error } } };
  const resource = world.state.resources.get(operation.resource);
  return operation.verb === 'DELETE' || resource === undefined
    ? { status: 200 }
    : { status: 200, body: shown(resource, world.state, world.settings) };
}
