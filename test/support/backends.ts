// Requests to backends with good defaults.

import type { BackendRequest } from '../../src/reconcile/backend.ts';
import type { SealedObject } from '../../src/values/secret.ts';

export function asking(
  ask: BackendRequest['ask'],
  goal: SealedObject,
  more: Partial<BackendRequest> = {},
): BackendRequest {
  return { ask, goal, operatorSpec: {}, status: {}, ...more };
}
