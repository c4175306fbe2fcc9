// What can be said of a recorded answer by its body: of which kind it is, and the state it shows.

import type { RecordedExchange } from '../src/emulator/replay-matching.ts';
import { isObject, type Json, type JsonObject } from '../src/values/json.ts';

export interface TrafficRecording {
  readonly name: string;
  readonly exchanges: readonly RecordedExchange[];
}

/** nothing, an error, a list, the state of an operation, a resource, or whatever else by its members. */
export function kindOf(body: Json | undefined): string {
  if (body === undefined || body === null || body === '') return 'nothing';
  if (!isObject(body)) return Array.isArray(body) ? 'array' : 'text';
  if (isObject(body.error) && body.status === undefined) return 'error';
  if (Array.isArray(body.value)) return 'list';
  if (
    typeof body.id === 'string' &&
    typeof body.name === 'string' &&
    (typeof body.type === 'string' || isObject(body.properties))
  )
    return 'resource';
  if (typeof body.status === 'string') return 'operation';
  return Object.keys(body).length === 0 ? 'braces' : `members ${Object.keys(body).sort().join(',')}`;
}

/** The provisioningState of a resource, or the status of an operation. */
export function stateOf(body: Json | undefined): string | undefined {
  if (!isObject(body)) return undefined;
  const properties: JsonObject = isObject(body.properties) ? body.properties : {};
  const word =
    properties.provisioningState ??
    (body.id !== undefined && body.name !== undefined && body.type !== undefined ? undefined : body.status);
  return typeof word === 'string' ? word : undefined;
}
