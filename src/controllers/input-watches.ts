// What objects are told from outside: Secrets, ConfigMaps and namespaces. Only metadata is watched; a change wakes whom it concerns.

import { setTimeout as sleep } from 'node:timers/promises';
import { objectPath } from '../kube/path.ts';
import type { KubeObject, KubeSend } from '../kube/types.ts';
import { RECONCILE_POLICY } from '../reconcile/annotations.ts';
import type { InputValues } from './inputs.ts';
import type { Intake } from './intake.ts';
import { configMapKey, type Store, secretKey } from './store.ts';
import { pathsOf, type Watches } from './watches.ts';

export interface InputWatchOptions {
  readonly watches: Watches;
  readonly store: Store;
  readonly intake: Intake;
  readonly inputs: InputValues;
  /** Empty: all. */
  readonly targetNamespaces: readonly string[];
  readonly send: KubeSend;
  readonly until: AbortSignal;
}

/** How often namespaces are looked at whose watch is not allowed: a right in a namespace lets it be read, not watched. */
const LOOK_AT_NAMESPACES_MS = 30_000;

/** Watches Secrets, ConfigMaps and namespaces. */
export function watchInputs(options: InputWatchOptions): void {
  watchValues(options, 'Secret');
  watchValues(options, 'ConfigMap');
  watchNamespaces(options);
}

function watchValues(options: InputWatchOptions, kind: 'Secret' | 'ConfigMap'): void {
  const { watches, store, intake, inputs } = options;
  const keyOf = kind === 'Secret' ? secretKey : configMapKey;
  const wakeDependants = (object: KubeObject): void =>
    intake.wake(store.dependants(keyOf(object.metadata.namespace ?? '', object.metadata.name ?? '')));
  watches.begin(kind, {
    paths: pathsOf('v1', kind === 'Secret' ? 'secrets' : 'configmaps', options.targetNamespaces),
    metadataOnly: true,
    onPut: (object) => {
      if (inputs.saw(kind, object)) wakeDependants(object);
    },
    onGone: (object) => {
      inputs.sawGone(kind, object);
      wakeDependants(object);
    },
    onSynced: () => inputs.synced(kind),
  });
}

/** The policy of a namespace holds for its objects that have none of their own. */
function watchNamespaces(options: InputWatchOptions): void {
  const { watches, store } = options;
  const instead = new AbortController();
  watches.begin('namespaces', {
    paths: ['/api/v1/namespaces'],
    metadataOnly: true,
    signal: instead.signal,
    onPut: (namespace) => sawNamespace(options, namespace),
    onGone: (namespace) => store.removeNamespace(namespace.metadata.name ?? ''),
    onSynced: () => undefined,
    onForbidden: () => {
      if (options.targetNamespaces.length === 0 || instead.signal.aborted) return;
      instead.abort();
      void lookAtNamespaces(options);
    },
  });
}

function sawNamespace({ store, intake }: InputWatchOptions, namespace: KubeObject): void {
  const name = namespace.metadata.name ?? '';
  const annotations = namespace.metadata.annotations ?? {};
  const before = store.putNamespace(name, annotations);
  if (before === undefined || before[RECONCILE_POLICY] === annotations[RECONCILE_POLICY]) return;
  intake.wake(
    [...store.names()].filter(
      (object) =>
        object.includes(`|${name}/`) &&
        store.get(object)?.object.metadata.annotations?.[RECONCILE_POLICY] === undefined,
    ),
  );
}

/** Reads the target namespaces one by one, now and then, until the operator ends. */
async function lookAtNamespaces(options: InputWatchOptions): Promise<void> {
  const { watches, targetNamespaces, send, until } = options;
  while (!until.aborted) {
    const answers = await Promise.all(
      targetNamespaces.map((name) =>
        send({ verb: 'GET', path: objectPath('v1', 'namespaces', { name }) }, until).catch(() => undefined),
      ),
    );
    for (const answer of answers) {
      // The API server wrote it: a Namespace.
      if (answer?.status === 200) sawNamespace(options, answer.body as unknown as KubeObject);
    }
    if (answers.every((answer) => answer !== undefined)) watches.forget('namespaces');
    await sleep(LOOK_AT_NAMESPACES_MS, undefined, { signal: until }).catch(() => undefined);
  }
}
