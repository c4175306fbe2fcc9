// Requests to Azure Resource Manager and its answers, as plain values. Nothing here touches a network.

import type { Json } from '../values/json.ts';
import type { SealedObject } from '../values/secret.ts';

export type ArmVerb = 'GET' | 'HEAD' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';

export interface ArmRequest {
  readonly verb: ArmVerb;
  /** Path and query below the endpoint, or the absolute URL of an operation that Azure gave. */
  readonly url: string;
  /** May hold secrets; they are opened only where the request is written to the wire. */
  readonly body?: SealedObject;
  readonly headers?: Readonly<Record<string, string>>;
  /** The subscription that it goes to where that is not the credential's. Only Azure's own answer in the same pass may name it. */
  readonly subscriptionId?: string;
}

export interface ArmAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** undefined when there is no body, or it is not JSON (then `text` holds its beginning). */
  readonly body: Json | undefined;
  readonly text?: string;
}

/** Whether Azure did, or began, what was asked. A redirection is neither: a proxy on the way may have sent it. */
export function isOk(answer: ArmAnswer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

/** Requests for a resource: its id as Azure spells it, not yet percent-encoded, and the api-version of its type. */
export function get(id: string, apiVersion: string): ArmRequest {
  return { verb: 'GET', url: urlOf(id, apiVersion) };
}

export function put(id: string, apiVersion: string, body: SealedObject): ArmRequest {
  return { verb: 'PUT', url: urlOf(id, apiVersion), body };
}

/** `delete` is a word of the language. */
export function remove(id: string, apiVersion: string): ArmRequest {
  return { verb: 'DELETE', url: urlOf(id, apiVersion) };
}

/** An action: `id` ends with its name, for example .../storageAccounts/a/listKeys. */
export function post(id: string, apiVersion: string, body?: SealedObject): ArmRequest {
  return { verb: 'POST', url: urlOf(id, apiVersion), ...(body === undefined ? {} : { body }) };
}

/** Segments of an id are percent-encoded one by one: a name may hold what a URL may not. */
function urlOf(id: string, apiVersion: string): string {
  const path = id.split('/').map(encodeSegment).join('/');
  return `${path}?api-version=${encodeURIComponent(apiVersion)}`;
}

/** Characters that RFC 3986 allows in a path segment stay, so that a URL looks as Azure's own tools write it. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/%(40|3A|24|26|2B|2C|3B|3D)/g, (code) => decodeURIComponent(code));
}
