// Requests and answers of the emulator, as plain values.

import type { Json, JsonObject } from '../values/json.ts';

export interface Request {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Json | undefined;
  /** The body as text, for forms. */
  readonly text: string;
  /** Base URL under which the caller reached the emulator. */
  readonly base: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
}

/** An error as the gateway or a provider writes it. */
export function refuse(status: number, code: string, message: string, extra: JsonObject = {}): Answer {
  return { status, body: { error: { code, message, ...extra } } };
}

/** The same error as the gateway sends it, in front of all providers: with its marker. */
export function refuseAtGateway(status: number, code: string, message: string, extra: JsonObject = {}): Answer {
  return { ...refuse(status, code, message, extra), headers: { 'x-ms-failure-cause': 'gateway' } };
}
