// Answers requests out of a recording: which recorded answer comes next. Pure but for the state it is given.
// Rules: the replay corpus's README, "How a replay server should match".

import { isObject, type Json, type JsonObject } from '../values/json.ts';
import { type Answer, type Request, refuse } from './message.ts';

export interface RecordedExchange {
  readonly n: number;
  readonly method: string;
  readonly url: string;
  readonly host?: string;
  readonly requestBody?: Json;
  readonly status: number;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly responseBody?: Json;
  readonly responseText?: string;
}

export interface Recording {
  /** Key → recorded exchanges in order, and how many were given. */
  readonly queues: Map<string, { readonly exchanges: readonly RecordedExchange[]; given: number }>;
  /** Path in lower case → its latest state after a write: shown to reads that were never recorded. */
  readonly latest: Map<string, Json | undefined>;
  /** Paths that were deleted, and the number of the exchange that did it. */
  readonly deleted: Map<string, number>;
}

export interface Matched {
  readonly answer: Answer;
  /** The exchange the answer came from; undefined: it was made up by the rules. */
  readonly from?: RecordedExchange;
  /** A write that nobody recorded. */
  readonly isUnexpected?: boolean;
}

/** The one other host whose paths cannot be taken for ARM's. */
const GRAPH_HOST = 'graph.microsoft.com';

/** These sign a poll URL; every answer carries fresh ones. */
const SIGNING = new Set(['t', 'c', 's', 'h']);

/** Refusals in a row of one request that are played again: more teach a client nothing and cost it its whole backoff. */
const REFUSALS = 2;

/** The recording without the further refusals of a request that was refused in the same words several times in a row. */
export function shortened(exchanges: readonly RecordedExchange[]): readonly RecordedExchange[] {
  const runs = new Map<string, { readonly outcome: string; readonly length: number }>();
  return exchanges.filter((exchange) => {
    if (exchange.method === 'GET') return true;
    const key = `${exchange.method} ${exchange.url.toLowerCase()}`;
    const { error } = isObject(exchange.responseBody) ? exchange.responseBody : {};
    const outcome = `${exchange.status} ${isObject(error) ? String(error.code) : ''}`;
    const before = runs.get(key);
    const length = before?.outcome === outcome ? before.length + 1 : 1;
    runs.set(key, { outcome, length });
    return exchange.status < 400 || length <= REFUSALS;
  });
}

export function openRecording(exchanges: readonly RecordedExchange[]): Recording {
  const queues: Recording['queues'] = new Map();
  for (const exchange of exchanges.filter(({ host }) => host === undefined || host === GRAPH_HOST)) {
    const [path = '', query = ''] = exchange.url.split('?', 2);
    const key = keyOf(exchange.method, path, new URLSearchParams(query));
    const queue = queues.get(key);
    queues.set(key, { exchanges: [...(queue?.exchanges ?? []), exchange], given: 0 });
  }
  return { queues, latest: new Map(), deleted: new Map() };
}

function keyOf(method: string, path: string, query: URLSearchParams): string {
  const parameters = [...query]
    .filter(([name]) => !SIGNING.has(name))
    .map(([name, value]) => `${name}=${value}`.toLowerCase());
  return `${method} ${plain(path)}?${parameters.sort().join('&')}`;
}

function plain(path: string): string {
  return decodeURIComponent(path).toLowerCase();
}

/** The next answer for a request. */
export function match(recording: Recording, request: Request): Matched {
  const path = plain(request.path);
  const queue = recording.queues.get(keyOf(request.method, request.path, request.query));
  const exchange =
    queue === undefined ? undefined : next(queue, request.method === 'GET' ? afterOf(recording, path) : -1);
  if (exchange === undefined) return unrecorded(recording, request, path);
  const { body } = { body: exchange.responseBody };
  if (request.method !== 'GET') noteWrite(recording, path, exchange);
  else if (exchange.status === 200) recording.latest.set(path, body);
  return { answer: answerOf(exchange, request.base), from: exchange };
}

/** Answers that were recorded before the path was deleted, or its group was, are used up. */
function afterOf(recording: Recording, path: string): number {
  return Math.max(
    -1,
    ...[...recording.deleted].filter(([gone]) => path === gone || path.startsWith(`${gone}/`)).map(([, n]) => n),
  );
}

/** The next exchange recorded after `after`; the last of a queue stays for all later requests. */
function next(
  queue: { readonly exchanges: readonly RecordedExchange[]; given: number },
  after: number,
): RecordedExchange | undefined {
  const { exchanges } = queue;
  const last = exchanges.length - 1;
  const isOver = queue.given > last;
  // The original gave up on a poll that ended so, and so must whoever asks on: the operation is not known any more.
  if (isOver && exchanges[last]?.method === 'GET' && (exchanges[last]?.status ?? 0) >= 500) return undefined;
  let at = Math.min(queue.given, last);
  while (at <= last && (exchanges[at]?.n ?? 0) <= after) at += 1;
  if (at > last) return undefined;
  queue.given = at + 1;
  return exchanges[at];
}

