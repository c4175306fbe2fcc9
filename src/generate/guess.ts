// Facts by rules alone, for types that nobody keeps facts of: what a person would write into kinds/<group>.yaml after reading the type.
// Source of the rules and of how often they are right: catalogue section 10. Start at guessFacts.

import { variantNameOf } from '../kinds/by-name.ts';
import type { KindFacts } from './facts.ts';
import { referenceNameOf } from './naming.ts';
import { type Property, READ_ONLY, REQUIRED, resolve, type TypeFile, type TypeNode } from './types.ts';
import { isMap, under } from './walk.ts';

export type Guessed = Pick<
  KindFacts,
  | 'compatReferences'
  | 'required'
  | 'removed'
  | 'numbers'
  | 'statusNumbers'
  | 'enums'
  | 'secretMaps'
  | 'prunedToReference'
  | 'keepProperties'
  | 'renames'
>;

/** What a server fills in, though the data often says that it may be written. */
const SERVER_MEMBERS = new Set(['etag', 'provisioningstate', 'privateendpointconnections', 'systemdata']);
/** Members of status that are the operator's own. */
const SHOWN_MEMBERS = new Set(['conditions', 'observedgeneration', 'lastsync']);
/** Members of spec and status that are the operator's own. */
const OWN_MEMBERS = new Set([...SHOWN_MEMBERS, 'azurename', 'owner', 'operatorspec']);

interface Guessing {
  readonly file: TypeFile;
  readonly references: Map<string, string>;
  readonly optional: Set<string>;
  readonly removed: Set<string>;
  readonly numbers: Set<string>;
  readonly open: Set<string>;
  readonly secretMaps: Set<string>;
  readonly embedded: Set<string>;
  readonly kept: Set<string>;
  readonly renamed: Map<string, string>;
}

interface Seat {
  readonly path: string;
  /** Objects that hold this one, outermost first. */
  readonly holders: readonly TypeNode[];
}

/** Facts of a type over all its API versions: a rule that holds for a path in one holds in all. */
export function guessFacts(versions: readonly { readonly file: TypeFile; readonly body: TypeNode }[]): Guessed {
  const all = {
    references: new Map<string, string>(),
    optional: new Set<string>(),
    removed: new Set<string>(),
    numbers: new Set<string>(),
    open: new Set<string>(),
    secretMaps: new Set<string>(),
    embedded: new Set<string>(),
    kept: new Set<string>(),
    renamed: new Map<string, string>(),
  };
  for (const { file, body } of versions) {
    const guessing: Guessing = { ...all, file };
    visit(guessing, body, { path: '', holders: [] });
  }
  return {
    compatReferences: Object.fromEntries(all.references),
    required: Object.fromEntries([...all.optional].map((path) => [path, false])),
    removed: [...all.removed],
    numbers: [...all.numbers],
    statusNumbers: [...all.numbers],
    enums: Object.fromEntries([...all.open].map((path) => [path, null])),
    secretMaps: [...all.secretMaps],
    prunedToReference: [...all.embedded],
    keepProperties: [...all.kept],
    renames: Object.fromEntries(all.renamed),
  };
}

/** Guesses for everything below an object; gives the names that its members will have in the CRD object that holds them. */
function visit(guessing: Guessing, type: TypeNode, seat: Seat): readonly string[] {
  if (seat.holders.includes(type)) return [];
  const holders = [...seat.holders, type];
  if (type.$type === 'ObjectType') return membersOf(guessing, Object.entries(type.properties), { ...seat, holders });
  if (type.$type !== 'DiscriminatedObjectType') return [];
  for (const [value, element] of Object.entries(type.elements)) {
    const own = resolve(guessing.file, element);
    const inner = { path: `${seat.path}<${value}>`, holders: [...holders, own] };
    const ownMembers = own.$type === 'ObjectType' ? Object.entries(own.properties) : [];
    membersOf(guessing, [...Object.entries(type.baseProperties), ...ownMembers], inner);
    if (own.$type === 'DiscriminatedObjectType') visit(guessing, own, { ...inner, holders });
  }
  return Object.keys(type.elements).map(variantNameOf);
}

type Members = readonly (readonly [name: string, property: Property])[];

/** Names of the members of one object. What is flattened into it must not meet a sibling of the same name, or it stays below `properties`. */
function membersOf(guessing: Guessing, members: Members, seat: Seat): readonly string[] {
  const taken = new Set(members.map(([name]) => name.toLowerCase()));
  const inner: { readonly path: string; readonly names: readonly string[] }[] = [];
  const names: string[] = [];
  for (const [name, property] of members) {
    const path = under(seat.path, name);
    if (isOfRoot(path) && IMPLIED.has(name)) continue;
    const type = resolve(guessing.file, property.type);
    const isServers = SERVER_MEMBERS.has(name.toLowerCase());
    if (isServers) guessing.removed.add(path);
    const isWhole = isEmbedded(name, type);
    if (isWhole) guessing.embedded.add(path);
    const below = isWhole ? [] : valueAt(guessing, type, { ...seat, path });
    if (isServers || (property.flags & READ_ONLY) !== 0) stepAside(guessing, path, SHOWN_MEMBERS);
    else if (isHolder(name, type)) inner.push({ path, names: below });
    else {
      names.push(stepAside(guessing, path, OWN_MEMBERS));
      names.push(...referenceAt(guessing, { name, path, property, type, count: members.length, taken }));
    }
  }
  const own = new Set(names.map((name) => name.toLowerCase()));
  for (const { path, names: flattened } of inner) {
    const meets = flattened.some((name) => own.has(name.toLowerCase()));
    if (meets) guessing.kept.add(path);
    names.push(...(meets ? ['properties'] : flattened));
  }
  return names;
}

