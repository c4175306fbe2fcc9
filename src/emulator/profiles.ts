// How each type answers: which status, which headers, what is shown, how long it takes. The rows are recorded facts (recorded.ts); here is
// what they mean, what holds for a type without a row, and what the rows cannot show. Types that no recording shows finish at once.

import { RECORDED } from './recorded.ts';

/** What a write or a delete is answered with. */
export interface Answering {
  readonly status: number;
  readonly hasAsync: boolean;
  /** 'relative': names the resource itself by its path, 'self': by its URL; neither is a URL to poll. */
  readonly location: 'absolute' | 'relative' | 'self' | undefined;
  /** Seconds in Retry-After; undefined: the header is not sent. */
  readonly retryAfter: number | undefined;
  /** The whole resource, nothing, {}, its name, the state of an operation, or an operation's stub. */
  readonly shows: 'resource' | 'nothing' | 'braces' | 'name' | 'operation' | { readonly stub: string };
  /** provisioningState, or the operation's status, in the answer. */
  readonly state: string | undefined;
  /** How long the work takes in the recordings, in milliseconds; 0: it is done. */
  readonly takesMs: number;
}

/** What a poll is answered with. */
export interface PollAnswer {
  readonly status: number;
  readonly hasAsync: boolean;
  readonly hasLocation: boolean;
  /** Seconds in Retry-After; undefined: the header is not sent. */
  readonly retryAfter: number | undefined;
  /** 'bare': the state of an operation and nothing else. */
  readonly shows: 'operation' | 'bare' | 'resource' | 'nothing' | 'braces';
}

export interface PollStyle {
  /** {s} subscription, {g} group, {id} resource, {l} location, {o} operation, {v} api-version of the request. */
  readonly url: string;
  readonly running: PollAnswer | undefined;
  readonly ended: PollAnswer | undefined;
}

export interface Profile {
  readonly create: Answering;
  readonly update: Answering;
  /** An update that changes nothing. */
  readonly again: Answering;
  readonly delete: Answering;
  /** Reads show a provisioningState. */
  readonly hasState: boolean;
  /** The state that reads show while a write runs. */
  readonly meanwhile: string | undefined;
  /** Code of the provider's own 404; '-code': without an `error` around it; undefined: the gateway's ResourceNotFound. */
  readonly absent: string | undefined;
  /** How an operation of a write, or of a delete, is followed. */
  readonly polls: Readonly<Record<'write' | 'delete', { readonly async: PollStyle; readonly location: PollStyle }>>;
}

const DONE: Answering = {
  status: 201,
  hasAsync: false,
  location: undefined,
  retryAfter: undefined,
  shows: 'resource',
  state: undefined,
  takesMs: 0,
};
const PLACE = '/subscriptions/{s}/providers/{n}/locations/{l}';
const ASYNC: PollStyle = { url: `${PLACE}/operations/{o}?api-version={v}`, running: undefined, ended: undefined };
const LOCATION: PollStyle = {
  url: `${PLACE}/operationresults/{o}?api-version={v}`,
  running: undefined,
  ended: undefined,
};
const UNSEEN: Profile = {
  create: DONE,
  update: { ...DONE, status: 200 },
  again: { ...DONE, status: 200 },
  delete: { ...DONE, status: 200, shows: 'nothing' },
  hasState: true,
  meanwhile: undefined,
  absent: undefined,
  polls: { write: { async: ASYNC, location: LOCATION }, delete: { async: ASYNC, location: LOCATION } },
};

/** Cells that arm-protocol table 5.2 has and this traffic lacks. */
const SHEET: Readonly<Record<string, string>> = {
  'microsoft.appconfiguration/configurationstores': 'again 200 - - resource Succeeded 0',
};

/** Recordings do not say how long a state that is read from the resource itself stays. */
const RESOURCE_STYLE_MS = 15_000;
const LEAST_MS = 2_000;

let profiles: ReadonlyMap<string, Profile> | undefined;

export function profileOf(type: string): Profile {
  profiles ??= new Map(RECORDED.map(readRow));
  return profiles.get(type.toLowerCase()) ?? UNSEEN;
}

