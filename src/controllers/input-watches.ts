// What objects are told from outside: Secrets, ConfigMaps and namespaces. Only metadata is watched; a change wakes whom it concerns.

import { setTimeout as sleep } from 'node:timers/promises';
import { objectPath } from '../kube/path.ts';
import type { KubeObject, KubeSend } from '../kube/types.ts';
import { RECONCILE_POLICY } from '../reconcile/annotations.ts';
import { readyOf } from '../reconcile/conditions.ts';
import { statusOf } from '../reconcile/facts.ts';
import { SERVICE_ACCOUNT } from './account-tokens.ts';
import type { InputValues } from './inputs.ts';
import type { Intake } from './intake.ts';
import { configMapKey, type Store, secretKey } from './store.ts';
import { pathsOf, type Watches } from './watches.ts';

export interface InputWatchOptions {
  readonly watches: Watches;
  readonly store: Store;
  readonly intake: Pick<Intake, 'wake'>;
  readonly inputs: InputValues;
  /** Empty: all. */
  readonly targetNamespaces: readonly string[];
  /** Objects act by the service account of their namespace. */
  readonly isStrict: boolean;
  readonly send: KubeSend;
  readonly until: AbortSignal;
}

/** How often namespaces are looked at whose watch is not allowed: a right in a namespace lets it be read, not watched. */
const LOOK_AT_NAMESPACES_MS = 30_000;

/** Watches Secrets, ConfigMaps, namespaces, and in strict mode the service accounts that objects act by. */
export function watchInputs(options: InputWatchOptions): void {
  watchValues(options, 'Secret');
  watchValues(options, 'ConfigMap');
  watchNamespaces(options);
  if (options.isStrict) watchAccounts(options);
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

/** A service account that is made, or made anew, is what the objects of its namespace that are not Ready may wait for. */
function watchAccounts({ watches, store, intake, targetNamespaces }: InputWatchOptions): void {
  const label = 'service accounts';
  const seen = new Map<string, string | undefined>();
  watches.begin(label, {
    paths: pathsOf('v1', 'serviceaccounts', targetNamespaces),
    // The right to this name alone is enough for such a list.
    query: { fieldSelector: `metadata.name=${SERVICE_ACCOUNT}` },
    metadataOnly: true,
    onPut: ({ metadata: { namespace = '', uid } }) => {
      if (seen.get(namespace) === uid) return;
      seen.set(namespace, uid);
      intake.wake(namesIn(store, namespace, (object) => readyOf(statusOf({ object }))?.status !== 'True'));
    },
    onGone: ({ metadata }) => void seen.delete(metadata.namespace ?? ''),
    onSynced: () => undefined,
    // A chart of before this right came; then objects come round by themselves.
    onForbidden: () => watches.forget(label),
  });
}

function namesIn(store: Store, namespace: string, isMeant: (object: KubeObject) => boolean): readonly string[] {
  return [...store.names()].filter((name) => {
    const object = name.includes(`|${namespace}/`) ? store.get(name)?.object : undefined;
    return object !== undefined && isMeant(object);
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
  intake.wake(namesIn(store, name, ({ metadata }) => metadata.annotations?.[RECONCILE_POLICY] === undefined));
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
