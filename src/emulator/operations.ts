// Starting long-running operations: the answer to a write or delete that is done, or has begun. Source: arm-protocol section 5.

import { subscriptionOf } from '../arm/id.ts';
import { locationShown } from './distortions.ts';
import type { Answer, Request } from './message.ts';
import type { Answering, Profile } from './profiles.ts';
import { shown } from './resources.ts';
import type { EmulatorSettings } from './settings.ts';
import type { Operation, Resource } from './state.ts';
import { parentOf } from './store.ts';
import type { World } from './world.ts';

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
  const answering = answeringOf(responding);
  const { takesMs } = answering;
  const durationMs = takesMs === 0 ? 0 : (world.settings.operationMs ?? takesMs / world.settings.speed);
  if (durationMs === 0 && world.operationFault === undefined) return done(world, responding, answering);
  const operation = begin(world, responding, durationMs);
  return {
    status: answering.status,
    headers: {
      ...(answering.hasAsync ? { 'Azure-AsyncOperation': `${responding.request.base}${operation.async}` } : {}),
      ...(answering.location === undefined ? {} : { Location: locationOf(responding, answering, operation) }),
      ...(operation.retryAfter === '' ? {} : { 'Retry-After': operation.retryAfter }),
    },
    ...bodyOf(world, responding, answering),
  };
}

function answeringOf({ request, isNew, isSame, profile }: Responding): Answering {
  if (request.method === 'DELETE') return profile.delete;
  if (isNew) return profile.create;
  return isSame === true ? profile.again : profile.update;
}

/** Finished at once: a 202 has nothing to say then. */
function done(world: World, responding: Responding, answering: Answering): Answer {
  const { resource, isNew } = responding;
  const { status, shows } = answering;
  return {
    status: status === 202 ? (isNew ? 201 : 200) : status,
    ...(answering.location === 'relative' ? { headers: { Location: relative(resource) } } : {}),
    ...(answering.location === 'self'
      ? { headers: { Location: `${responding.request.base}${resource.id}?${responding.request.query}` } }
      : {}),
    ...(shows === 'nothing' && responding.request.method === 'DELETE'
      ? {}
      : { body: shows === 'name' ? { name: nameOf(resource) } : shown(resource, world.state, world.settings, 'PUT') }),
  };
}

const nameOf = (resource: Resource): string => resource.id.slice(resource.id.lastIndexOf('/') + 1);

/** A finished 201 of an identity carries a relative Location, which is no poll URL. */
const relative = (resource: Resource): string => resource.id.replace('/resourceGroups/', '/resourcegroups/');

function begin(world: World, responding: Responding, durationMs: number): Operation {
  const { request, resource, profile } = responding;
  const { state, now, operationFault, settings } = world;
  state.counter += 1;
  const verb = request.method === 'DELETE' ? 'DELETE' : 'PUT';
  const { retryAfter } = answeringOf(responding);
  const polls = profile.polls[verb === 'DELETE' ? 'delete' : 'write'];
  const id = operationId(state.counter, resource);
  const operation: Operation = {
    id,
    verb,
    resource: resource.id.toLowerCase(),
    type: resource.type,
    beganAt: now,
    endsAt: operationFault === 'never ends' ? NEVER : now + durationMs,
    ...(typeof operationFault === 'object' ? { error: operationFault } : {}),
    shows: verb === 'DELETE' ? 'Deleting' : stateMeanwhile(responding),
    retryAfter: retryAfter === undefined ? '' : hastened(settings, retryAfter),
    async: filled(world, responding, id, polls.async.url),
    location: filled(world, responding, id, polls.location.url),
  };
  state.operations.set(operation.id, operation);
  state.running.add(operation);
  resource.operation = operation;
  return operation;
}

/** Recorded seconds as this emulator counts them: none when operations take a time of their own. */
export function hastened({ operationMs, speed }: EmulatorSettings, seconds: number): string {
  return String(operationMs === undefined ? Math.ceil(seconds / speed) : 0);
}

/** What the answer showed, else what reads were seen to show, else what most say. */
function stateMeanwhile(responding: Responding): string {
  const { shows, state } = answeringOf(responding);
  const said = shows === 'resource' ? state : undefined;
  return said ?? responding.profile.meanwhile ?? (responding.isNew ? 'Creating' : 'Updating');
}

/** Groups' jobs are named by JSON in base64, all others by a GUID. */
function operationId(counter: number, resource: Resource): string {
  const guid = `${String(counter).padStart(8, '0')}-0000-4000-a000-000000000000`;
  return resource.type.toLowerCase() === 'microsoft.resources/resourcegroups'
    ? Buffer.from(JSON.stringify({ jobId: guid, jobLocation: resource.body.location })).toString('base64url')
    : guid;
}

/** A poll URL of the type for this one operation, without host. */
function filled(world: World, { request, resource }: Responding, operation: string, template: string): string {
  const sent = locationOfNearest(world, resource.id.toLowerCase());
  const location =
    request.method === 'DELETE' && world.settings.distortions ? locationShown(resource.type, sent, 'GET') : sent;
  const values: Readonly<Record<string, string>> = {
    s: subscriptionOf(resource.id) ?? '',
    g: resource.id.split('/')[4] ?? '',
    n: resource.type.split('/')[0] ?? '',
    id: resource.id,
    l: encodeURIComponent(location),
    o: operation,
    v: request.query.get('api-version') ?? '',
  };
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** The location of a resource, or of what it is part of. */
function locationOfNearest(world: World, key: string): string {
  for (let at: string | undefined = key; at !== undefined; at = parentOf(at)) {
    const location = world.state.resources.get(at)?.body.location;
    if (typeof location === 'string') return location;
  }
  return 'global';
}

function locationOf({ request, resource }: Responding, answering: Answering, operation: Operation): string {
  switch (answering.location) {
    case 'relative':
      return relative(resource);
    case 'self':
      return `${request.base}${resource.id}?${request.query}`;
    default:
      return `${request.base}${operation.location}`;
  }
}

function bodyOf(world: World, { resource }: Responding, answering: Answering): Pick<Answer, 'body'> {
  const { shows, state } = answering;
  if (typeof shows === 'object') return { body: { operation: shows.stub, startTime: STARTED } };
  switch (shows) {
    case 'resource':
      return { body: shown(resource, world.state, world.settings, 'PUT') };
    case 'nothing':
      return {};
    case 'braces':
      return { body: {} };
    case 'name':
      return { body: { name: nameOf(resource) } };
    case 'operation':
      return { body: { status: state ?? 'InProgress' } };
  }
}
