// Applies CRDs: one server-side apply each, under our field manager. Labels and annotations that others put on a CRD stay. A CRD of the
// original has its conversion and versions replaced first: merging leaves its webhook behind, and the API server refuses that.

import { refusalOf } from '../kube/refusal.ts';
import type { KubeSend, ObjectMeta } from '../kube/types.ts';
import { isObject, type JsonObject } from '../values/json.ts';
import { CRD_FIELD_MANAGER, CRDS_PATH, type Crd, itemsOf, ReadRefused, readCrd } from './crd.ts';
import { desiredCrd, type Needs, NO_NEEDS, type Wish } from './desired.ts';
import { usedVersions } from './used.ts';

export type Outcome =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** passing: throttled, overloaded, lost, changed meanwhile; forbidden: a right is missing; refused: the CRD is not acceptable. */
      readonly trouble: 'passing' | 'forbidden' | 'refused';
      readonly why: string;
    };

const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** Metadata of every CRD in the cluster by name. Throws when they cannot be listed. */
export async function installedCrds(send: KubeSend, signal: AbortSignal): Promise<ReadonlyMap<string, ObjectMeta>> {
  const found = new Map<string, ObjectMeta>();
  let token = '';
  do {
    const query = { limit: '500', ...(token === '' ? {} : { continue: token }) };
    const answer = await send({ verb: 'GET', path: CRDS_PATH, query, accept: METADATA_LIST }, signal);
    if (answer.status !== 200 || !isObject(answer.body)) throw new ReadRefused('the CRDs of the cluster', answer);
    for (const { metadata } of itemsOf(answer))
      if (isObject(metadata) && typeof metadata.name === 'string') found.set(metadata.name, metadata);
    token = isObject(answer.body.metadata) ? String(answer.body.metadata.continue ?? '') : '';
  } while (token !== '');
  return found;
}

/** A CRD of the cluster in full; undefined when it is not there. Throws when it cannot be read. */
export async function readInstalled(send: KubeSend, name: string, signal: AbortSignal): Promise<Crd | undefined> {
  const answer = await send({ verb: 'GET', path: `${CRDS_PATH}/${name}` }, signal);
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw new ReadRefused(`CRD ${name}`, answer);
  const crd = readCrd(answer.body);
  if (typeof crd === 'string') throw new Error(`CRD ${name} could not be read: ${crd}`);
  return crd;
}

/** Applies one shipped CRD over whatever the cluster has under its name. Never throws. */
export async function applyCrd(
  send: KubeSend,
  order: {
    readonly shipped: { readonly crd: Crd; readonly digest: string };
    readonly wish: Wish;
    readonly isNew: boolean;
  },
  signal: AbortSignal,
): Promise<Outcome> {
  const { shipped, wish } = order;
  const path = `${CRDS_PATH}/${shipped.crd.metadata.name}`;
  try {
    const held = order.isNew ? undefined : await readInstalled(send, shipped.crd.metadata.name, signal);
    const desired = desiredCrd(shipped, wish, await needsOf(send, held, { crd: shipped.crd, wish }, signal));
    if (held?.spec.conversion?.webhook !== undefined) {
      const turned = await send(
        {
          verb: 'PATCH',
          path,
          contentType: 'application/json-patch+json',
          query: { fieldManager: CRD_FIELD_MANAGER },
          body: turnOver(held, desired),
        },
        signal,
      );
      if (turned.status >= 300) return failed(turned.status, refusalOf(turned));
    }
    const answer = await send(
      {
        verb: 'PATCH',
        path,
        contentType: 'application/apply-patch+yaml',
        query: { fieldManager: CRD_FIELD_MANAGER, force: 'true' },
        body: desired,
      },
      signal,
    );
    return answer.status < 300 ? { ok: true } : failed(answer.status, refusalOf(answer));
  } catch (error) {
    if (error instanceof ReadRefused) return failed(error.status, error.message);
    return { ok: false, trouble: 'passing', why: error instanceof Error ? error.message : String(error) };
  }
}

async function needsOf(
  send: KubeSend,
  held: Crd | undefined,
  over: { readonly crd: Crd; readonly wish: Wish },
  signal: AbortSignal,
): Promise<Needs> {
  if (held === undefined) return NO_NEEDS;
  const stored = held.status?.storedVersions ?? [];
  return { stored, used: over.wish.versions === 'all' ? [] : await usedVersions(send, held, signal) };
}

const CA_ANNOTATION = 'cert-manager.io/inject-ca-from';

/** From conversion by webhook to ours in one write. Of a CRD that changed meanwhile (cert-manager writes its CA) it is a conflict. */
function turnOver(held: Crd, desired: JsonObject): readonly JsonObject[] {
  // Made by desiredCrd.
  const spec = desired.spec as JsonObject;
  return [
    { op: 'replace', path: '/metadata/resourceVersion', value: held.metadata.resourceVersion },
    { op: 'replace', path: '/spec/conversion', value: spec.conversion ?? { strategy: 'None' } },
    { op: 'replace', path: '/spec/versions', value: spec.versions },
    ...(held.metadata.annotations?.[CA_ANNOTATION] === undefined
      ? []
      : [{ op: 'remove', path: `/metadata/annotations/${CA_ANNOTATION.replace('/', '~1')}` }]),
  ];
}

function failed(status: number, why: string): Outcome {
  const isPassing = status === 409 || status === 429 || status >= 500;
  return {
    ok: false,
    trouble: isPassing ? 'passing' : status === 401 || status === 403 ? 'forbidden' : 'refused',
    why,
  };
}
