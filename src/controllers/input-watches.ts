// What objects are told from outside: Secrets, ConfigMaps and namespaces. Only metadata is watched; a change wakes whom it concerns.

import { collectionPath } from '../kube/path.ts';
import type { KubeObject } from '../kube/types.ts';
import { RECONCILE_POLICY } from '../reconcile/annotations.ts';
import { isPolicyTurn } from '../reconcile/trigger.ts';
import type { InputValues } from './inputs.ts';
import type { Intake } from './intake.ts';
import { configMapKey, type Store, secretKey } from './store.ts';
import type { Watches } from './watches.ts';

export interface InputWatchOptions {
  readonly watches: Watches;
  readonly store: Store;
  readonly intake: Intake;
  readonly inputs: InputValues;
}

/** Watches Secrets, ConfigMaps and namespaces. */
export function watchInputs(options: InputWatchOptions): void {
  watchValues(options, 'Secret');
  watchValues(options, 'ConfigMap');
  watchNamespaces(options);
}

function watchValues({ watches, store, intake, inputs }: InputWatchOptions, kind: 'Secret' | 'ConfigMap'): void {
  const keyOf = kind === 'Secret' ? secretKey : configMapKey;
  const wakeDependants = (object: KubeObject): void =>
    intake.wake(store.dependants(keyOf(object.metadata.namespace ?? '', object.metadata.name ?? '')));
  watches.begin(kind, {
    path: collectionPath('v1', kind === 'Secret' ? 'secrets' : 'configmaps'),
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
function watchNamespaces({ watches, store, intake }: InputWatchOptions): void {
  const saw = (namespace: KubeObject): void => {
    const name = namespace.metadata.name ?? '';
    const annotations = namespace.metadata.annotations ?? {};
    const before = store.putNamespace(name, annotations);
    if (before === undefined || !isPolicyTurn(before[RECONCILE_POLICY], annotations[RECONCILE_POLICY])) return;
    intake.wake(
      [...store.names()].filter(
        (object) =>
          object.includes(`|${name}/`) &&
          store.get(object)?.object.metadata.annotations?.[RECONCILE_POLICY] === undefined,
      ),
    );
  };
  watches.begin('namespaces', {
    path: '/api/v1/namespaces',
    metadataOnly: true,
    onPut: saw,
    onGone: (namespace) => store.removeNamespace(namespace.metadata.name ?? ''),
    onSynced: () => undefined,
  });
}
