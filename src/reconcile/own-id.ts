// The ARM id that an object stands for: made from its owner and name, and held against one that is noted on it.

import { badId, buildId, parseId, sameId } from '../arm/id.ts';
import type { Kind } from '../kinds/kind.ts';
import * as names from './annotations.ts';
import { azureName } from './azure-name.ts';
import { fixedName, isDeleting, resourceId, specOf, statusOf, wasSent } from './facts.ts';
import { warning } from './failure.ts';
import type { Observed, Resolved } from './observed.ts';

/** The id that the object's owner and this name make. Source of the forms: contract 8.3. */
export function newId(observed: Observed, name: string): Resolved<string> {
  const { map } = observed.kind;
  const parent = ownerId(observed);
  if (parent !== undefined && !parent.ok) return parent;
  if (!observed.credential.ok) return { ok: false, failure: observed.credential.failure };
  const built = buildId({
    // Rule homeless has answered for kinds without a type.
    type: map.type ?? '',
    scope: map.scope ?? 'resourceGroup',
    name,
    subscriptionId: observed.credential.value.credential.subscriptionId,
    ...(parent === undefined ? {} : { ownerId: parent.value }),
  });
  const why = built.ok ? badId(built.id) : built.why;
  return built.ok && why === undefined
    ? { ok: true, value: built.id }
    : { ok: false, failure: warning('ReferenceNotFound', `the ARM id cannot be built: ${why}`, 'soon') };
}

function ownerId(observed: Observed): Resolved<string> | undefined {
  switch (observed.owner.state) {
    case 'none':
      return undefined;
    case 'arm':
      return { ok: true, value: observed.owner.id };
    case 'unresolved':
      return { ok: false, failure: observed.owner.failure };
    case 'object': {
      const annotations = observed.owner.object.metadata.annotations ?? {};
      const id = annotations[names.CHILD_RESOURCE_ID_OVERRIDE] || annotations[names.RESOURCE_ID];
      const message = `owner ${observed.owner.kind.kind} '${observed.owner.object.metadata.name}' has no assigned ARM id yet`;
      return id ? { ok: true, value: id } : { ok: false, failure: warning('WaitingForOwner', message, 'soon') };
    }
  }
}

/** The id that the object was claimed for: as noted, else as Azure showed it, else made from its owner and name. */
export function knownId(observed: Observed): Resolved<string> {
  const claimed = resourceId(observed);
  if (claimed !== undefined) return { ok: true, value: claimed };
  const shown = statusOf(observed)?.id;
  if (typeof shown === 'string' && whyUnfit(observed, shown) === undefined) return { ok: true, value: shown };
  const name = azureName(observed);
  return name.ok ? newId(observed, name.value) : name;
}

/** Why an id cannot be this object's own, as the end of a sentence; undefined when it can. */
export function whyUnfit(observed: Observed, id: string): string | undefined {
  const { type } = observed.kind.map;
  if (type === undefined) return undefined;
  const shown = `'${id.slice(0, 300)}'`;
  const parsed = badId(id) === undefined ? parseId(id) : undefined;
  if (parsed === undefined) return `${shown} is not an ARM id`;
  if (parsed.type.toLowerCase() !== idType(observed.kind).toLowerCase())
    return `${shown} is of type ${parsed.type}, and this kind stands for ${idType(observed.kind)}`;
  const name = givenName(observed);
  if (name !== undefined && name.toLowerCase() !== parsed.name.toLowerCase())
    return `${shown} is named '${parsed.name}', and the object '${name}'`;
  // What was sent to an id is deleted at that id, wherever the owner has gone since.
  const isOwned = observed.owner.state === 'object' || observed.owner.state === 'arm';
  if (!isOwned || (isDeleting(observed) && wasSent(observed))) return undefined;
  const own = newId(observed, parsed.name);
  return own.ok && !sameId(own.value, id) ? `${shown} is not below its owner; its own id is '${own.value}'` : undefined;
}

/** Type that parseId reads from an id of this kind: that of the last provider, with one segment for extension kinds. */
function idType(kind: Kind): string {
  const type = kind.map.type ?? '';
  const segments = type.split('/');
  return kind.map.scope === 'extension' ? `${segments[0]}/${segments.at(-1)}` : type;
}

/** The name in Azure that the object gives by itself; undefined where a default made it: that one may have been given up (rule adopt). */
function givenName(observed: Observed): string | undefined {
  if (observed.kind.map.nameDefault === 'uuid') return undefined;
  const given = specOf(observed).azureName;
  return fixedName(observed) ?? (typeof given === 'string' && given !== '' ? given : undefined);
}
