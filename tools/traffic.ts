// Recorded traffic through the emulator: each recorded request is sent to it, and its answer is held against the recorded one.
// Time stands still but for operations: each ends when the recording says that it ended.

import { parseId } from '../src/arm/id.ts';
import type { Catalogue } from '../src/emulator/catalogue.ts';
import { idsIn } from '../src/emulator/dependents.ts';
import { type Handled, handle } from '../src/emulator/handle.ts';
import type { Request } from '../src/emulator/message.ts';
import type { RecordedExchange } from '../src/emulator/replay-matching.ts';
import { DEFAULTS, type EmulatorSettings } from '../src/emulator/settings.ts';
import { emptyState, type Operation, type State } from '../src/emulator/state.ts';
import { keep } from '../src/emulator/store.ts';
import { isObject, type Json } from '../src/values/json.ts';
import { against, type Compared, stateWord } from './agreement.ts';
import type { TrafficRecording } from './recorded-answers.ts';

const ZEROS = '00000000-0000-0000-0000-000000000000';
const BASE = 'https://azure.test';
const ENDPOINT = '{{endpoint}}';
/** Longer than any recording: operations end when they are told to. */
const UNTIL_TOLD_MS = 1_000_000_000;
const SETTINGS: EmulatorSettings = {
  ...DEFAULTS,
  tenantId: ZEROS,
  subscriptionIds: [ZEROS],
  limits: 'off',
  operationMs: UNTIL_TOLD_MS,
};

interface Stage {
  readonly state: State;
  readonly ask: (method: string, url: string, body?: Json) => Handled;
  /** Recorded poll URL, without its signature → the emulator's URL and operation. */
  readonly polls: Map<string, { readonly url: string; readonly operation: Operation }>;
}

/** Every ARM exchange of a recording with the emulator's answer held against it. */
export function compareTraffic(recording: TrafficRecording, catalogue: Catalogue): readonly Compared[] {
  const exchanges = recording.exchanges.filter((exchange) => exchange.host === undefined);
  const stage = open(catalogue);
  for (const [group, location] of groupsTakenForGranted(exchanges))
    stage.ask('PUT', `${group}?api-version=2020-06-01`, { location });
  takeForGranted(stage.state, exchanges);
  return exchanges.map((exchange) => ({ recording: recording.name, ...compared(stage, exchange) }));
}

function open(catalogue: Catalogue): Stage {
  const state = emptyState();
  const now = Date.parse('2030-01-01T00:00:00Z');
  let token = '';
  const ask = (method: string, url: string, body?: Json): Handled => {
    const [path = '', query = ''] = url.replace(BASE, '').split('?', 2);
    const request: Request = {
      method,
      path,
      query: new URLSearchParams(query),
      headers: { authorization: `Bearer ${token}` },
      body,
      text: typeof body === 'string' ? body : '',
      base: BASE,
    };
    return handle({ state, settings: SETTINGS, catalogue, now }, request);
  };
  const [client] = SETTINGS.clients;
  const form = `grant_type=client_credentials&client_id=${client?.clientId}&client_secret=${client?.clientSecret}`;
  const login = ask('POST', `/${ZEROS}/oauth2/v2.0/token`, form).body;
  token = isObject(login) ? String(login.access_token) : '';
  return { state, ask, polls: new Map() };
}

/** Resource groups that a recording uses without making them, and where they are. */
function groupsTakenForGranted(exchanges: readonly RecordedExchange[]): readonly (readonly [string, string])[] {
  const used = new Map<string, readonly [string, string] | undefined>();
  for (const { url, method, status, responseBody } of exchanges) {
    const group = /^\/subscriptions\/[^/]+\/resourcegroups\/[^/?]+/i.exec(url)?.[0];
    if (group === undefined || used.has(group.toLowerCase())) continue;
    const isThere = isGroupItself(url, group) ? status === 200 : method !== 'GET' && status < 400;
    const location = isObject(responseBody) && isGroupItself(url, group) ? String(responseBody.location) : 'westus2';
    used.set(group.toLowerCase(), isThere ? [group, location] : undefined);
  }
  return [...used.values()].filter((group) => group !== undefined);
}

/** What the first read of a recording shows was there before it: resources, and vaults that are deleted. */
function takeForGranted(state: State, exchanges: readonly RecordedExchange[]): void {
  const met = new Set<string>();
  for (const { method, url, status, responseBody: body } of exchanges) {
    const path = pathOf(url);
    const isFirst = !met.has(path);
    met.add(path);
    if (!isFirst || method !== 'GET' || status !== 200 || !isObject(body) || typeof body.id !== 'string') continue;
    const plain = decodeURIComponent(url.split('?')[0] ?? '');
    const type = parseId(plain)?.type;
    const deleted = /\/deletedvaults\/([^/]+)$/.exec(path);
    const properties = isObject(body.properties) ? body.properties : {};
    if (deleted !== null) {
      const location = String(properties.location).toLowerCase();
      const vault = { id: String(properties.vaultId), location, body: {}, purgeProtected: false };
      state.deletedVaults.set(`${location}/${deleted[1]}`, vault);
    } else if (type !== undefined && !/operation/i.test(type)) {
      const { id: _id, name: _name, type: _type, etag: _etag, ...rest } = body;
      keep(state, { id: plain, type, apiVersion: '', body: rest, made: {}, createdAt: 0, revision: 0 });
    }
  }
}

