// The claim: which ARM id the object stands for, and taking possession of it before Azure is touched.

import { badId, buildId, lastSegment, parseId, sameId } from '../../arm/id.ts';
import { groupVersion, type Kind } from '../../kinds/kind.ts';
import { isObject, type JsonObject } from '../../values/json.ts';
import type { Action } from '../action.ts';
import * as names from '../annotations.ts';
import { azureName } from '../azure-name.ts';
import { fixedName, hasFinalizer, isClaimed, isDeleting, resourceId, specOf, statusOf, wasSent } from '../facts.ts';
import { fatal, warning } from '../failure.ts';
import type { Observed, Resolved } from '../observed.ts';
import { reportFailure, softened } from '../report.ts';
import type { Rule } from '../rule.ts';
import { subscriptionMismatch } from './remove.ts';

/**
 * The id noted on the object must be one that it can stand for: annotations are the user's to write, and the original trusts them.
 * A type that is not the kind's would lend this kind's rights to another; a name that is not the object's is a copied manifest.
 */
export const noted: Rule = (observed) => {
  const id = resourceId(observed);
  const why = id === undefined ? undefined : whyUnfit(observed, id);
  if (why === undefined) return undefined;
  if (isDeleting(observed) && !wasSent(observed))
    return {
      do: 'release',
      why: 'the id noted on the object is not its own, and nothing was ever sent to Azure for it',
    };
  const advice = isDeleting(observed)
    ? `Nothing is deleted in Azure. Correct the annotation, or set ${names.RECONCILE_POLICY} to detach-on-delete to let the object go`
    : 'Take the annotation off, and the object is claimed anew for the id that its owner and name make';
  const failure = fatal('Failed', `annotation ${names.RESOURCE_ID} does not fit the object: ${why}. ${advice}`);
  return reportFailure(observed, isDeleting(observed) ? softened(failure) : failure, 'the id noted is not its own');
};

