// Moves the stored objects of a kind to its storage version: each is written as it is, and the API server stores it anew. Then the old
// versions go out of status.storedVersions, and may go out of the CRD.

import { refusalOf } from '../kube/refusal.ts';
import type { KubeSend } from '../kube/types.ts';
import { isObject, type JsonObject } from '../values/json.ts';
import { CRD_FIELD_MANAGER, CRDS_PATH, type Crd } from './crd.ts';
import { readInstalled } from './install.ts';
import { objectsOf } from './used.ts';

export type Migration =
  | { readonly kind: 'current' }
  | { readonly kind: 'migrated'; readonly from: readonly string[]; readonly to: string; readonly objects: number }
  | { readonly kind: 'failed'; readonly why: string };

export interface Migrating {
  readonly send: KubeSend;
  readonly signal: AbortSignal;
  /** Awaited after each object, so that others get their turn. */
  readonly pause: () => Promise<void>;
  readonly onObject: (object: { readonly crd: string; readonly name: string; readonly done: number }) => void;
  /** Nothing is written. */
  readonly isDryRun?: boolean;
}

/** The versions a CRD is, or was, stored in beside its storage version. */
export function oldVersions(crd: Crd): readonly string[] {
  const storage = storageOf(crd);
  return (crd.status?.storedVersions ?? []).filter((version) => version !== storage);
}

function storageOf(crd: Crd): string {
  return crd.spec.versions.find((version) => version.storage)?.name ?? '';
}

/** Migrates one kind. Whatever is cut short goes on at the next call. Never throws. */
export async function migrate(migrating: Migrating, name: string): Promise<Migration> {
  try {
    const crd = await readInstalled(migrating.send, name, migrating.signal);
    if (crd === undefined || oldVersions(crd).length === 0) return { kind: 'current' };
    const objects = await rewriteAll(migrating, crd);
    if (typeof objects === 'string') return { kind: 'failed', why: objects };
    const problem = migrating.isDryRun === true ? undefined : await trim(migrating, crd);
    if (problem !== undefined) return { kind: 'failed', why: problem };
    return { kind: 'migrated', from: oldVersions(crd), to: storageOf(crd), objects };
  } catch (error) {
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
}

/** How many objects were written, or why one was not. */
async function rewriteAll(migrating: Migrating, crd: Crd): Promise<number | string> {
  let done = 0;
  for await (const object of objectsOf(migrating.send, crd, migrating.signal)) {
    const { namespace, name } = nameOf(object);
    if (migrating.isDryRun !== true) {
      const problem = await rewrite(
        migrating,
        `/apis/${String(object.apiVersion)}/namespaces/${namespace}/${crd.spec.names.plural}/${name}`,
      );
      if (problem !== undefined) return `${namespace}/${name} could not be written: ${problem}`;
    }
    done += 1;
    migrating.onObject({ crd: crd.metadata.name, name: `${namespace}/${name}`, done });
    await migrating.pause();
  }
  return done;
}

/** An empty patch changes nothing but the version in which the API server keeps the object. */
async function rewrite(migrating: Migrating, path: string): Promise<string | undefined> {
  const answer = await migrating.send(
    {
      verb: 'PATCH',
      path,
      contentType: 'application/merge-patch+json',
      query: { fieldManager: CRD_FIELD_MANAGER },
      body: {},
    },
    migrating.signal,
  );
  // Deleted meanwhile: nothing is stored any more.
  return answer.status < 300 || answer.status === 404 ? undefined : refusalOf(answer);
}

async function trim(migrating: Migrating, crd: Crd): Promise<string | undefined> {
  const { name, resourceVersion } = crd.metadata;
  const answer = await migrating.send(
    {
      verb: 'PATCH',
      path: `${CRDS_PATH}/${name}/status`,
      contentType: 'application/merge-patch+json',
      query: { fieldManager: CRD_FIELD_MANAGER },
      // A CRD that changed meanwhile may have got another storage version.
      body: { metadata: { resourceVersion }, status: { storedVersions: [storageOf(crd)] } },
    },
    migrating.signal,
  );
  return answer.status < 300 ? undefined : `its status could not be written: ${refusalOf(answer)}`;
}

function nameOf(object: JsonObject): { readonly namespace: string; readonly name: string } {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  return { namespace: String(metadata.namespace), name: String(metadata.name) };
}
