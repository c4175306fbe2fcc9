// From some ARM ids to objects: each resource is read, then its children and extensions are listed and read in turn, each id once.
// Source of the rules: contract section 17. Start at walk.

import { readError } from '../../arm/error.ts';
import { parseId } from '../../arm/id.ts';
import { type ArmAnswer, type ArmRequest, get } from '../../arm/request.ts';
import { isObject, type Json, type JsonObject } from '../../values/json.ts';
import type { Importable } from './importable.ts';
import {
  type Answered,
  type Dressing,
  type Imported,
  type ImportedOwner,
  importedObject,
  objectName,
  skippedByContent,
  skippedByName,
  suffixOf,
} from './object.ts';

/** What became of one resource, or of the list of a kind's resources. */
export type Outcome = { readonly id: string; readonly kind?: Importable } & (
  | { readonly result: 'imported'; readonly imported: Imported }
  | { readonly result: 'skipped' | 'failed'; readonly why: string }
);

export interface Walking {
  readonly kinds: readonly Importable[];
  /** One request to Azure. Throws when no answer can be had. */
  readonly ask: (request: ArmRequest) => Promise<ArmAnswer>;
  /** Requests at a time. */
  readonly workers: number;
  readonly dressing: Dressing;
  readonly say: (outcome: Outcome) => void;
}

/** Answers to a list that mean no more than "there are none of these here". */
const NOTHING_THERE = new Set(
  [
    'BadRequest',
    'NoRegisteredProviderFound',
    'RequestUrlInvalid',
    'ResourceTypeNotSupported',
    'UnsupportedResourceType',
    'UnsupportedFeature',
    'ValidationFailed',
  ].map((code) => code.toLowerCase()),
);

export async function walk(ids: readonly string[], walking: Walking): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const seen = new Set<string>();
  const names = new Map<string, Set<string>>();
  const inTurn = turns(walking.workers);

  const note = (outcome: Outcome): void => {
    outcomes.push(outcome);
    walking.say(outcome);
  };

  /** Reads one resource and everything below it. */
  const visit = async (listed: Listed, kind: Importable, owner: ImportedOwner | undefined): Promise<void> => {
    const { id } = listed;
    if (seen.has(id.toLowerCase())) return;
    seen.add(id.toLowerCase());
    // What a list says of a resource may be enough to leave it.
    const known =
      skippedByName(kind, id) ??
      skippedByContent({ kind, id, answer: listed.answer, ...(owner === undefined ? {} : { owner }) });
    if (known !== undefined) return note({ id, kind, result: 'skipped', why: known });
    const answer = await inTurn(() => attempt(walking, get(id, kind.apiVersion)));
    if (typeof answer === 'string') return note({ id, kind, result: 'failed', why: answer });
    if (answer.status === 404) return note({ id, kind, result: 'skipped', why: 'resource not found' });
    if (answer.status === 403) return note({ id, kind, result: 'skipped', why: 'access forbidden' });
    if (answer.status >= 300 || !isObject(answer.body))
      return note({ id, kind, result: 'failed', why: readError(answer).message });
    const answered: Answered = {
      kind,
      id: typeof answer.body.id === 'string' ? answer.body.id : id,
      answer: answer.body,
      ...(owner === undefined ? {} : { owner }),
    };
    const skipped = skippedByContent(answered);
    if (skipped !== undefined) return note({ id, kind, result: 'skipped', why: skipped });
    const name = freeName(names, answered);
    note({ id, kind, result: 'imported', imported: importedObject(answered, name, walking.dressing) });
    await Promise.all(
      below(walking.kinds, kind).map((child) => list(child, { object: { kind, name }, id: answered.id })),
    );
  };

  /** Reads the children of one kind, page by page. */
  const list = async (kind: Importable, owner: Extract<ImportedOwner, { object: unknown }>): Promise<void> => {
    let request: ArmRequest | undefined = get(collectionOf(kind, owner.id), kind.apiVersion);
    while (request !== undefined) {
      const asked: ArmRequest = request;
      const answer = await inTurn(() => attempt(walking, asked));
      const why = typeof answer === 'string' ? answer : listProblem(answer);
      if (typeof answer === 'string' || why !== undefined) {
        if (why !== '' && kind.kind.map.owner !== 'any')
          note({ id: asked.url.split('?')[0] ?? '', kind, result: 'failed', why: why ?? '' });
        return;
      }
      const page = isObject(answer.body) ? answer.body : {};
      await Promise.all(listedIn(page.value).map((listed) => visit(listed, kind, owner)));
      request = typeof page.nextLink === 'string' ? { verb: 'GET', url: page.nextLink } : undefined;
    }
  };

  await Promise.all(
    ids.map((id) => {
      const type = parseId(id)?.type.toLowerCase();
      const kind = walking.kinds.find((candidate) => candidate.type.toLowerCase() === type);
      if (type === undefined) return note({ id, result: 'failed', why: 'it is not an ARM id' });
      if (kind === undefined) return note({ id, result: 'failed', why: `no kind stands for the type ${type}` });
      const parent = parentId(kind, id);
      return visit({ id, answer: {} }, kind, parent === undefined ? undefined : { id: parent });
    }),
  );
  return outcomes;
}

