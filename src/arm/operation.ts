// Long-running operations: what an answer to a PUT, POST or DELETE started, and what a poll says of it. Pure.
// Source: arm-protocol section 5. Which signal wins: Azure-AsyncOperation, Operation-Location, Location, then the resource's own state.

import { isObject, type Json } from '../values/json.ts';
import { type ArmFailure, readError, readOperationError } from './error.ts';
import { type ArmAnswer, type ArmRequest, isOk } from './request.ts';
import { retryAfterMs } from './retry-after.ts';

export const POLLER_CREATE = 'GenericClient.CreateOrUpdateByID';
export const POLLER_DELETE = 'GenericClient.DeleteByID';

export interface Operation {
  readonly style: 'async' | 'location' | 'resource';
  /** What to GET: absolute as Azure gave it, or the resource's own path and query. */
  readonly url: string;
  readonly verb: 'PUT' | 'POST' | 'DELETE' | 'PATCH';
  /** What the write was to reach, in the words of whoever sent it; travels with the token, so that one write notes both. */
  readonly goal?: string;
}

export type Progress =
  | { readonly state: 'done' }
  | { readonly state: 'running'; readonly operation: Operation; readonly afterMs?: number }
  | { readonly state: 'failed'; readonly error: ArmFailure }
  /** The operation's state could not be read; that says nothing about the operation. */
  | { readonly state: 'unread'; readonly error: ArmFailure };

/** What an answer to a write started. */
export function started(request: ArmRequest, answer: ArmAnswer, now: number): Progress {
  if (!isOk(answer)) return { state: 'failed', error: readError(answer) };
  const verb = writeVerb(request);
  const url = absolute(answer.headers['azure-asyncoperation']) ?? absolute(answer.headers['operation-location']);
  if (url !== undefined) {
    // Load balancers and Cosmos DB name an operation though the resource they answer with is finished: the state shown wins, as in azcore.
    const shown = verb === 'PUT' || verb === 'PATCH' ? stateOf(answer.body)?.toLowerCase() : undefined;
    return shown === 'succeeded' ? { state: 'done' } : running({ style: 'async', url, verb }, answer, now);
  }
  const location = absolute(answer.headers.location);
  // A 201 with a Location is finished unless the resource says otherwise: identities answer so, with a relative one (arm-protocol 5.1).
  if (location !== undefined && answer.status === 202)
    return running({ style: 'location', url: location, verb }, answer, now);
  if (verb === 'POST') return { state: 'done' };
  const itself: Operation = { style: 'resource', url: request.url, verb };
  // 202 without a header to follow: it runs on, and looking at the resource is all that is left.
  if (answer.status === 202) return running(itself, answer, now);
  return verb === 'DELETE' ? { state: 'done' } : ofResource(answer, itself, now);
}

/** What a poll says. */
export function polled(operation: Operation, answer: ArmAnswer, now: number): Progress {
  switch (operation.style) {
    case 'async':
      return ofStatus(operation, answer, now);
    case 'location':
      return ofLocation(operation, answer, now);
    case 'resource':
      if (operation.verb === 'DELETE') return goneYet(operation, answer, now);
      return isOk(answer) ? ofResource(answer, operation, now) : { state: 'unread', error: readError(answer) };
  }
}

function ofStatus(operation: Operation, answer: ArmAnswer, now: number): Progress {
  if (answer.status === 404 && operation.verb === 'DELETE') return { state: 'done' };
  if (!isOk(answer)) return { state: 'unread', error: readError(answer) };
  const word =
    isObject(answer.body) && typeof answer.body.status === 'string' ? answer.body.status.toLowerCase() : undefined;
  // Without a status word the contract says: 202 runs on, anything else of the 2xx is the finished resource.
  if (word === undefined) return answer.status === 202 ? running(operation, answer, now) : { state: 'done' };
  if (word === 'succeeded') return { state: 'done' };
  if (isFailedWord(word)) return { state: 'failed', error: readOperationError(answer.body) };
  return running(operation, answer, now);
}

function ofLocation(operation: Operation, answer: ArmAnswer, now: number): Progress {
  if (answer.status === 202) return running(operation, answer, now);
  if (isOk(answer)) return { state: 'done' };
  if (answer.status === 404 && operation.verb === 'DELETE') return { state: 'done' };
  // A redirection, throttling and a failing gateway say nothing about the operation.
  if (answer.status < 400 || answer.status === 429 || answer.status >= 500)
    return { state: 'unread', error: readError(answer) };
  return { state: 'failed', error: readError(answer) };
}

