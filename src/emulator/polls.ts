// Answering the polls of long-running operations, each type in its own way. Source: arm-protocol section 5, recorded.ts.

import { type Answer, type Request, refuse } from './message.ts';
import { hastened } from './operations.ts';
import { type PollAnswer, profileOf } from './profiles.ts';
import { shown } from './resources.ts';
import type { Operation } from './state.ts';
import type { World } from './world.ts';

const STARTED = '2001-02-03T04:05:06Z';

/** The answer to a poll; undefined when the path is none. */
export function pollOf(world: World, request: Request): Answer | undefined {
  if (request.method !== 'GET') return undefined;
  const id = request.path.slice(request.path.lastIndexOf('/') + 1);
  const operation = world.state.operations.get(id);
  if (operation === undefined)
    return /\/locations\/[^/]+\/\w*operation\w*\/|\/operationresults\//i.test(request.path)
      ? refuse(404, 'OperationNotFound', `The operation '${id}' was not found.`)
      : undefined;
  return isAsync(request, operation)
    ? asyncAnswer(world, request, operation)
    : locationAnswer(world, request, operation);
}

/** Some types use one path for both; the Location then says monitor=true. */
function isAsync(request: Request, operation: Operation): boolean {
  const path = request.path.toLowerCase();
  if (path !== pathOf(operation.async)) return false;
  return path !== pathOf(operation.location) || request.query.get('monitor') === null;
}

const pathOf = (url: string): string => (url.split('?')[0] ?? '').toLowerCase();

interface Polled {
  readonly answer: PollAnswer | undefined;
  readonly isRunning: boolean;
}

function polledAs(world: World, operation: Operation, style: 'async' | 'location'): Polled {
  const { running, ended } = profileOf(operation.type).polls[operation.verb === 'DELETE' ? 'delete' : 'write'][style];
  const isRunning = operation.endsAt > world.now;
  return { answer: isRunning ? running : ended, isRunning };
}

/** As recorded; where nothing was, a running operation repeats what its start said. */
function retryAfter(world: World, operation: Operation, { answer, isRunning }: Polled): Record<string, string> {
  if (answer === undefined)
    return isRunning && operation.retryAfter !== '' ? { 'Retry-After': operation.retryAfter } : {};
  return answer.retryAfter === undefined ? {} : { 'Retry-After': hastened(world.settings, answer.retryAfter) };
}

function headersOf(world: World, request: Request, operation: Operation, polled: Polled): Record<string, string> {
  return {
    ...(polled.answer?.hasAsync === true ? { 'Azure-AsyncOperation': `${request.base}${operation.async}` } : {}),
    ...(polled.answer?.hasLocation === true ? { Location: `${request.base}${operation.location}` } : {}),
    ...retryAfter(world, operation, polled),
  };
}

function asyncAnswer(world: World, request: Request, operation: Operation): Answer {
  const polled = polledAs(world, operation, 'async');
  const resource = world.state.resources.get(operation.resource);
  const isShown = polled.answer?.shows === 'resource' && operation.error === undefined && resource !== undefined;
  if (isShown && !polled.isRunning)
    return { status: polled.answer.status, headers: {}, body: shown(resource, world.state, world.settings) };
  return {
    status: polled.answer?.status ?? 200,
    headers: headersOf(world, request, operation, polled),
    ...(polled.answer?.shows === 'nothing' ? {} : { body: stateOf(operation, polled) }),
  };
}

function stateOf(operation: Operation, { answer, isRunning }: Polled) {
  const status = isRunning ? 'InProgress' : operation.error === undefined ? 'Succeeded' : 'Failed';
  return {
    ...(answer?.shows === 'bare' ? {} : { name: operation.id, startTime: STARTED }),
    status,
    ...(status === 'Failed' && operation.error !== undefined ? { error: { ...operation.error } } : {}),
  };
}

function locationAnswer(world: World, request: Request, operation: Operation): Answer {
  const polled = polledAs(world, operation, 'location');
  const { answer, isRunning } = polled;
  const headers = headersOf(world, request, operation, polled);
  if (isRunning)
    return {
      status: answer?.status ?? 202,
      headers: answer === undefined ? { Location: `${request.base}${operation.location}`, ...headers } : headers,
      ...(answer?.shows === 'operation' || answer?.shows === 'bare' ? { body: stateOf(operation, polled) } : {}),
    };
  if (operation.error !== undefined) return { status: 409, body: { error: { ...operation.error } } };
  const status = answer?.status ?? 200;
  if (answer?.shows === 'operation' || answer?.shows === 'bare')
    return { status, headers, body: stateOf(operation, polled) };
  const resource = world.state.resources.get(operation.resource);
  return operation.verb === 'DELETE' || resource === undefined || answer?.shows === 'nothing'
    ? { status, headers }
    : { status, headers, body: shown(resource, world.state, world.settings) };
}