/** Kinds whose resources live below one of this kind: its children, and on everything but extensions the extensions. */
function below(kinds: readonly Importable[], parent: Importable): readonly Importable[] {
  const isExtension = parent.kind.map.owner === 'any';
  return kinds.filter(({ kind: { map } }) => {
    if (map.owner === 'any') return !isExtension && map.scope === 'extension';
    return map.owner?.group === parent.kind.group && map.owner.kind === parent.kind.kind;
  });
}

function collectionOf(kind: Importable, ownerId: string): string {
  const [provider = '', ...types] = kind.type.split('/');
  const isBelow = kind.kind.map.owner !== 'any' && types.length > 1;
  return isBelow ? `${ownerId}/${types.at(-1)}` : `${ownerId}/providers/${provider}/${types.join('/')}`;
}

/** The id of what a given resource lives in; nothing for a resource group and for what has no owner. */
function parentId(kind: Importable, id: string): string | undefined {
  if (kind.kind.map.owner === undefined) return undefined;
  const at = id.toLowerCase().lastIndexOf('/providers/');
  if (kind.kind.map.owner === 'any' || kind.type.split('/').length === 2) return id.slice(0, at);
  return id.split('/').slice(0, -2).join('/');
}

/** undefined: a page; '': nothing of that kind can be here; else what is wrong. */
function listProblem(answer: ArmAnswer): string | undefined {
  if (answer.status < 300) return undefined;
  const { code, message } = readError(answer);
  const isNothing = answer.status === 404 || (answer.status === 400 && NOTHING_THERE.has((code ?? '').toLowerCase()));
  return isNothing ? '' : message;
}

interface Listed {
  readonly id: string;
  readonly answer: JsonObject;
}

function listedIn(value: Json | undefined): readonly Listed[] {
  return (Array.isArray(value) ? value : []).flatMap((item) =>
    isObject(item) && typeof item.id === 'string' ? [{ id: item.id, answer: item }] : [],
  );
}

/** A name that no other object of the kind has. */
function freeName(names: Map<string, Set<string>>, { kind, id }: Answered): string {
  const taken = names.get(kind.kind.crd) ?? new Set();
  names.set(kind.kind.crd, taken);
  const plain = objectName(id);
  const name = plain !== '' && !taken.has(plain) ? plain : `${plain === '' ? 'unnamed' : plain}-${suffixOf(id)}`;
  taken.add(name);
  return name;
}

/** A lost answer is told as a sentence. */
async function attempt(walking: Walking, request: ArmRequest): Promise<ArmAnswer | string> {
  try {
    return await walking.ask(request);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** So many at a time; the others wait in order. */
function turns(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = count;
  return async (work) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
