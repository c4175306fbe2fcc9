// CRDs whose arm-map cannot be read: told by an event on the CRD, once the Lease is held, since nothing is written before.

import { CRD_API } from '../crds/crd.ts';
import type { ObjectMeta } from '../kube/types.ts';
import type { EventSink } from './events.ts';

export interface BrokenKinds {
  /** Whether this is news: a CRD is seen again whenever the API server writes its status. */
  readonly saw: (crd: ObjectMeta, why: string) => boolean;
  /** Its map can be read now, or it is gone. */
  readonly mended: (name: string) => void;
  /** The Lease is held from now on. */
  readonly begin: () => void;
}

export function createBrokenKinds(events: EventSink): BrokenKinds {
  const broken = new Map<string, { readonly crd: ObjectMeta; readonly why: string }>();
  let mayTell = false;
  const tell = (crd: ObjectMeta, why: string): void => {
    const subject = { apiVersion: CRD_API, kind: 'CustomResourceDefinition', component: 'crd_management' };
    const message = `its arm-map cannot be read, so this operator does not manage its objects: ${why}`;
    events.say(subject, crd, { type: 'Warning', reason: 'BrokenArmMap', message });
  };
  return {
    saw: (crd, why) => {
      const isNews = broken.get(crd.name ?? '')?.why !== why;
      broken.set(crd.name ?? '', { crd, why });
      if (mayTell && isNews) tell(crd, why);
      return isNews;
    },
    mended: (name) => void broken.delete(name),
    begin: () => {
      mayTell = true;
      for (const { crd, why } of broken.values()) tell(crd, why);
    },
  };
}
