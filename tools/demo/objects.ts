// What the demo does to objects of its namespace, each named by its document.

import { refusalOf } from '../../src/kube/refusal.ts';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import { apply, type Cluster, until } from '../platform.ts';
import { type Doc, pathOf } from './documents.ts';

export const NAMESPACE = 'demo';
/** The longest wait for anything. */
export const DEADLINE_MS = 120_000;

/** Applies a document in the demo's namespace. */
export async function put(cluster: Cluster, doc: Doc): Promise<void> {
  const answer = await apply(cluster.kube, pathOf(NAMESPACE, doc), {
    ...doc,
    metadata: { ...doc.metadata, namespace: NAMESPACE },
  });
  if (answer.status >= 300) throw new Error(`${doc.kind} ${doc.metadata.name} was refused: ${refusalOf(answer)}`);
}

/** The object at a path; throws when it is not there. */
export async function read(cluster: Cluster, path: string): Promise<JsonObject> {
  const answer = await cluster.kube.send({ verb: 'GET', path }, AbortSignal.timeout(10_000));
  if (answer.status !== 200 || !isObject(answer.body)) throw new Error(`GET ${path}: ${refusalOf(answer)}`);
  return answer.body;
}

/** Merges into a document's object. */
export async function patch(cluster: Cluster, doc: Doc, body: JsonObject): Promise<void> {
  const answer = await cluster.kube.send(
    { verb: 'PATCH', path: pathOf(NAMESPACE, doc), contentType: 'application/merge-patch+json', body },
    AbortSignal.timeout(10_000),
  );
  if (answer.status >= 300) throw new Error(`${doc.kind} ${doc.metadata.name}: ${refusalOf(answer)}`);
}

/** Asks for the end of a document's object. */
export async function remove(cluster: Cluster, doc: Doc): Promise<void> {
  await cluster.kube.send({ verb: 'DELETE', path: pathOf(NAMESPACE, doc) }, AbortSignal.timeout(10_000));
}

/** Waits until the objects of these documents are gone. */
export async function gone(cluster: Cluster, docs: readonly Doc[], signal: AbortSignal): Promise<void> {
  let left = [...docs];
  await until(
    async () => {
      const still: Doc[] = [];
      for (const doc of left)
        if (
          (await cluster.kube.send({ verb: 'GET', path: pathOf(NAMESPACE, doc) }, AbortSignal.timeout(10_000)))
            .status !== 404
        )
          still.push(doc);
      left = still;
      return left.length === 0;
    },
    {
      timeoutMs: DEADLINE_MS,
      what: () => `these to be gone: ${left.map((doc) => `${doc.kind} ${doc.metadata.name}`).join(', ')}`,
      signal,
    },
  );
}

/** The Ready condition of a document's object; empty when it has none. */
export async function readyOf(cluster: Cluster, doc: Doc): Promise<JsonObject> {
  const object = await read(cluster, pathOf(NAMESPACE, doc));
  const status = isObject(object.status) ? object.status : {};
  return (
    (Array.isArray(status.conditions) ? status.conditions : [])
      .filter(isObject)
      .find((condition) => condition.type === 'Ready') ?? {}
  );
}

/** Whether the operator has looked at the object as it is now, and it is Ready. */
export async function isUpToDate(cluster: Cluster, doc: Doc): Promise<boolean> {
  const object = await read(cluster, pathOf(NAMESPACE, doc));
  const ready = await readyOf(cluster, doc);
  return (
    isObject(object.metadata) && ready.status === 'True' && ready.observedGeneration === object.metadata.generation
  );
}