function noteWrite(recording: Recording, path: string, exchange: RecordedExchange): void {
  // Reads of this path that were recorded before the write are used up.
  for (const [key, queue] of recording.queues) {
    if (!key.startsWith(`GET ${path}?`)) continue;
    const later = queue.exchanges.findIndex((candidate) => candidate.n > exchange.n);
    queue.given = Math.max(queue.given, later === -1 ? queue.exchanges.length - 1 : later);
  }
  if (exchange.method === 'DELETE') {
    if (exchange.status < 300 || exchange.status === 404) recording.deleted.set(path, exchange.n);
    return;
  }
  if (exchange.status < 300) {
    recording.deleted.delete(path);
    recording.latest.set(path, exchange.responseBody);
  }
}

function unrecorded(recording: Recording, request: Request, path: string): Matched {
  const isGone = afterOf(recording, path) >= 0;
  const notFound = refuse(404, 'ResourceNotFound', `The Resource '${request.path}' was not found.`);
  switch (request.method) {
    case 'GET': {
      const held = recording.latest.get(path);
      return isGone || !recording.latest.has(path)
        ? { answer: notFound }
        : { answer: { status: 200, body: isObject(held) ? held : {} } };
    }
    case 'DELETE':
      recording.deleted.set(path, Number.MAX_SAFE_INTEGER);
      return { answer: isGone ? notFound : { status: 200 } };
    default:
      return {
        answer: refuse(500, 'NotRecorded', `${request.method} ${request.path} is not in the recording`),
        isUnexpected: true,
      };
  }
}

function answerOf(exchange: RecordedExchange, base: string): Answer {
  const headers = Object.fromEntries(
    Object.entries(exchange.responseHeaders ?? {})
      .filter(([name]) => name !== 'Content-Type')
      .map(([name, value]) => [
        name,
        name.toLowerCase() === 'retry-after' ? '0' : value.replaceAll('{{endpoint}}', base),
      ]),
  );
  const body = exchange.responseBody;
  // Seconds of the recording are not waited again: polls come back at once, refused requests after a second.
  const haste = exchange.status >= 400 ? { 'Retry-After': '1' } : { 'Retry-After': '0' };
  return {
    status: exchange.status,
    headers: { ...headers, ...haste },
    ...(body === undefined || body === null ? {} : { body: withBase(body, base) }),
  };
}

function withBase(body: Json, base: string): Json {
  return isObject(body) && typeof body.nextLink === 'string'
    ? { ...body, nextLink: body.nextLink.replaceAll('{{endpoint}}', base) }
    : body;
}

/** What keeps two bodies from being equal, as the path of the first difference; undefined: nothing. */
export function difference(sent: Json | undefined, wanted: Json | undefined, path = ''): string | undefined {
  if (Array.isArray(sent) && Array.isArray(wanted)) {
    if (sent.length !== wanted.length) return `${path}: ${sent.length} items where ${wanted.length} were recorded`;
    return sent
      .map((item, index) => difference(item, wanted[index], `${path}[${index}]`))
      .find((found) => found !== undefined);
  }
  if (isObject(sent) && isObject(wanted)) {
    for (const name of new Set([...Object.keys(sent), ...Object.keys(wanted)])) {
      const found = difference(sent[name], wanted[name], path === '' ? name : `${path}.${name}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return sent === wanted ? undefined : `${path}: sent ${short(sent)}, recorded ${short(wanted)}`;
}

function short(value: Json | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 120);
}

/** The sent body in the masked form of the recordings. */
export function masked(value: Json): Json {
  if (typeof value === 'string') {
    return value
      .replace(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z/g, '2001-02-03T04:05:06Z')
      .replace(/ssh-rsa [A-Za-z0-9+/=]+/g, 'ssh-rsa {KEY}')
      .replace(/^[A-Za-z0-9+/]{40,}={1,2}$/, '{KEY}');
  }
  if (Array.isArray(value)) return value.map(masked);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, masked((member ?? null) as Json)]));
}

/** What counts for ARM: not the top-level name, and no member that is null. */
export function forArm(body: JsonObject): JsonObject {
  const { name: _name, ...rest } = body;
  // An object stays an object.
  return withoutNulls(rest) as JsonObject;
}

function withoutNulls(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item) ?? null);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null && member !== undefined)
      .map(([name, member]) => [name, withoutNulls(member)]),
  );
}
