// The backends by the name that an arm-map gives. A module, and with it its client library, is loaded when it is first asked.

import type { BackendAnswer, BackendRequest } from '../reconcile/backend.ts';
import { warning } from '../reconcile/failure.ts';
import type { Observed } from '../reconcile/observed.ts';
import type { AzureDoors, Backend } from './backend.ts';

export interface Asking {
  /** `backend.name` of the kind's arm-map. */
  readonly name: string;
  readonly request: BackendRequest;
  readonly credential: Observed['credential'];
}

/** Never throws for what a server or a network does: that is an answer. */
export type AskBackend = (asking: Asking, signal: AbortSignal) => Promise<BackendAnswer>;

export function createBackends(doors: AzureDoors): AskBackend {
  const loaded = new Map<string, Promise<Backend>>();
  const load: Readonly<Record<string, () => Promise<Backend>>> = {
    postgresql: async () => (await import('./postgresql.ts')).backend,
    mysql: async () => (await import('./mysql.ts')).backend(doors),
    azuresql: async () => (await import('./azuresql.ts')).backend,
    entra: async () => (await import('./entra.ts')).backend(doors),
  };
  return async ({ name, request, credential }, signal) => {
    const found = loaded.get(name) ?? (Object.hasOwn(load, name) ? load[name]?.() : undefined);
    if (found === undefined)
      return {
        state: 'refused',
        failure: warning(
          'Failed',
          `the CRD names the backend '${name}', which this operator does not have; it has ${Object.keys(load).join(', ')}`,
          'verySlow',
        ),
      };
    loaded.set(name, found);
    const backend = await found;
    return backend[request.ask](request, { credential, signal });
  };
}
