// The Secret or ConfigMap that an export becomes. The one place where exported values are opened.

import type { ExportTarget } from '../exports/plan.ts';
import { groupVersion } from '../kinds/kind.ts';
import type { Observed } from '../reconcile/observed.ts';
import { isObject, type JsonObject } from '../values/json.ts';

/** The whole object; what stands there before is replaced, not merged (contract 13). */
export function exportObject(observed: Observed, target: ExportTarget): JsonObject {
  const { kind, object } = observed;
  const isSecret = target.kind === 'Secret';
  const data = Object.fromEntries(
    Object.entries(target.data).map(([key, value]) => [
      key,
      isSecret ? Buffer.from(value.reveal(), 'utf8').toString('base64') : value.reveal(),
    ]),
  );
  return {
    apiVersion: 'v1',
    kind: target.kind,
    metadata: {
      name: target.name,
      namespace: object.metadata.namespace ?? '',
      ...(Object.keys(target.labels).length === 0 ? {} : { labels: target.labels }),
      ...(Object.keys(target.annotations).length === 0 ? {} : { annotations: target.annotations }),
      ownerReferences: [
        {
          apiVersion: groupVersion(kind, kind.storage),
          kind: kind.kind,
          name: object.metadata.name ?? '',
          uid: object.metadata.uid ?? '',
        },
      ],
    },
    ...(isSecret ? { type: 'Opaque' } : {}),
    data,
  };
}

/** Whether an existing Secret or ConfigMap belongs to this object. */
export function ownsExport(observed: Observed, held: JsonObject): boolean {
  const references =
    isObject(held.metadata) && Array.isArray(held.metadata.ownerReferences) ? held.metadata.ownerReferences : [];
  return references.some((reference) => isObject(reference) && reference.uid === observed.object.metadata.uid);
}
