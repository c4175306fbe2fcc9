// Documents of recorded cases in a cluster: made, waited for, taken away.

import { pluralOf } from '../src/generate/naming.ts';
import { refusalOf } from '../src/kube/refusal.ts';
import { isObject } from '../src/values/json.ts';
import type { Doc } from './demo/documents.ts';
import { apply, type Cluster, until } from './platform.ts';

const READY_MS = 180_000;
const GONE_MS = 120_000;
const FOREVER = new AbortController().signal;

export async function makeNamespace(cluster: Cluster, name: string): Promise<void> {
  const answer = await apply(cluster.kube, `/api/v1/namespaces/${name}`, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  });
  if (answer.status >= 300) throw new Error(`namespace ${name} was refused: ${refusalOf(answer)}`);
}

/** Creates a document; gives what the API server said when it refused it. Unknown members are pruned with a warning, as for kubectl create. */
export async function make(cluster: Cluster, namespace: string, doc: Doc): Promise<string | undefined> {
  const path = pathOf(namespace, doc);
  const body = { ...doc, metadata: { ...doc.metadata, namespace } };
  const answer = await cluster.kube.send({ verb: 'POST', path: path.slice(0, path.lastIndexOf('/')), body }, FOREVER);
  return answer.status < 300 ? undefined : refusalOf(answer).slice(0, 300);
}

function pathOf(namespace: string, doc: Doc): string {
  const root = doc.apiVersion.includes('/') ? `/apis/${doc.apiVersion}` : `/api/${doc.apiVersion}`;
  return `${root}/namespaces/${namespace}/${pluralOf(doc.kind)}/${doc.metadata.name}`;
}

async function readyState(cluster: Cluster, namespace: string, doc: Doc): Promise<string | undefined> {
  const answer = await cluster.kube.send({ verb: 'GET', path: pathOf(namespace, doc) }, FOREVER);
  if (answer.status === 404) return 'is not there';
  const status = isObject(answer.body) && isObject(answer.body.status) ? answer.body.status : {};
  const ready = (Array.isArray(status.conditions) ? status.conditions : [])
    .filter(isObject)
    .find((condition) => condition.type === 'Ready');
  if (ready?.status === 'True') return undefined;
  return ready === undefined ? 'has no condition yet' : `${ready.severity} ${ready.reason}: ${ready.message}`;
}

/** Waits until all are Ready, or the deadline; gives those that are not, with what they say. */
export async function lateOf(
  cluster: Cluster,
  namespace: string,
  docs: readonly Doc[],
): Promise<ReadonlyMap<Doc, string>> {
  const waiting = new Map(docs.map((doc) => [doc, 'not looked at yet']));
  await until(
    async () => {
      for (const doc of [...waiting.keys()]) {
        const state = await readyState(cluster, namespace, doc);
        if (state === undefined) waiting.delete(doc);
        else waiting.set(doc, state);
      }
      // What was refused never comes.
      return [...waiting.values()].every((state) => state === 'is not there');
    },
    { timeoutMs: READY_MS, what: () => 'documents to be Ready', everyMs: 400 },
  ).catch(() => undefined);
  return waiting;
}

/** The group first, then the rest, as the corpus asks. */
export async function removeAll(cluster: Cluster, namespace: string, docs: readonly Doc[]): Promise<void> {
  for (const these of [docs.slice(0, 1), docs.slice(1)]) {
    for (const doc of these) await cluster.kube.send({ verb: 'DELETE', path: pathOf(namespace, doc) }, FOREVER);
    let left = [...these];
    const what = (): string => `${left.map((doc) => `${doc.kind} ${doc.metadata.name}`).join(', ')} to be gone`;
    await until(
      async () => {
        const still: Doc[] = [];
        for (const doc of left)
          if ((await cluster.kube.send({ verb: 'GET', path: pathOf(namespace, doc) }, FOREVER)).status !== 404)
            still.push(doc);
        left = still;
        return left.length === 0;
      },
      { timeoutMs: GONE_MS, what, everyMs: 400 },
    );
  }
}
