// The Lease in front of every door.

import type { Doors } from './perform.ts';

/** Doors that open only while the Lease is held: a process that was frozen, or cut off, writes nothing when it comes back. */
export function guarded(doors: Doors, mayAct: () => boolean): Doors {
  const check = (): void => {
    if (!mayAct()) throw new Error('the Lease is not held any more: nothing is sent');
  };
  return {
    kube: async (request, signal) => {
      check();
      return doors.kube(request, signal);
    },
    arm: async (request, principal, signal) => {
      check();
      return doors.arm(request, principal, signal);
    },
    tokens: doors.tokens,
    backends: async (asking, signal) => {
      check();
      return doors.backends(asking, signal);
    },
  };
}