const isGroupItself = (url: string, group: string): boolean => url.slice(group.length).startsWith('?');

const pathOf = (url: string): string => decodeURIComponent(url.split('?')[0] ?? '').toLowerCase();

/** A poll URL without what signs it. */
function pollKey(url: string): string {
  const [path = '', query = ''] = url.replace(ENDPOINT, '').split('?', 2);
  const rest = [...new URLSearchParams(query)].filter(([name]) => !['t', 'c', 's', 'h'].includes(name));
  return `${path.toLowerCase()}?${new URLSearchParams(rest)}`.toLowerCase();
}

function compared(stage: Stage, exchange: RecordedExchange): Omit<Compared, 'recording'> {
  const poll = exchange.method === 'GET' ? stage.polls.get(pollKey(exchange.url)) : undefined;
  if (poll !== undefined) return { exchange, ...against(exchange, polledAs(stage, exchange, poll), 'operation') };
  const path = pathOf(exchange.url);
  settle(stage, exchange, path);
  const before = stage.state.operations.size;
  const answer = stage.ask(exchange.method, exchange.url, exchange.requestBody ?? undefined);
  const operation = stage.state.operations.size > before ? [...stage.state.operations.values()].at(-1) : undefined;
  notePolls(stage, exchange, answer, operation);
  return { exchange, ...against(exchange, answer, aboutOf(exchange, path)) };
}

function aboutOf({ method, url }: RecordedExchange, path: string): string {
  if (/operation(s|results|status|statuses)?\/[^/]+$/i.test(path) && method === 'GET') return 'operation';
  const plain = decodeURIComponent(url.split('?')[0] ?? '');
  const type = parseId(plain)?.type;
  return method === 'POST' || type === undefined ? `${method} ${lastTwo(plain)}` : type;
}

const lastTwo = (path: string): string => path.split('/').at(-1) ?? path;

/** The recording shows what is over by now: a terminal state, an absence, a new write where the last one has ended, what a write needed. */
function settle(stage: Stage, exchange: RecordedExchange, path: string): void {
  if (exchange.method === 'PUT' && exchange.status < 300)
    for (const id of idsIn(exchange.requestBody))
      for (const operation of stage.state.running)
        if (operation.verb === 'PUT' && operation.resource.startsWith(topLevelOf(id))) operation.endsAt = 0;
  const operation = stage.state.resources.get(path)?.operation;
  if (operation === undefined || operation.endsAt <= 0) return;
  const isRead = exchange.method === 'GET';
  const isOver = isRead
    ? operation.verb === 'DELETE'
      ? exchange.status === 404
      : exchange.status === 200 && stateWord(exchange.responseBody) !== 'running'
    : operation.verb !== 'DELETE';
  if (isOver) operation.endsAt = 0;
}

/** The id of the top-level resource that an id lies in. */
const topLevelOf = (id: string): string => id.toLowerCase().split('/').slice(0, 9).join('/');

function notePolls(stage: Stage, exchange: RecordedExchange, answer: Handled, operation: Operation | undefined): void {
  if (operation === undefined) return;
  const mine = answer.headers ?? {};
  for (const [name, value] of Object.entries(exchange.responseHeaders ?? {})) {
    if (!/^(azure-asyncoperation|location|operation-location)$/i.test(name) || !value.startsWith(ENDPOINT)) continue;
    if (pathOf(value.replace(ENDPOINT, '')) === pathOf(exchange.url) || stage.polls.has(pollKey(value))) continue;
    const wanted = /^location$/i.test(name) ? 'Location' : 'Azure-AsyncOperation';
    const url = mine[wanted] ?? mine['Azure-AsyncOperation'] ?? mine.Location;
    if (url !== undefined) stage.polls.set(pollKey(value), { url, operation });
  }
}

function polledAs(
  stage: Stage,
  exchange: RecordedExchange,
  { url, operation }: { readonly url: string; readonly operation: Operation },
): Handled {
  const word = wordOf(exchange);
  if (word !== 'running') operation.endsAt = 0;
  if (word === 'failed') fail(operation, exchange.responseBody);
  return stage.ask('GET', url);
}

/** The recorded end of an operation becomes the emulator's. */
function fail(operation: Operation, body: Json | undefined): void {
  const error = isObject(body) && isObject(body.error) ? body.error : {};
  Object.assign(operation, { error: { code: String(error.code ?? 'Failed'), message: String(error.message ?? '') } });
}

function wordOf({ status, responseBody }: RecordedExchange): 'running' | 'failed' | 'done' {
  if (status >= 400) return 'failed';
  const said =
    isObject(responseBody) && typeof responseBody.status === 'string' ? responseBody.status.toLowerCase() : '';
  if (said === 'failed' || said === 'canceled') return 'failed';
  if (said === 'succeeded') return 'done';
  return status === 202 || said !== '' ? 'running' : 'done';
}
