// What the claim writes on an object, in one patch.

import { groupVersion } from '../kinds/kind.ts';
import { isObject, type JsonObject } from '../values/json.ts';
import * as names from './annotations.ts';
import { hasFinalizer, isDeleting, specOf } from './facts.ts';
import type { Observed } from './observed.ts';

/** Merge patch that takes possession: finalizer, annotations, labels, owner reference, and azureName where it is left to us. */
export function claimPatch(observed: Observed, id: string | undefined, name: string): JsonObject {
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
