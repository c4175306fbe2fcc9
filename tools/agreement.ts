// How far an answer of the emulator agrees with a recorded one, and what many such comparisons come to.

import type { Handled } from '../src/emulator/handle.ts';
import type { RecordedExchange } from '../src/emulator/replay-matching.ts';
import { isObject, type Json } from '../src/values/json.ts';
import { kindOf, stateOf } from './recorded-answers.ts';

/** What is compared, the first that differs: status and error code, long-running headers, the kind of body, the state it shows. */
export type Aspect = 'status' | 'signal' | 'body' | 'state';

export interface Compared {
  readonly recording: string;
  readonly exchange: RecordedExchange;
  /** ARM type of the resource, 'operation' for polls. */
  readonly about: string;
  /** undefined: the answers agree. */
  readonly difference?: { readonly aspect: Aspect; readonly recorded: string; readonly answered: string };
  /** Members of the recorded resource, below `properties` too, and how many of them the emulator shows. */
  readonly members: { readonly recorded: number; readonly shown: number };
}

export interface Share {
  readonly exchanges: number;
  /** Answers of the same status, long-running style, kind of body and state, of all. */
  readonly agree: number;
  readonly share: number;
  /** Recorded members of resources, below `properties` too, that the emulator shows, of all. */
  readonly members: number;
}

export function shareOf(compared: readonly Compared[]): Share {
  const agree = compared.filter((each) => each.difference === undefined).length;
  const sum = (of: keyof Compared['members']): number => compared.reduce((total, each) => total + each.members[of], 0);
  return {
    exchanges: compared.length,
    agree,
    share: Math.round((1e4 * agree) / compared.length) / 1e4,
    members: Math.round((1e4 * sum('shown')) / Math.max(1, sum('recorded'))) / 1e4,
  };
}

export interface DifferenceClass {
  readonly count: number;
  readonly difference: string;
  /** '<recording>#<exchange>'. */
  readonly example: string;
}

/** Differences of one kind together, the most frequent first. */
export function classesOf(compared: readonly Compared[]): readonly DifferenceClass[] {
  const classes = new Map<string, DifferenceClass>();
  for (const { recording, exchange, about, difference } of compared) {
    if (difference === undefined) continue;
    const { aspect, recorded, answered } = difference;
    const text = `${aspect}: ${exchange.method} ${about}: recorded '${recorded}', answered '${answered}'`;
    const held = classes.get(text);
    classes.set(text, {
      count: (held?.count ?? 0) + 1,
      difference: text,
      example: held?.example ?? `${recording}#${exchange.n}`,
    });
  }
  return [...classes.values()].sort((a, b) => b.count - a.count);
}

/** Holds an answer against the recorded one. */
export function against(
  recorded: RecordedExchange,
  answer: Handled,
  about: string,
): Omit<Compared, 'exchange' | 'recording'> {
  const aspects: readonly (readonly [Aspect, string, string])[] = [
    ['status', outcome(recorded.status, recorded.responseBody), outcome(answer.status, answer.body)],
    ['signal', signals(recorded.responseHeaders), signals(answer.headers)],
    ['body', kindOf(recorded.responseBody), kindOf(answer.body)],
    ['state', stateWord(recorded.responseBody), stateWord(answer.body)],
  ];
  const found = aspects.find(([, a, b]) => a !== b);
  const names = membersOf(recorded.responseBody);
  const mine = new Set(membersOf(answer.body));
  return {
    about,
    ...(found === undefined ? {} : { difference: { aspect: found[0], recorded: found[1], answered: found[2] } }),
    members: { recorded: names.length, shown: names.filter((name) => mine.has(name)).length },
  };
}

function outcome(status: number, body: Json | undefined): string {
  const error = isObject(body) && isObject(body.error) ? body.error : undefined;
  return error === undefined || status < 400 ? String(status) : `${status} ${String(error.code)}`;
}

/** Which headers a client would follow, and whether it is told when. */
function signals(headers: Readonly<Record<string, string>> | undefined): string {
  const lower = new Map(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  const location = lower.get('location');
  return [
    lower.has('azure-asyncoperation') ? 'async' : '',
    location === undefined ? '' : /^(https:|\{\{)/.test(location) ? 'location' : 'relative',
    lower.has('retry-after') ? 'retry' : '',
  ]
    .filter((word) => word !== '')
    .join('+');
}

/** Whether what is shown is still under way. */
export function stateWord(body: Json | undefined): 'running' | 'failed' | 'over' | '' {
  const lower = stateOf(body)?.toLowerCase();
  if (lower === undefined) return '';
  if (lower === 'failed' || lower === 'canceled') return 'failed';
  return lower === 'succeeded' ? 'over' : 'running';
}

function membersOf(body: Json | undefined): readonly string[] {
  if (!isObject(body) || typeof body.id !== 'string') return [];
  return Object.entries(body).flatMap(([name, value]) =>
    name === 'properties' && isObject(value) ? Object.keys(value).map((below) => `properties.${below}`) : [name],
  );
}
