// Any ARM type as a kind: facts guessed by rules, names by the original's habits, the owner from the type's parent and scope.
// From there on it is made as every other kind is (kind.ts). Start at anyType.

import { nearest } from '../values/nearest.ts';
import type { GroupFacts, KindFacts } from './facts.ts';
import { type Guessed, guessFacts } from './guess.ts';
import { guessExports } from './guess-exports.ts';
import { groupOf, kindNameOf, versionOfApi } from './naming.ts';
import { nameNode } from './own-members.ts';
import type { FoundType, TypeData } from './type-data.ts';
import { resolve, TypeDataError } from './types.ts';

export interface Wanted {
  /** For example Microsoft.Network/natGateways, without regard to case. */
  readonly type: string;
  readonly apis: readonly string[];
  /** Whole name of the API group, kind, and owner ('<group>/<Kind>', 'any', 'none'), when not by rule. */
  readonly group?: string;
  readonly kind?: string;
  readonly owner?: string;
}

export interface AnyType {
  readonly group: string;
  readonly facts: KindFacts;
  /** The kind comes with the operator: its hand-kept facts were taken, with the versions asked for added. */
  readonly isShipped: boolean;
}

/** Facts of any type. Throws a TypeDataError that says what is near when the data lacks the type or a version. */
export function anyType(types: TypeData, shipped: readonly GroupFacts[], wanted: Wanted): AnyType {
  const versions = wanted.apis.map((api) => foundType(types, wanted.type, api));
  const [first] = versions;
  if (first === undefined) throw new TypeDataError(`${wanted.type}: give at least one API version, as TYPE@VERSION`);
  const { type } = first;
  const names = wanted.apis.map((api) => versionName(type, api));
  const known = shippedKind(shipped, type);
  if (known !== undefined && wanted.kind === undefined && wanted.group === undefined) {
    const added = names.filter((name) => !known.facts.versions.includes(name));
    return { ...known, facts: { ...known.facts, versions: [...known.facts.versions, ...added] }, isShipped: true };
  }
  const place = placeOf(first, shipped);
  const kind = wanted.kind ?? kindNameOf(type);
  if (!/^[A-Z][A-Za-z0-9]{0,58}$/.test(kind))
    throw new TypeDataError(
      `'${kind}' cannot be a kind: give --kind, a name of letters and digits that begins with a capital, of at most 59`,
    );
  return {
    group: wanted.group ?? groupOf(type.split('/')[0] ?? ''),
    isShipped: false,
    facts: {
      kind,
      type,
      ...place,
      ...(wanted.owner === undefined ? {} : { owner: wanted.owner }),
      ...fixedNames(versions),
      versions: names,
      ...withoutEmpty(guessFacts(versions)),
      ...guessExports(versions),
    },
  };
}

function foundType(types: TypeData, type: string, api: string): FoundType {
  const found = types.find(type, api);
  if (found === undefined) throw new TypeDataError(missing(types, type, api));
  const { $type } = found.body;
  if ($type !== 'ObjectType' && $type !== 'DiscriminatedObjectType')
    throw new TypeDataError(`${found.file.path}: the body of ${type}@${api} is of ${$type}, not an object`);
  if (found.writableScopes === 0)
    throw new TypeDataError(`${found.type}@${found.api} cannot be written: Azure has no PUT for it`);
  return found;
}

/** What the data has instead: nearest versions of a known type, types of a known provider, or providers. */
function missing(types: TypeData, type: string, api: string): string {
  const [provider = ''] = type.split('/');
  const ofProvider = types.list(provider);
  const versions = ofProvider.filter((entry) => entry.type.toLowerCase() === type.toLowerCase());
  const lacks = `the type data has no ${type}@${api}`;
  if (versions.length > 0) {
    const apis = [...new Set(versions.map((entry) => entry.api))].sort().reverse();
    return `${lacks}; it has the versions ${apis.join(', ')}`;
  }
  const near = nearest(
    type,
    ofProvider.map((entry) => entry.type),
    5,
  );
  if (near.length > 0) return `${lacks}; near are ${near.join(', ')}`;
  if (ofProvider.length > 0)
    return `${lacks}; ${provider} has ${new Set(ofProvider.map((entry) => entry.type)).size} other types, none of a name like that`;
  const providers = nearest(provider, types.providers(), 5);
  return providers.length === 0
    ? `${lacks}, nor any type of ${provider}; it has ${types.providers().length} providers`
    : `${lacks}, nor any type of ${provider}; near are ${providers.join(', ')}`;
}

function versionName(type: string, api: string): string {
  const name = versionOfApi(api);
  if (name !== undefined) return name;
  throw new TypeDataError(
    `${type}@${api}: an API version must look like 2025-01-31 or 2025-01-31-preview to become a version of a CRD`,
  );
}

function shippedKind(
  shipped: readonly GroupFacts[],
  type: string,
): { readonly group: string; readonly facts: KindFacts } | undefined {
  return shipped
    .flatMap(({ group, kinds }) => kinds.map((facts) => ({ group, facts })))
    .find(({ facts }) => facts.type?.toLowerCase() === type.toLowerCase());
}

const RESOURCE_GROUP = 8;
const SUBSCRIPTION = 4;
const TENANT = 1;

/** Where a resource of the type lives, and the kind that owns it: the parent's for a child, by scope for the rest. */
function placeOf(found: FoundType, shipped: readonly GroupFacts[]): Pick<KindFacts, 'owner' | 'scope'> {
  const segments = found.type.split('/');
  if (segments.length > 2) {
    const parent = segments.slice(0, -1).join('/');
    const known = shippedKind(shipped, parent);
    const group = known?.group ?? groupOf(segments[0] ?? '');
    return { owner: `${group}/${known?.facts.kind ?? kindNameOf(parent)}` };
  }
  switch (found.writableScopes) {
    case RESOURCE_GROUP:
      return {};
    case SUBSCRIPTION:
      return { scope: 'subscription', owner: 'none' };
    case TENANT:
      return { scope: 'tenant', owner: 'none' };
    default:
      // Below any resource, or at several scopes: the object says where, by a kind or by the scope's id.
      return { scope: 'extension', owner: 'any' };
  }
}

/** The last segment of the id when the data knows no other. */
function fixedNames(versions: readonly FoundType[]): Pick<KindFacts, 'fixedName' | 'fixedNames'> {
  const names = versions.flatMap((found) => {
    const version = versionOfApi(found.api);
    const name = literalName(found);
    return name === undefined || version === undefined ? [] : [[version, name] as const];
  });
  const [first] = names;
  if (first === undefined) return {};
  const isOne = names.length === versions.length && names.every(([, name]) => name === first[1]);
  return isOne ? { fixedName: first[1] } : { fixedNames: Object.fromEntries(names) };
}

function literalName({ file, body }: FoundType): string | undefined {
  const name = nameNode({ file }, body);
  if (name?.$type === 'StringLiteralType') return name.value;
  if (name?.$type !== 'UnionType' || name.elements.length !== 1) return undefined;
  const [only] = name.elements.map((element) => resolve(file, element));
  return only?.$type === 'StringLiteralType' ? only.value : undefined;
}

/** Facts that say nothing are left out, as a person leaves them out. */
function withoutEmpty(guessed: Guessed): Partial<Guessed> {
  return Object.fromEntries(Object.entries(guessed).filter(([, held]) => Object.keys(held ?? {}).length > 0));
}
