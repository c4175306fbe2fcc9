// Which versions of a kind its objects were applied in: a version that is in use is never taken away.

import type { KubeSend } from '../kube/types.ts';
import { isObject, type JsonObject } from '../values/json.ts';
import { CRD_FIELD_MANAGER, type Crd, itemsOf, ReadRefused } from './crd.ts';

/** Every object of a kind, a page at a time, through a version that is served. Throws when they cannot be listed. */
export async function* objectsOf(send: KubeSend, crd: Crd, signal: AbortSignal): AsyncGenerator<JsonObject> {
  const through =
    crd.spec.versions.find((version) => version.storage && version.served) ??
    crd.spec.versions.find((version) => version.served);
  if (through === undefined) return;
  const path = `/apis/${crd.spec.group}/${through.name}/${crd.spec.names.plural}`;
  let token = '';
  do {
    const query = { limit: '250', ...(token === '' ? {} : { continue: token }) };
    const answer = await send({ verb: 'GET', path, query }, signal);
    // The kind is not served yet, or no more.
    if (answer.status === 404) return;
    if (answer.status !== 200 || !isObject(answer.body))
      throw new ReadRefused(`the objects of ${crd.metadata.name}`, answer);
    yield* itemsOf(answer);
    token = isObject(answer.body.metadata) ? String(answer.body.metadata.continue ?? '') : '';
  } while (token !== '');
}

export async function usedVersions(send: KubeSend, crd: Crd, signal: AbortSignal): Promise<readonly string[]> {
  const used = new Set<string>();
  for await (const object of objectsOf(send, crd, signal)) for (const version of versionsOf(object)) used.add(version);
  return [...used].sort();
}

export const ORIGINAL_VERSION = 'serviceoperator.azure.com/original-version';

/** Versions through which people wrote an object, those noted by us, and the one that the original kept. */
export function versionsOf(object: JsonObject): readonly string[] {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const entries = Array.isArray(metadata.managedFields) ? metadata.managedFields.filter(isObject) : [];
  const noted = isObject(metadata.annotations) ? metadata.annotations[ORIGINAL_VERSION] : undefined;
  const stored = isObject(object.spec) ? object.spec.originalVersion : undefined;
  return [...entries.map((entry) => String(entry.apiVersion ?? '').split('/')[1]), noted, stored].filter(
    (version): version is string => typeof version === 'string' && version !== '' && !version.endsWith('storage'),
  );
}

/** Field manager of the operator's own writes, the original's and ours alike. */
const OPERATOR = 'aso-controller';

/** The version in which a person wrote the spec last; undefined when managedFields do not say. */
export function lastWrittenIn(object: JsonObject): string | undefined {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const entries = (Array.isArray(metadata.managedFields) ? metadata.managedFields.filter(isObject) : []).filter(
    ({ manager, subresource, fieldsV1, apiVersion }) =>
      manager !== OPERATOR &&
      manager !== CRD_FIELD_MANAGER &&
      subresource === undefined &&
      isObject(fieldsV1) &&
      fieldsV1['f:spec'] !== undefined &&
      !String(apiVersion).endsWith('storage'),
  );
  const [newest] = entries.sort((a, b) => (String(a.time) < String(b.time) ? 1 : -1));
  return newest === undefined ? undefined : String(newest.apiVersion).split('/')[1];
}