function readRow(row: string): readonly [string, Profile] {
  const [type = '', ...recorded] = row.split(' | ');
  const cells = [...(SHEET[type] === undefined ? [] : [SHEET[type]]), ...recorded];
  const said = new Map(cells.map((cell) => [cell.slice(0, cell.indexOf(' ')), cell.slice(cell.indexOf(' ') + 1)]));
  const answering = (verb: string): Answering | undefined => readAnswering(said.get(verb));
  const create = answering('create') ?? DONE;
  // A type whose updates no recording shows takes them as it takes creations.
  const update = answering('update') ??
    answering('again') ?? { ...create, status: create.status === 201 ? 200 : create.status };
  const again = answering('again') ?? update;
  // Without a recorded read the answers to writes tell whether the type has states.
  const isShown = [create, update, again].some((answer) => answer === DONE || answer.state !== undefined);
  const [state = isShown ? 'with' : 'without', meanwhile = '-'] = said.get('state')?.split(' ') ?? [];
  return [
    type,
    {
      create,
      update,
      again,
      delete: answering('delete') ?? deletedLike(create),
      hasState: state === 'with',
      meanwhile: meanwhile === '-' ? undefined : meanwhile,
      absent: said.get('absent'),
      polls: {
        write: { async: readStyle(said.get('async')) ?? ASYNC, location: readStyle(said.get('location')) ?? LOCATION },
        delete: {
          async: readStyle(said.get('deleteAsync') ?? said.get('async')) ?? ASYNC,
          location: readStyle(said.get('deleteLocation')) ?? LOCATION,
        },
      },
    },
  ];
}

/** A type whose deletion no recording shows: every type that takes its time to be made takes it to be deleted, with both headers. */
function deletedLike(create: Answering): Answering {
  if (create.takesMs === 0 || !create.hasAsync) return UNSEEN.delete;
  return { ...create, status: 202, location: 'absolute', shows: 'nothing', state: undefined };
}

function readAnswering(cell: string | undefined): Answering | undefined {
  if (cell === undefined) return undefined;
  const [status, signal = '-', retry, shows = '', state = '-', seconds] = cell.split(' ');
  const signals = signal.split('+');
  const isFollowed = signals.includes('async') || signals.includes('location');
  const isOver = state === '-' || /^(succeeded|failed|canceled)$/i.test(state);
  const takes = isFollowed ? Math.max(Number(seconds) * 1000, LEAST_MS) : isOver ? 0 : RESOURCE_STYLE_MS;
  return {
    status: Number(status),
    hasAsync: signals.includes('async'),
    location: signals.includes('location')
      ? 'absolute'
      : signals.includes('relative')
        ? 'relative'
        : signals.includes('self')
          ? 'self'
          : undefined,
    retryAfter: retry === undefined || retry === '-' ? undefined : Number(retry),
    shows: readShown(shows),
    state: state === '-' ? undefined : state,
    takesMs: takes,
  };
}

function readShown(word: string): Answering['shows'] {
  if (word.startsWith('stub:')) return { stub: word.slice('stub:'.length) };
  return word === 'nothing' || word === 'braces' || word === 'name' || word === 'operation' ? word : 'resource';
}

function readStyle(cell: string | undefined): PollStyle | undefined {
  if (cell === undefined) return undefined;
  const [before = '', ended = '-'] = cell.split(' > ');
  const [url = '', ...running] = before.split(' ');
  return { url, running: readPoll(running.join(' ')), ended: readPoll(ended) };
}

function readPoll(text: string): PollAnswer | undefined {
  if (text === '-') return undefined;
  const [status, names = '', shows] = text.split(' ');
  const retry = /retry:(\d+)/.exec(names)?.[1];
  return {
    status: Number(status),
    hasAsync: names.includes('async'),
    hasLocation: names.includes('location'),
    retryAfter: retry === undefined ? undefined : Number(retry),
    shows: shows === 'bare' || shows === 'resource' || shows === 'nothing' || shows === 'braces' ? shows : 'operation',
  };
}
