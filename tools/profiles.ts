// node tools/profiles.ts PATH... > src/emulator/recorded.ts: what recorded traffic says of how each ARM type answers, as the table that
// the emulator's profiles stand on. What was seen most often counts; what was never seen has no row.

import { Command } from 'commander';
import { parseId, subscriptionOf } from '../src/arm/id.ts';
import type { RecordedExchange } from '../src/emulator/replay-matching.ts';
import { isObject, type Json } from '../src/values/json.ts';
import { kindOf, stateOf, type TrafficRecording } from './recorded-answers.ts';
import { recordingsAt } from './recorded-cases.ts';
import { runTool } from './tool.ts';

type Votes = Map<string, number>;
const VERBS = ['create', 'update', 'again', 'delete'] as const;
type Verb = (typeof VERBS)[number];

interface Seen {
  readonly create: Votes;
  readonly update: Votes;
  /** An update with the very body that was sent before. */
  readonly again: Votes;
  readonly delete: Votes;
  /** Seconds that creations, updates and deletions took, by the number of polls. */
  readonly takes: Readonly<Record<Verb, number[]>>;
  readonly state: Votes;
  /** States that reads showed while something went on. */
  readonly meanwhile: Votes;
  /** Codes of reads of what is not there; '-code': without an `error` around it. */
  readonly absent: Votes;
  readonly styles: Readonly<Record<StyleName, Style>>;
}

const STYLES = ['async', 'location', 'deleteAsync', 'deleteLocation'] as const;
type StyleName = (typeof STYLES)[number];

interface Style {
  readonly url: Votes;
  readonly running: Votes;
  readonly ended: Votes;
}

interface Follow {
  readonly seen: Seen;
  readonly style: Style;
  readonly verb: Verb;
  readonly retryAfter: number | undefined;
  polls: number;
}

const style = (): Style => ({ url: new Map(), running: new Map(), ended: new Map() });
const nothingSeen = (): Seen => ({
  create: new Map(),
  update: new Map(),
  again: new Map(),
  delete: new Map(),
  takes: { create: [], update: [], again: [], delete: [] },
  state: new Map(),
  meanwhile: new Map(),
  absent: new Map(),
  styles: { async: style(), location: style(), deleteAsync: style(), deleteLocation: style() },
});

/** The newest recordings count for more than all older ones: those whose poll URLs are signed. */
const SIGNED = 1000;
const vote = (votes: Votes, what: string, weight = 1): void => void votes.set(what, (votes.get(what) ?? 0) + weight);
const winner = (votes: Votes): string | undefined => [...votes].sort((a, b) => b[1] - a[1])[0]?.[0];

