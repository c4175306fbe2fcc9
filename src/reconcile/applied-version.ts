// Which CRD version the user applied: it decides the ARM api-version. The API server remembers it in managedFields.

import type { Kind } from '../kinds/kind.ts';
import { preferredVersion } from '../kinds/kind.ts';
import type { KubeObject } from '../kube/types.ts';
import { isObject } from '../values/json.ts';
import { FIELD_MANAGER, ORIGINAL_VERSION } from './annotations.ts';

/** The version of the newest managed-fields entry that owns spec fields and is not the operator's own; undefined when none does. */
export function versionInManagedFields(object: KubeObject, kind: Kind): string | undefined {
  const entries = (object.metadata.managedFields ?? []).filter(
    (entry) =>
      entry.manager !== FIELD_MANAGER &&
      !entry.subresource &&
      entry.fieldsV1 !== undefined &&
      Object.hasOwn(entry.fieldsV1, 'f:spec') &&
      userVersion(entry.apiVersion, kind) !== undefined,
  );
  const newest = entries.reduce<(typeof entries)[number] | undefined>(
    (best, entry) => (best === undefined || (entry.time ?? '') >= (best.time ?? '') ? entry : best),
    undefined,
  );
  return userVersion(newest?.apiVersion, kind);
}

/** The version applied: what managedFields said, else what was noted at the claim, else what the original stored, else the preferred one. */
export function appliedVersion(object: KubeObject, kind: Kind, inManagedFields: string | undefined): string {
  const noted = object.metadata.annotations?.[ORIGINAL_VERSION];
  const stored =
    isObject(object.spec) && typeof object.spec.originalVersion === 'string' ? object.spec.originalVersion : undefined;
  return inManagedFields ?? known(noted, kind) ?? known(stored, kind) ?? preferredVersion(kind);
}

function userVersion(apiVersion: string | undefined, kind: Kind): string | undefined {
  return known(apiVersion?.split('/')[1], kind);
}

/** Storage versions are no user's choice: their names end in `storage` and are not in the arm-map. */
function known(version: string | undefined, kind: Kind): string | undefined {
  return version !== undefined && Object.hasOwn(kind.map.versions, version) ? version : undefined;
}
