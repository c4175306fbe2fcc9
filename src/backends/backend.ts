// What a backend is: three answers to three questions (reconcile/backend.ts has the values). A file for each in this folder, named by the
// arm-map, loaded when the first object of such a kind is looked at.

import type { TokenCredential } from '@azure/core-auth';
import type { ArmSend } from '../arm/client.ts';
import type { Credential } from '../identity/credential.ts';
import type { BackendAnswer, BackendRequest } from '../reconcile/backend.ts';
import type { Observed } from '../reconcile/observed.ts';

/** Who acts, and until when. A backend that needs no Azure credential never looks whether there is one. */
export interface Acting {
  readonly credential: Observed['credential'];
  readonly signal: AbortSignal;
}

/** How a backend reaches Azure. */
export interface AzureDoors {
  readonly arm: ArmSend;
  readonly tokens: (credential: Credential) => TokenCredential;
}

export type Answering = (request: BackendRequest, acting: Acting) => Promise<BackendAnswer>;

export interface Backend {
  readonly observe: Answering;
  readonly apply: Answering;
  readonly remove: Answering;
}
