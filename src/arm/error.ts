// Reads Azure's error answers, whatever envelope they came in (arm-protocol section 13). Never throws.

import { isObject, type Json, type JsonObject } from '../values/json.ts';
import { type ArmAnswer, isOk } from './request.ts';
import { refusalAfterMs } from './retry-after.ts';

export interface ArmFailure {
  /** HTTP status, undefined when the error stood inside an operation's answer of status 200. */
  readonly status: number | undefined;
  /** Outermost code, as the original reports it; undefined when there is none. */
  readonly code: string | undefined;
  readonly message: string;
  /** What a refusal asked for, as `refusalAfterMs` reads it. */
  readonly afterMs?: number;
}

const DEFAULT_MESSAGE = 'There was an unknown deployment error';
const MAX_MESSAGE = 4096;

/** The error of an answer that is not a success: of 4xx and 5xx, and of a redirection, which is never followed. */
export function readError(answer: ArmAnswer): ArmFailure {
  const found = errorIn(answer.body);
  const message = isElsewhere(answer) ? elsewhere(answer) : (found?.message ?? answer.text?.trim().slice(0, 300));
  const afterMs = refusalAfterMs(answer);
  return {
    status: answer.status,
    code: found?.code,
    message: clip(message || `HTTP ${answer.status}: ${DEFAULT_MESSAGE}`),
    ...(afterMs === undefined ? {} : { afterMs }),
  };
}

function isElsewhere(answer: ArmAnswer): boolean {
  return !isOk(answer) && answer.status < 400;
}

function elsewhere({ status, headers }: ArmAnswer): string {
  const { location = '' } = headers;
  const host = URL.canParse(location) ? ` to ${new URL(location).host}` : '';
  return `answered ${status}, a redirection${host}, which is not followed; Azure sends none, so look at proxies and gateways on the way`;
}

/** The error object inside an operation's answer. */
export function readOperationError(body: Json | undefined): ArmFailure {
  const found = errorIn(body);
  return { status: undefined, code: found?.code, message: clip(found?.message || DEFAULT_MESSAGE) };
}

function errorIn(body: Json | undefined): { code?: string; message?: string } | undefined {
  if (!isObject(body)) return undefined;
  const inner = pick(body, 'error');
  const holder = isObject(inner) ? inner : body;
  const code = pick(holder, 'code');
  const message = unpacked(pick(holder, 'message'));
  return {
    ...(typeof code === 'string' && code !== '' ? { code } : {}),
    ...(message === undefined ? {} : { message: withDetails(message, holder) }),
  };
}

/** Some providers put a JSON error, as text, into the message. */
function unpacked(message: Json | undefined): string | undefined {
  if (typeof message !== 'string' || message === '') return undefined;
  if (!message.trimStart().startsWith('{')) return message;
  try {
    const inner = errorIn(JSON.parse(message) as Json);
    return inner?.message ?? message;
  } catch {
    return message;
  }
}

/** The details usually say what is really wrong: the innermost ones are added when the message does not hold them already. */
function withDetails(message: string, holder: JsonObject): string {
  const details = pick(holder, 'details');
  if (!Array.isArray(details)) return message;
  const said = details
    .filter(isObject)
    .map((detail) =>
      [pick(detail, 'code'), unpacked(pick(detail, 'message'))].filter((part) => typeof part === 'string').join(': '),
    )
    .filter((text) => text !== '' && !message.includes(text.replace(/^[^:]*: /, '')));
  return said.length === 0 ? message : `${message} (${said.join('; ')})`;
}

/** Member by name without regard to case: App Service writes `Code` and `Message`. */
function pick(holder: JsonObject, name: string): Json | undefined {
  const key = Object.keys(holder).find((candidate) => candidate.toLowerCase() === name);
  return key === undefined ? undefined : holder[key];
}

function clip(message: string): string {
  return message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE)}…`;
}