/** Members of every body that the URL gives. */
const IMPLIED = new Set(['id', 'name', 'type', 'apiVersion']);

/** A member of the root of the body, or of one variant of it. */
function isOfRoot(path: string): boolean {
  return /^(?:<[^>]*>\.)?\w+$/.test(path);
}

/** Another resource, whole, inside this one: what Azure takes of it is its id. In lists, and as configurations, such objects are parts. */
function isEmbedded(name: string, type: TypeNode): boolean {
  if (type.$type !== 'ObjectType') return false;
  const has = (name: string): boolean => Object.hasOwn(type.properties, name);
  return has('id') && has('properties') && (has('location') || (has('etag') && !/Configuration$/.test(name)));
}

/** `properties` as an object: its members are shown beside its siblings. */
function isHolder(name: string, type: TypeNode): boolean {
  return (
    name === 'properties' && (type.$type === 'DiscriminatedObjectType' || (type.$type === 'ObjectType' && !isMap(type)))
  );
}

/** A member that would stand at the root of spec or status where the operator has one of that name is given another. */
function stepAside(guessing: Guessing, path: string, own: ReadonlySet<string>): string {
  const match = /^(?:properties\.)?(\w+)$/.exec(path);
  const name = path.slice(path.lastIndexOf('.') + 1);
  if (match === null || !own.has(name.toLowerCase())) return name;
  const other = `resource${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  guessing.renamed.set(path, other);
  return other;
}

interface Candidate {
  readonly name: string;
  readonly path: string;
  readonly property: Property;
  readonly type: TypeNode;
  /** How many members the object that holds it has. */
  readonly count: number;
  /** Their names in lower case; twins are added. */
  readonly taken: Set<string>;
}

/** The twin of an id: the plain string stays, and with a twin neither is required. */
function referenceAt(guessing: Guessing, candidate: Candidate): readonly string[] {
  const { name, path, property, type, taken } = candidate;
  const twin = referenceNameOf(name);
  if (!holdsIds(guessing, type) || !isIdName(candidate) || taken.has(twin.toLowerCase())) return [];
  taken.add(twin.toLowerCase());
  guessing.references.set(path, twin);
  if ((property.flags & REQUIRED) !== 0) guessing.optional.add(path);
  return [twin];
}

function holdsIds(guessing: Guessing, type: TypeNode): boolean {
  if (type.$type === 'ArrayType') return holdsIds(guessing, resolve(guessing.file, type.itemType));
  return type.$type === 'StringType' && type.sensitive !== true && type.maxLength !== 36;
}

/** Ids of people, applications and accounts are no resources, whatever their description says. */
const OTHER_IDS = /^(?:tenant|client|principal|object|app|application|subscription|correlation|user|account)Id$/i;
const SAYS_SO =
  /\/subscriptions\/.*\/resourcegroups\/|\barm id\b|\bresource ?id|\bresource identifier|\bfully[ -]qualified (?:resource|arm|azure)/i;

function isIdName({ name, property, type, count }: Candidate): boolean {
  const isList = type.$type === 'ArrayType';
  if (OTHER_IDS.test(name)) return false;
  if (isList ? /ResourceIds$/.test(name) : /ResourceId$/.test(name)) return true;
  const isSaid = SAYS_SO.test(property.description ?? '');
  if (name === 'id') return !isList && (count <= 2 || isSaid);
  return (isList ? /I[dD]s$/ : /I[dD]$/).test(name) && isSaid;
}

/** Guesses for a value and what is below it; gives the names of its members when it is an object. */
function valueAt(guessing: Guessing, type: TypeNode, seat: Seat): readonly string[] {
  switch (type.$type) {
    case 'IntegerType':
      guessing.numbers.add(seat.path);
      return [];
    case 'UnionType':
      guessing.open.add(seat.path);
      return [];
    case 'ArrayType':
      valueAt(guessing, resolve(guessing.file, type.itemType), { ...seat, path: `${seat.path}[]` });
      return [];
    case 'ObjectType':
    case 'DiscriminatedObjectType':
      return objectAt(guessing, type, seat);
    default:
      return [];
  }
}

function objectAt(
  guessing: Guessing,
  type: Extract<TypeNode, { $type: 'ObjectType' | 'DiscriminatedObjectType' }>,
  seat: Seat,
): readonly string[] {
  if (isMap(type) && type.additionalProperties !== undefined) {
    if (type.sensitive === true) guessing.secretMaps.add(seat.path);
    else valueAt(guessing, resolve(guessing.file, type.additionalProperties), { ...seat, path: `${seat.path}{}` });
    return [];
  }
  return visit(guessing, type, seat);
}
