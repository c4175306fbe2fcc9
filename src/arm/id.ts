// ARM resource ids: taking them apart and building them. Source of the grammar: arm-protocol section 2; of the owner forms: contract 8.3.

export interface ArmId {
  readonly subscription?: string;
  readonly resourceGroup?: string;
  /** Type as the id spells it, for example Microsoft.Storage/storageAccounts/blobServices; of the last /providers/ part. */
  readonly type: string;
  /** Last segment. */
  readonly name: string;
}

/** The parts of an id, or undefined when it is none. A group's type is Microsoft.Resources/resourceGroups, a subscription's Microsoft.Resources/subscriptions. */
export function parseId(id: string): ArmId | undefined {
  const segments = id.split('/');
  if (segments.shift() !== '' || segments.some((segment) => segment === '')) return undefined;
  const scope: { subscription?: string; resourceGroup?: string } = {};
  let at = 0;
  if (is(segments[0], 'subscriptions') && segments[1] !== undefined) {
    scope.subscription = segments[1];
    at = 2;
    if (is(segments[2], 'resourceGroups') && segments[3] !== undefined) {
      scope.resourceGroup = segments[3];
      at = 4;
    }
  }
  const rest = segments.slice(at);
  if (rest.length === 0) {
    if (scope.resourceGroup !== undefined)
      return { ...scope, type: 'Microsoft.Resources/resourceGroups', name: scope.resourceGroup };
    return scope.subscription === undefined
      ? undefined
      : { ...scope, type: 'Microsoft.Resources/subscriptions', name: scope.subscription };
  }
  const provided = lastProvided(rest);
  return provided === undefined ? undefined : { ...scope, ...provided };
}

/** Type and name of the last /providers/ part. Read in pairs from the left: a resource may be called providers. */
function lastProvided(segments: readonly string[]): { readonly type: string; readonly name: string } | undefined {
  let types: readonly string[] = [];
  let name: string | undefined;
  for (let at = 0; at < segments.length; at += 2) {
    const [word, next] = [segments[at] ?? '', segments[at + 1]];
    if (next === undefined) return undefined;
    if (is(word, 'providers')) [types, name] = [[next], undefined];
    else if (types.length === 0) return undefined;
    else [types, name] = [[...types, word], next];
  }
  return name === undefined ? undefined : { type: types.join('/'), name };
}

/** Ids compare without regard to case (arm-protocol section 2). */
export function sameId(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** The name at the end of an id. */
export function lastSegment(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

/** The subscription an id is in, undefined for tenant-level ids. */
export function subscriptionOf(id: string): string | undefined {
  const [, head, subscription] = id.split('/');
  return is(head, 'subscriptions') && subscription ? subscription : undefined;
}

export interface IdParts {
  /** ARM type with the letter case of its URLs. */
  readonly type: string;
  readonly scope: 'tenant' | 'subscription' | 'resourceGroup' | 'extension';
  readonly name: string;
  readonly subscriptionId: string;
  /** Id of the owner; absent for kinds that have none. */
  readonly ownerId?: string;
}

export type BuiltId = { readonly ok: true; readonly id: string } | { readonly ok: false; readonly why: string };

/** The id of a resource below its owner, subscription or tenant. A name that would leave its place in the path is refused. */
export function buildId(parts: IdParts): BuiltId {
  const bad = badName(parts.name);
  if (bad !== undefined) return { ok: false, why: bad };
  if (is(parts.type, 'Microsoft.Resources/resourceGroups')) {
    return { ok: true, id: `/subscriptions/${parts.subscriptionId}/resourceGroups/${parts.name}` };
  }
  const [provider = '', ...types] = parts.type.split('/');
  if (parts.ownerId === undefined) {
    const root = parts.scope === 'subscription' ? `/subscriptions/${parts.subscriptionId}` : '';
    return { ok: true, id: `${root}/providers/${provider}/${types.join('/')}/${parts.name}` };
  }
  const owner = parts.ownerId.replace(/\/+$/, '');
  const last = types.at(-1) ?? '';
  if (parts.scope === 'extension') return { ok: true, id: `${owner}/providers/${provider}/${last}/${parts.name}` };
  // A group may be called like the provider.
  const holds = owner.toLowerCase().includes(`/providers/${provider.toLowerCase()}/`);
  return { ok: true, id: `${owner}${holds ? '' : `/providers/${provider}`}/${last}/${parts.name}` };
}

/** Why a text cannot be used as an ARM id though it may look like one: a URL made of it would point somewhere else. */
export function badId(id: string): string | undefined {
  if (!id.startsWith('/')) return "it does not begin with '/'";
  const segments = id.slice(1).split('/');
  if (segments.some((segment) => segment === '')) return 'it has an empty segment';
  return segments.map(badName).find((why) => why !== undefined);
}

function badName(name: string): string | undefined {
  if (name === '') return 'the name in Azure is empty';
  if (name === '.' || name === '..' || /[/\\?#%]/.test(name) || hasControl(name) || !name.isWellFormed()) {
    return `the name in Azure '${name.slice(0, 80)}' holds a character that no resource name may have (one of / \\ ? # %, a control character, or only dots)`;
  }
  return undefined;
}

function hasControl(name: string): boolean {
  return [...name].some((character) => character.charCodeAt(0) < 32 || character.charCodeAt(0) === 127);
}

/** Whether an ARM id may own a resource of this type: the parent type for children; a group (or a subscription) for top-level types. */
export function mayOwn(
  ownerId: string,
  type: string,
): { readonly ok: true } | { readonly ok: false; readonly why: string } {
  const id = badId(ownerId) === undefined ? parseId(ownerId) : undefined;
  if (id === undefined)
    return {
      ok: false,
      why: `'${ownerId.slice(0, 200)}' is not an ARM id; write /subscriptions/<id>/resourceGroups/<name>/providers/<provider>/<type>/<name>`,
    };
  const [provider = '', ...types] = type.split('/');
  const parent =
    types.length === 1 ? 'Microsoft.Resources/resourceGroups' : [provider, ...types.slice(0, -1)].join('/');
  return is(id.type, parent)
    ? { ok: true }
    : { ok: false, why: `'${ownerId}' is of type ${id.type}; an owner of ${type} must be of type ${parent}` };
}

function is(a: string | undefined, b: string): boolean {
  return a?.toLowerCase() === b.toLowerCase();
}
