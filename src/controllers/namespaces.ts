// Makes sure that a namespace is known before its objects' policy is chosen: namespaces and objects are watched apart, and an object may be
// told before the namespace that was made for it, with a policy that forbids to touch Azure.

import { objectPath } from '../kube/path.ts';
import type { KubeObject, KubeSend } from '../kube/types.ts';
import type { Store } from './store.ts';

export interface Namespaces {
  /**
   * Asks for a namespace that was never seen. One that may not be read counts as one without annotations (contract 3); throws when the
   * API server has no answer now.
   */
  readonly learn: (name: string, signal: AbortSignal) => Promise<void>;
}

export function createNamespaces(store: Store, send: KubeSend): Namespaces {
  return {
    learn: async (name, signal) => {
      if (store.namespace(name) !== undefined) return;
      const answer = await send({ verb: 'GET', path: objectPath('v1', 'namespaces', { name }) }, signal);
      // The watch may have told it meanwhile, and newer.
      if (store.namespace(name) !== undefined) return;
      if (answer.status === 403) store.putNamespace(name, {});
      // The API server wrote it: a Namespace.
      else if (answer.status === 200)
        store.putNamespace(name, (answer.body as unknown as KubeObject).metadata.annotations ?? {});
      else if (answer.status !== 404)
        throw new Error(`namespace '${name}' could not be read: the API server answered ${answer.status}`);
    },
  };
}