function ofResource(answer: ArmAnswer, operation: Operation, now: number): Progress {
  const state = stateOf(answer.body);
  if (state === undefined) return { state: 'done' };
  const word = state.toLowerCase();
  if (word === 'succeeded') return { state: 'done' };
  if (isFailedWord(word)) {
    const error = readOperationError(answer.body);
    return {
      state: 'failed',
      error: {
        ...error,
        code: error.code ?? 'ResourceProvisioningFailed',
        message: error.code === undefined ? `the resource's provisioning state is ${state}` : error.message,
      },
    };
  }
  return running(operation, answer, now);
}

function goneYet(operation: Operation, answer: ArmAnswer, now: number): Progress {
  if (answer.status === 404) return { state: 'done' };
  if (!isOk(answer)) return { state: 'unread', error: readError(answer) };
  return running(operation, answer, now);
}

function isFailedWord(word: string): boolean {
  return word === 'failed' || word === 'canceled' || word === 'cancelled';
}

function stateOf(body: Json | undefined): string | undefined {
  const properties = isObject(body) ? body.properties : undefined;
  const state = isObject(properties) ? properties.provisioningState : undefined;
  return typeof state === 'string' ? state : undefined;
}

function running(operation: Operation, answer: ArmAnswer, now: number): Progress {
  const afterMs = retryAfterMs(answer, now);
  return { state: 'running', operation, ...(afterMs === undefined ? {} : { afterMs }) };
}

/** The URL of a header when it is absolute; the first one when the header came twice, which Node joins by ', '. */
function absolute(header: string | undefined): string | undefined {
  const [url = ''] = header?.trim().split(/,\s+(?=https?:\/\/)/i) ?? [];
  return /^https?:\/\//i.test(url) ? url : undefined;
}

function writeVerb(request: ArmRequest): Operation['verb'] {
  return request.verb === 'PUT' || request.verb === 'PATCH' || request.verb === 'DELETE' ? request.verb : 'POST';
}

/** The request that looks at an operation. */
export function pollRequest(operation: Operation): ArmRequest {
  return { verb: 'GET', url: operation.url };
}

/** The text kept in the poller-resume-token annotation. */
export function toToken(operation: Operation): string {
  const { style, url, verb, goal } = operation;
  return JSON.stringify({ style, url, verb, ...(goal === undefined ? {} : { goal }) });
}

const GO_STYLES: Readonly<Record<string, Operation['style']>> = {
  async: 'async',
  op: 'async',
  loc: 'location',
  body: 'resource',
};

/** Reads a token: ours, or one of the Go SDK's that the original left; undefined when it is neither, and the caller starts anew. */
export function fromToken(token: string): Operation | undefined {
  let parsed: Json;
  try {
    parsed = JSON.parse(token) as Json;
  } catch {
    return undefined;
  }
  if (!isObject(parsed)) return undefined;
  if (isObject(parsed.token)) return fromGo(parsed.token);
  const { style, url, verb, goal } = parsed;
  if (style !== 'async' && style !== 'location' && style !== 'resource') return undefined;
  if (verb !== 'PUT' && verb !== 'POST' && verb !== 'DELETE' && verb !== 'PATCH') return undefined;
  if (typeof url !== 'string') return undefined;
  return { style, url, verb, ...(typeof goal === 'string' ? { goal } : {}) };
}

/** azcore's resume token: {"type":…,"token":{"type":"async"|"op"|"loc"|"body","asyncURL"|"oplocURL"|"pollURL":…,"method":…}} (azcore/internal/pollers). */
function fromGo(token: Readonly<Record<string, Json | undefined>>): Operation | undefined {
  const style = typeof token.type === 'string' ? GO_STYLES[token.type] : undefined;
  const url = [token.asyncURL, token.oplocURL, token.pollURL].find(
    (candidate) => typeof candidate === 'string' && candidate !== '',
  );
  const verb = token.method === 'DELETE' ? 'DELETE' : 'PUT';
  return style === undefined || typeof url !== 'string' ? undefined : { style, url, verb };
}
