// Gives objects back to the original: stored objects get the form that it reads. Our operator must be stopped meanwhile. Afterwards the
// original's CRDs are applied over ours; its hub version has the name of our storage version, so nothing has to be rewritten again.

import { refusalOf } from '../kube/refusal.ts';
import type { KubeSend } from '../kube/types.ts';
import { equal, isObject, type JsonObject } from '../values/json.ts';
import { CRD_FIELD_MANAGER, type Crd } from './crd.ts';
import { packedSpec } from './pack.ts';
import { lastWrittenIn, ORIGINAL_VERSION, objectsOf } from './used.ts';

export type HandedBack =
  | { readonly kind: 'done'; readonly changed: number; readonly objects: number }
  /** Kinds whose storage version is a user version are stored alike by both. */
  | { readonly kind: 'same' }
  | { readonly kind: 'failed'; readonly why: string };

const OURS = ['poller-resume-token', 'poller-resume-id', 'original-version'].map(
  (name) => `serviceoperator.azure.com/${name}`,
);

export async function handBack(
  send: KubeSend,
  crd: Crd,
  options: { readonly signal: AbortSignal; readonly isDryRun: boolean; readonly onObject: (name: string) => void },
): Promise<HandedBack> {
  const storage = crd.spec.versions.find((version) => version.storage)?.name ?? '';
  const hub = hubSchema(crd, storage);
  if (hub === undefined) return { kind: 'same' };
  const count = { changed: 0, objects: 0 };
  for await (const object of objectsOf(send, crd, options.signal)) {
    count.objects += 1;
    const back = asOriginal(object, hub, appliedIn(object, crd));
    if (equal(back, object)) continue;
    count.changed += 1;
    const metadata = membersOf(object.metadata);
    const path = `/apis/${crd.spec.group}/${storage}/namespaces/${String(metadata.namespace)}/${crd.spec.names.plural}/${String(metadata.name)}`;
    options.onObject(`${String(metadata.namespace)}/${String(metadata.name)}`);
    if (options.isDryRun) continue;
    const why = await write(send, { path, before: object, back }, options.signal);
    if (why !== undefined)
      return { kind: 'failed', why: `${String(metadata.namespace)}/${String(metadata.name)}: ${why}` };
  }
  return { kind: 'done', ...count };
}

/** The spec schema of the user version that the storage version is named after; undefined for kinds without a storage twin. */
function hubSchema(crd: Crd, storage: string): JsonObject | undefined {
  const twin = crd.spec.versions.find((version) => `${version.name}storage` === storage);
  const root = membersOf(twin?.schema?.openAPIV3Schema);
  return twin === undefined ? undefined : membersOf(membersOf(root.properties).spec);
}

/** The version that a person wrote last, else the one noted, as far as the CRD lists it; else the hub's. */
function appliedIn(object: JsonObject, crd: Crd): string {
  const noted = membersOf(membersOf(object.metadata).annotations)[ORIGINAL_VERSION];
  const known = [lastWrittenIn(object), noted, membersOf(object.spec).originalVersion].find((version) =>
    crd.spec.versions.some(({ name }) => name === version),
  );
  const storage = crd.spec.versions.find((version) => version.storage)?.name ?? '';
  return typeof known === 'string' ? known : storage.replace(/storage$/, '');
}

/** Exported for its test. */
export function asOriginal(object: JsonObject, hub: JsonObject, version: string): JsonObject {
  const metadata = membersOf(object.metadata);
  const annotations = Object.fromEntries(
    Object.entries(membersOf(metadata.annotations)).filter(([name]) => !OURS.includes(name)),
  );
  return { ...object, metadata: { ...metadata, annotations }, spec: packedSpec(membersOf(object.spec), hub, version) };
}

/** The object, then its Ready condition, which goes on to speak of the object as it is: only its form has changed. */
async function write(
  send: KubeSend,
  change: { readonly path: string; readonly before: JsonObject; readonly back: JsonObject },
  signal: AbortSignal,
): Promise<string | undefined> {
  const query = { fieldManager: CRD_FIELD_MANAGER };
  const put = await send({ verb: 'PUT', path: change.path, query, body: change.back }, signal);
  if (put.status === 404) return undefined;
  if (put.status >= 300 || !isObject(put.body)) return refusalOf(put);
  const status = membersOf(put.body.status);
  const [before, now] = [change.before, put.body].map((object) => membersOf(object.metadata).generation);
  if (!Array.isArray(status.conditions) || before === now) return undefined;
  const conditions = status.conditions.map((condition) =>
    isObject(condition) && condition.observedGeneration === before
      ? { ...condition, observedGeneration: now }
      : condition,
  );
  const body = { ...put.body, status: { ...status, conditions } };
  const answer = await send({ verb: 'PUT', path: `${change.path}/status`, query, body }, signal);
  return answer.status < 300 ? undefined : refusalOf(answer);
}

function membersOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
