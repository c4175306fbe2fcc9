// The kinds of an operator that may not read the CRDs of its cluster: those that it ships and that the API server serves. Which ones are
// served says discovery, which everybody may ask; it is asked again now and then. Kinds that users generate are not known this way.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Crd } from '../crds/crd.ts';
import { readShelf, type Shipped, takeFrom } from '../crds/shelf.ts';
import { ARM_MAP_ANNOTATION } from '../kinds/arm-map.ts';
import { kindOf } from '../kinds/kind.ts';
import type { KubeObject, KubeSend } from '../kube/types.ts';
import { isObject } from '../values/json.ts';

const LOOK_AGAIN_MS = 60_000;

export interface ShippedKinds {
  /** The CRD of this name as this release ships it. */
  readonly crd: (name: string) => Crd | undefined;
  /** Tells of every shipped kind that is served, once read and whenever another one is; runs until the signal ends it. */
  readonly lookAtServed: (saw: (crd: KubeObject) => void, onLooked: () => void, until: AbortSignal) => Promise<void>;
}

/** `folder`: where the shipped CRDs are; undefined: nowhere. Nothing is read before it is needed. */
export function createShippedKinds(send: KubeSend, folder: string | undefined): ShippedKinds {
  let shelf: ReadonlyMap<string, Shipped> | undefined;
  const shipped = (): ReadonlyMap<string, Shipped> => {
    shelf ??= new Map(folder === undefined ? [] : readShelf(folder).shipped.map((one) => [one.name, one]));
    return shelf;
  };
  const crd = (name: string): Crd | undefined => {
    const found = shipped().get(name);
    const taken = found === undefined ? undefined : takeFrom(found);
    return typeof taken === 'object' ? taken.crd : undefined;
  };

  return {
    crd,
    lookAtServed: async (saw, onLooked, until) => {
      const told = new Set<string>();
      while (!until.aborted) {
        const served = await servedResources(send, until).catch(() => undefined);
        for (const name of served === undefined ? [] : shipped().keys()) {
          const found = told.has(name) ? undefined : crd(name);
          if (found === undefined || !served?.has(storageResource(found))) continue;
          told.add(name);
          saw({ metadata: found.metadata });
        }
        if (served !== undefined) onLooked();
        await sleep(LOOK_AGAIN_MS, undefined, { signal: until }).catch(() => undefined);
      }
    },
  };
}

/** `<group>/<version>/<plural>` of the version that the operator reads and writes. */
function storageResource(crd: Crd): string {
  const read = kindOf(crd.metadata.name, crd.metadata.annotations?.[ARM_MAP_ANNOTATION] ?? '');
  return read.ok ? `${read.kind.group}/${read.kind.storage}/${read.kind.plural}` : '';
}

/** `<group>/<version>/<plural>` of everything below azure.com that the API server serves. */
async function servedResources(send: KubeSend, until: AbortSignal): Promise<ReadonlySet<string>> {
  const groups = (await read(send, '/apis', until)).groups;
  const versions = (Array.isArray(groups) ? groups : [])
    .filter(isObject)
    .filter((group) => String(group.name).endsWith('.azure.com'))
    .flatMap((group) => (Array.isArray(group.versions) ? group.versions : []))
    .filter(isObject)
    .map((version) => String(version.groupVersion))
    .filter((version) => version.endsWith('storage'));
  const found = new Set<string>();
  for (const version of versions) {
    const resources = (await read(send, `/apis/${version}`, until)).resources;
    for (const resource of (Array.isArray(resources) ? resources : []).filter(isObject))
      found.add(`${version}/${resource.name}`);
  }
  return found;
}

async function read(send: KubeSend, path: string, until: AbortSignal): Promise<{ readonly [member: string]: unknown }> {
  const answer = await send({ verb: 'GET', path }, until);
  if (answer.status !== 200 || !isObject(answer.body))
    throw new Error(`${path} could not be read: the API server answered ${answer.status}`);
  return answer.body;
}