function whyUnfit(observed: Observed, id: string): string | undefined {
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

/**
 * What a replace-style tool has stripped is put back at once. The resource is known to be in Azure, so nothing that a first claim waits
 * for is waited for: without the finalizer a deletion would leave an orphan.
 */
export const reclaim: Rule = (observed) => {
  if (isClaimed(observed) || !wasSent(observed)) return undefined;
  const id = knownId(observed);
  if (id.ok)
    return {
      do: 'claim',
      why: `puts back the claim of ${id.value}`,
      patch: claimPatch(observed, id.value, lastSegment(id.value)),
    };
  if (!isDeleting(observed)) return undefined;
  const advice = `put the annotation back, or set ${names.RECONCILE_POLICY} to detach-on-delete to let the object go`;
  const message = `annotation ${names.RESOURCE_ID} was taken off and the id cannot be made again (${id.failure.message}); ${advice}`;
  return reportFailure(observed, warning('ReferenceNotFound', message), 'the id of what to delete is lost');
};

/** The id that the object was claimed for: as noted, else as Azure showed it, else made from its owner and name. */
function knownId(observed: Observed): Resolved<string> {
  const claimed = resourceId(observed);
  if (claimed !== undefined) return { ok: true, value: claimed };
  const shown = statusOf(observed)?.id;
  if (typeof shown === 'string' && whyUnfit(observed, shown) === undefined) return { ok: true, value: shown };
  const name = azureName(observed);
  return name.ok ? newId(observed, name.value) : name;
}

/** One resource has one object that manages it: of two that hold the same id, the one that was there first. */
export const rival: Rule = (observed) => {
  const id = resourceId(observed);
  if (id === undefined || observed.policy === 'skip') return undefined;
  const other = observed.rival(id);
  if (other === undefined) return undefined;
  return isDeleting(observed)
    ? { do: 'release', why: `${other} manages the resource: it stays in Azure` }
    : blockedBy(observed, id, other);
};

/** Tells of the other object, and waits until it lets go of the id. */
export function blockedBy(observed: Observed, id: string, other: string): Action {
  const message = `${id} is already managed by ${other}; two objects cannot manage one resource. Delete this one, give it reconcile-policy 'skip', or delete the other one with reconcile-policy 'detach-on-delete'`;
  return {
    ...reportFailure(observed, warning('ReconciliationBlocked', message), 'another object holds the same ARM id'),
    waitsForId: id,
  };
}

function newId(observed: Observed, name: string): Resolved<string> {
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

/**
 * Takes possession: finalizer, id, labels, owner reference, azureName.
 * Must be stored before the first PUT: if we crash between the two, the finalizer is what stops an orphan in Azure.
 */
export const claim: Rule = (observed) => {
  if (isClaimed(observed)) return undefined;
  const name = azureName(observed);
  if (!name.ok) return reportFailure(observed, name.failure, 'the resource has no name in Azure');
  if (observed.kind.map.backend !== undefined)
    return { do: 'claim', why: `claims ${name.value}`, patch: claimPatch(observed, undefined, name.value) };
  const claimed = resourceId(observed);
  const id: Resolved<string> = claimed === undefined ? newId(observed, name.value) : { ok: true, value: claimed };
  if (!id.ok) return reportFailure(observed, id.failure, 'the ARM id cannot be built');
  const foreignOwner = ownerElsewhere(observed);
  if (foreignOwner !== undefined) return foreignOwner;
  const other = observed.policy === 'skip' ? undefined : observed.rival(id.value);
  if (other !== undefined) return blockedBy(observed, id.value, other);
  return { do: 'claim', why: `claims ${id.value}`, patch: claimPatch(observed, id.value, name.value) };
};

function ownerElsewhere(observed: Observed): ReturnType<Rule> {
  if (observed.owner.state !== 'object' || !observed.credential.ok) return undefined;
  const id = observed.owner.object.metadata.annotations?.[names.RESOURCE_ID];
  if (id === undefined || observed.kind.map.scope === 'extension') return undefined;
  const mismatch = subscriptionMismatch(id, observed.credential.value.credential.subscriptionId);
  if (mismatch === undefined) return undefined;
  return reportFailure(
    observed,
    fatal('Failed', `the owner is deployed elsewhere: ${mismatch.message}`),
    'the owner is in another subscription',
  );
}

function claimPatch(observed: Observed, id: string | undefined, name: string): JsonObject {
  const { metadata } = observed.object;
  const spec = specOf(observed);
  const setsName = needsAzureName(observed);
  const nextGeneration = (metadata.generation ?? 1) + (setsName ? 1 : 0);
  return {
    metadata: {
      ...(metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
      ...(hasFinalizer(observed) ? {} : { finalizers: [...(metadata.finalizers ?? []), names.FINALIZER] }),
      annotations: {
        ...(id === undefined ? {} : { [names.RESOURCE_ID]: id }),
        [names.OPERATOR_NAMESPACE]: observed.operator.namespace,
        [names.ORIGINAL_VERSION]: observed.version,
        [names.LATEST_RECONCILED_GENERATION]: String(nextGeneration),
        ...(observed.nameFromConfig === undefined ? {} : { [names.AZURE_NAME_FROM_CONFIG]: name }),
      },
      labels: { [names.LAST_RECONCILED_VERSION_LABEL]: observed.operator.version, ...ownerLabels(observed, spec) },
      ...ownerReference(observed),
    },
    ...(setsName ? { spec: { azureName: name } } : {}),
  };
}

/** azureName is stored when the kind has the field and the user left it empty. */
function needsAzureName(observed: Observed): boolean {
  const given = specOf(observed).azureName;
  if ((typeof given === 'string' && given !== '') || isDeleting(observed)) return false;
  return (
    observed.kind.map.nameDefault !== 'none' &&
    observed.kind.map.fixedName === undefined &&
    observed.kind.map.fixedNames?.[observed.version] === undefined &&
    observed.nameFromConfig === undefined
  );
}

function ownerLabels(observed: Observed, spec: JsonObject): JsonObject {
  const given = isObject(spec.owner) ? spec.owner : {};
  const byName =
    typeof given.name === 'string' && given.name !== '' ? { [names.OWNER_NAME_LABEL]: labelText(given.name) } : {};
  if (observed.owner.state !== 'object') return byName;
  const { kind, object } = observed.owner;
  return {
    ...byName,
    [names.OWNER_GROUP_KIND_LABEL]: labelText(`${kind.kind}.${kind.group}`),
    ...(object.metadata.uid === undefined ? {} : { [names.OWNER_UID_LABEL]: object.metadata.uid }),
  };
}

/** At most 63 characters, ending in one that Kubernetes accepts. */
function labelText(text: string): string {
  return text.slice(0, 63).replace(/[^A-Za-z0-9]+$/, '');
}

function ownerReference(observed: Observed): JsonObject {
  if (observed.owner.state !== 'object') return {};
  const { kind, object } = observed.owner;
  const mine = {
    apiVersion: groupVersion(kind, kind.storage),
    kind: kind.kind,
    name: object.metadata.name ?? '',
    uid: object.metadata.uid ?? '',
  };
  const others = (observed.object.metadata.ownerReferences ?? []).filter(
    (reference) =>
      !(
        reference.kind === mine.kind &&
        reference.name === mine.name &&
        reference.apiVersion.split('/')[0] === kind.group
      ),
  );
  return { ownerReferences: [...others.map((reference) => ({ ...reference })), mine] };
}
