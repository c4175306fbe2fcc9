// Everything that must hold before Azure is touched: owner, credential, inputs, name and id, and the claim itself.

import { buildId } from '../../arm/id.ts';
import { groupVersion } from '../../kinds/kind.ts';
import type { JsonObject } from '../../values/json.ts';
import { isObject } from '../../values/json.ts';
import * as names from '../annotations.ts';
import { azureName } from '../azure-name.ts';
import { readyOf } from '../conditions.ts';
import { annotation, asked, hasFinalizer, isClaimed, resourceId, specOf } from '../facts.ts';
import { fatal, warning } from '../failure.ts';
import type { Observed, Resolved } from '../observed.ts';
import { reportFailure } from '../report.ts';
import type { Rule } from '../rule.ts';
import { subscriptionMismatch } from './remove.ts';

/** The owner must exist; before the claim it must be Ready too, and not on its way out. */
export const owner: Rule = (observed) => {
  const found = observed.owner;
  if (hasJustEnded(observed)) return undefined;
  if (found.state === 'unresolved') {
    const waits = !isClaimed(observed) && found.failure.code === 'WaitingForOwner';
    const failure =
      isClaimed(observed) && found.failure.code === 'WaitingForOwner'
        ? { ...found.failure, code: 'ReferenceNotFound' }
        : found.failure;
    return reportFailure(observed, failure, waits ? 'the owner is not there yet' : 'the owner cannot be resolved');
  }
  if (found.state !== 'object' || isClaimed(observed)) return undefined;
  const name = `${found.kind.kind} '${found.object.metadata.name}'`;
  if (found.object.metadata.deletionTimestamp !== undefined) {
    return reportFailure(
      observed,
      warning('WaitingForOwner', `owner ${name} is being deleted; progress is blocked until it exists again`, 'soon'),
      'the owner is being deleted',
    );
  }
  if (readyOf(isObject(found.object.status) ? found.object.status : undefined)?.status === 'True') return undefined;
  return reportFailure(
    observed,
    warning('WaitingForOwner', `owner ${name} is not Ready; progress is blocked until it is`, 'soon'),
    'the owner is not Ready yet',
  );
};

/** An operation ended in this pass: what follows needs nothing that went into the body. */
function hasJustEnded(observed: Observed): boolean {
  return asked(observed, 'poll') !== undefined;
}

export const credential: Rule = (observed) =>
  observed.credential.ok
    ? undefined
    : reportFailure(observed, observed.credential.failure, 'the credential cannot be used');

export const inputs: Rule = (observed) =>
  observed.inputs.ok || hasJustEnded(observed)
    ? undefined
    : reportFailure(observed, observed.inputs.failure, 'an input cannot be resolved');

/** The id that the object stands for: the one it was claimed for, else made from its owner and name. */
export function idOf(observed: Observed): Resolved<string> {
  const claimed = resourceId(observed);
  if (claimed !== undefined) return { ok: true, value: claimed };
  const name = azureName(observed);
  if (!name.ok) return name;
  return newId(observed, name.value);
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
  return built.ok
    ? { ok: true, value: built.id }
    : { ok: false, failure: warning('ReferenceNotFound', `the ARM id cannot be built: ${built.why}`, 'soon') };
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
  const id = idOf(observed);
  if (!id.ok) return reportFailure(observed, id.failure, 'the ARM id cannot be built');
  const foreignOwner = ownerElsewhere(observed);
  if (foreignOwner !== undefined) return foreignOwner;
  const rival = observed.policy === 'manage' ? observed.rival(id.value) : undefined;
  if (rival !== undefined) {
    const message = `${id.value} is already managed by ${rival}; two objects cannot manage one resource. Delete one of them, or give it reconcile-policy 'skip'`;
    return reportFailure(observed, warning('ReconciliationBlocked', message), 'another object holds the same ARM id');
  }
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
  if (typeof given === 'string' && given !== '') return false;
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

/** The id's subscription must be the credential's. */
export const subscription: Rule = (observed) => {
  const id = resourceId(observed);
  if (id === undefined || !observed.credential.ok) return undefined;
  const mismatch = subscriptionMismatch(id, observed.credential.value.credential.subscriptionId);
  return mismatch === undefined
    ? undefined
    : reportFailure(observed, mismatch, 'the resource is in another subscription than the credential');
};

/** A claimed object whose azureName was emptied afterwards cannot be sent. */
export const name: Rule = (observed) => {
  const given = azureName(observed);
  if (!given.ok) return reportFailure(observed, given.failure, 'the resource has no name in Azure');
  const stored = annotation(observed, names.AZURE_NAME_FROM_CONFIG);
  if (observed.nameFromConfig === undefined || stored === undefined || stored === given.value) return undefined;
  const message = `spec.azureNameFromConfig now gives '${given.value}', but the resource was claimed as '${stored}'; the name of a resource cannot change`;
  return reportFailure(observed, fatal('Failed', message), 'the name in Azure has changed');
};
