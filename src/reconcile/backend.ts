// What the core asks of a kind's backend and what it may hear: values only. A backend (src/backends) is where a kind lives that is not
// behind ARM. It is found by the name in the arm-map; nothing here knows which there are.

import type { JsonObject } from '../values/json.ts';
import type { SealedObject } from '../values/secret.ts';
import type { Failure } from './failure.ts';

export interface BackendRequest {
  /** observe: look only. apply: make it as wanted, and say what is there then. remove: see to it that it is gone. */
  readonly ask: 'observe' | 'apply' | 'remove';
  /** What the object wants: its spec, with the Secrets it names read in, and `name` as azureName. In a removal, Secrets that are gone are left out. */
  readonly goal: SealedObject;
  /** spec.operatorSpec. */
  readonly operatorSpec: JsonObject;
  /** The stored status. */
  readonly status: JsonObject;
  /** Annotation resource-id: what an earlier apply said its id was. */
  readonly id?: string;
  /** Host name of the server, for kinds that have one. */
  readonly server?: string;
  /** Name in Azure of the owner. */
  readonly owner?: string;
  /** Milliseconds since the last apply that went well. */
  readonly appliedAgoMs?: number;
}

export type BackendAnswer =
  | { readonly state: 'absent' }
  /** `shows`: what the status and the exports are made from. `id`: kept on the object, for kinds whose things have ids of their own. */
  | { readonly state: 'present'; readonly shows: JsonObject; readonly id?: string }
  /** There is a thing that the object may take over, untouched so far; it is asked again once the id is the object's. */
  | { readonly state: 'found'; readonly id: string }
  | { readonly state: 'refused'; readonly failure: Failure }
  /** The server is busy with other objects: nothing was done, ask again soon. */
  | { readonly state: 'busy' };

export interface Told {
  readonly request: BackendRequest;
  readonly answer: BackendAnswer;
}