function headersOf(exchange: RecordedExchange): ReadonlyMap<string, string> {
  return new Map(Object.entries(exchange.responseHeaders ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}

function absentCode(body: Json | undefined): string {
  if (!isObject(body)) return '-';
  const { error, code } = body;
  return isObject(error) ? String(error.code) : typeof code === 'string' ? `-${code}` : '-';
}

const isAbsolute = (url: string | undefined): url is string => url?.startsWith('{{endpoint}}') === true;
const plain = (url: string): string => decodeURIComponent(url.split('?')[0] ?? '');
const key = (url: string): string => {
  const [path = '', query = ''] = url.replace('{{endpoint}}', '').split('?', 2);
  const rest = [...new URLSearchParams(query)].filter(([name]) => !['t', 'c', 's', 'h'].includes(name));
  return `${path}?${new URLSearchParams(rest)}`.toLowerCase();
};

/** A Location that names the resource itself is no poll URL. */
const isItself = (url: string, exchange: RecordedExchange): boolean =>
  isAbsolute(url) && plain(url.replace('{{endpoint}}', '')).toLowerCase() === plain(exchange.url).toLowerCase();

/** '201 async 15 resource Creating': status, where to look, Retry-After, what is shown, its state. */
function answerOf(exchange: RecordedExchange): string {
  const headers = headersOf(exchange);
  const async = headers.has('azure-asyncoperation');
  const location = headers.get('location');
  const signal = [
    ...(async ? ['async'] : []),
    ...(location === undefined
      ? []
      : [isItself(location, exchange) ? 'self' : isAbsolute(location) ? 'location' : 'relative']),
  ].join('+');
  return [
    exchange.status,
    signal || '-',
    headers.get('retry-after') ?? '-',
    shownAs(exchange.responseBody),
    stateOf(exchange.responseBody) ?? '-',
  ].join(' ');
}

function shownAs(body: Json | undefined): string {
  const kind = kindOf(body);
  if (!kind.startsWith('members ')) return kind;
  const members = kind.slice('members '.length);
  return members === 'name'
    ? 'name'
    : members === 'operation,startTime'
      ? `stub:${String((body as { operation?: Json }).operation)}`
      : 'resource';
}

/** A poll URL with what belongs to the one call taken out: {s} subscription, {g} group, {id} resource, {l} location, {o} operation, {v} api-version. */
function templateOf(url: string, exchange: RecordedExchange): string {
  const [path = '', query = ''] = url.replace('{{endpoint}}', '').split('?', 2);
  const id = plain(exchange.url);
  const own = new URLSearchParams(exchange.url.split('?')[1]).get('api-version');
  const parameters = [...new URLSearchParams(query)]
    .filter(([name]) => !['t', 'c', 's', 'h'].includes(name))
    .map(([name, value]) => `${name}=${name.toLowerCase() === 'api-version' && value === own ? '{v}' : value}`);
  const tail = path.toLowerCase().startsWith(`${id.toLowerCase()}/`) ? `{id}${path.slice(id.length)}` : path;
  const filled =
    path.toLowerCase() === id.toLowerCase()
      ? '{id}'
      : tail
          .replace(/\/[^/]+$/, '/{o}')
          .replace(/^\/subscriptions\/[^/]+/, '/subscriptions/{s}')
          .replace(/(\/resourcegroups\/)[^/]+/i, '$1{g}')
          .replace(/(\/locations\/)[^/]+/i, '$1{l}')
          .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '{o}');
  return `${filled}?${parameters.join('&')}`;
}

function read(recordings: readonly TrafficRecording[]): ReadonlyMap<string, Seen> {
  const types = new Map<string, Seen>();
  for (const { exchanges } of recordings) {
    const there = new Map<string, string>();
    const follows = new Map<string, Follow>();
    for (const exchange of exchanges.filter((candidate) => candidate.host === undefined)) {
      const follow = exchange.method === 'GET' ? follows.get(key(exchange.url)) : undefined;
      if (follow !== undefined) notePoll(follow, exchange);
      else noteExchange(types, { there, follows }, exchange);
    }
  }
  return types;
}

function noteExchange(
  types: Map<string, Seen>,
  held: { readonly there: Map<string, string>; readonly follows: Map<string, Follow> },
  exchange: RecordedExchange,
): void {
  const path = plain(exchange.url);
  const type = parseId(path)?.type.toLowerCase();
  if (type === undefined) return;
  const seen = types.get(type) ?? nothingSeen();
  types.set(type, seen);
  if (exchange.method === 'GET' && exchange.status === 404) vote(seen.absent, absentCode(exchange.responseBody));
  if (exchange.status >= 300) return;
  const at = path.toLowerCase();
  if (exchange.method === 'GET') {
    held.there.set(at, held.there.get(at) ?? '');
    const state = stateOf(exchange.responseBody);
    vote(seen.state, state === undefined ? 'without' : 'with');
    if (state !== undefined && !/^(succeeded|failed|canceled|deleting)$/i.test(state)) vote(seen.meanwhile, state);
    return;
  }
  if (exchange.method !== 'DELETE' && exchange.method !== 'PUT') return;
  const sent = JSON.stringify(exchange.requestBody);
  const before = held.there.get(at);
  const verb: Verb =
    exchange.method === 'DELETE' ? 'delete' : before === undefined ? 'create' : before === sent ? 'again' : 'update';
  if (verb === 'delete')
    for (const each of [...held.there.keys()]) if (each === at || each.startsWith(`${at}/`)) held.there.delete(each);
  if (verb !== 'delete') held.there.set(at, sent);
  vote(seen[verb], answerOf(exchange));
  const headers = headersOf(exchange);
  const retryAfter = Number(headers.get('retry-after'));
  const isDelete = verb === 'delete';
  for (const [name, kept] of [
    ['azure-asyncoperation', seen.styles[isDelete ? 'deleteAsync' : 'async']],
    ['location', seen.styles[isDelete ? 'deleteLocation' : 'location']],
  ] as const) {
    const url = headers.get(name);
    if (!isAbsolute(url) || subscriptionOf(path) === undefined || isItself(url, exchange)) continue;
    vote(kept.url, templateOf(url, exchange));
    if (held.follows.has(key(url))) continue;
    held.follows.set(key(url), {
      seen,
      style: kept,
      verb,
      retryAfter: retryAfter > 0 ? retryAfter : undefined,
      polls: 0,
    });
  }
}

/** '200 retry:15 operation': status, headers, what is shown. */
function notePoll(follow: Follow, exchange: RecordedExchange): void {
  const headers = headersOf(exchange);
  const names = [
    ...(headers.has('azure-asyncoperation') ? ['async'] : []),
    ...(headers.has('location') ? ['location'] : []),
    ...(headers.has('retry-after') ? [`retry:${headers.get('retry-after')}`] : []),
  ].join('+');
  const { responseBody: body, status } = exchange;
  const word = isObject(body) && typeof body.status === 'string' ? body.status.toLowerCase() : undefined;
  const isRunning = word === undefined ? status === 202 : !['succeeded', 'failed', 'canceled'].includes(word);
  follow.polls += 1 + ((exchange as { readonly collapsed?: number }).collapsed ?? 0);
  const weight = /[?&]t=/.test(exchange.url) ? SIGNED : 1;
  if (isRunning) vote(follow.style.running, `${status} ${names || '-'} ${pollShows(body)}`, weight);
  else if (status < 300 && word !== 'failed') {
    vote(follow.style.ended, `${status} ${names || '-'} ${pollShows(body)}`, weight);
    follow.seen.takes[follow.verb].push(secondsOf(follow));
  }
}

/** 'bare' is the state of an operation and nothing else. */
function pollShows(body: Json | undefined): string {
  const kind = kindOf(body);
  if (kind === 'operation') return isObject(body) && Object.keys(body).length === 1 ? 'bare' : 'operation';
  return kind.startsWith('members') ? 'resource' : kind;
}

/** Polls come as Retry-After says, else after 1, 2, 4 ... 60 s: as the original does. */
function secondsOf({ polls, retryAfter }: Follow): number {
  if (retryAfter !== undefined) return polls * retryAfter;
  let total = 0;
  for (let poll = 0; poll < polls; poll += 1) total += Math.min(60, 2 ** poll);
  return total;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function rowOf(type: string, seen: Seen): string {
  const verbs = VERBS.flatMap((verb) => {
    const answer = winner(seen[verb]);
    return answer === undefined ? [] : [`${verb} ${answer} ${median(seen.takes[verb])}`];
  });
  const styles = STYLES.flatMap((name) => {
    const { url, running, ended } = seen.styles[name];
    const template = winner(url);
    if (template === undefined) return [];
    return [`${name} ${template} ${winner(running) ?? '-'} > ${winner(ended) ?? '-'}`];
  });
  const state = winner(seen.state);
  const states = state === undefined ? [] : [`state ${state} ${winner(seen.meanwhile) ?? '-'}`];
  seen.absent.delete('ResourceGroupNotFound');
  const absent = winner(seen.absent);
  const own = absent === undefined || absent === 'ResourceNotFound' ? [] : [`absent ${absent}`];
  return [type, ...verbs, ...states, ...own, ...styles].join(' | ');
}

await runTool(
  new Command('node tools/profiles.ts')
    .description('Prints src/emulator/recorded.ts: how each ARM type answers, read from recorded traffic.')
    .argument('<paths...>', 'recordings or folders of them'),
  async ({ args }) => {
    const types = read(recordingsAt<TrafficRecording>(args));
    const rows = [...types]
      .filter(([, seen]) => VERBS.some((verb) => seen[verb].size > 0))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([type, seen]) => `  ${JSON.stringify(rowOf(type, seen))},`);
    console.log(`// How each ARM type answers, read from recorded traffic by tools/profiles.ts, which also says what each word means. Not edited by hand.

/** type | create, update, again, delete: status, where to look, Retry-After, what is shown, its state, seconds | state of reads | code of absence | poll styles: URL, running > ended. */
export const RECORDED: readonly string[] = [
${rows.join('\n')}
];`);
    return 0;
  },
);
