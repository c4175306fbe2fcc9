// Puts what was seen of objects into the store, and wakes whom it concerns.

import { apiVersionOf, type Kind } from '../kinds/kind.ts';
import type { KubeObject } from '../kube/types.ts';
import { CREDENTIAL_FROM, RECONCILE_POLICY, RESOURCE_ID } from '../reconcile/annotations.ts';
import { appliedVersion } from '../reconcile/applied-version.ts';
import { readyOf } from '../reconcile/conditions.ts';
import { statusOf } from '../reconcile/facts.ts';
import { isWorthAPass } from '../reconcile/trigger.ts';
import type { Attempts } from './attempts.ts';
import { dependenciesOf, objectKey } from './dependencies.ts';
import type { Queue } from './queue.ts';
import type { Schemas } from './schemas.ts';
import { claimKey, type Entry, nameOf, type Store } from './store.ts';

export interface Intake {
  /** A state of an object, from a watch (then with the version that managedFields tell) or left by a write of ours. */
  readonly keep: (kind: Kind, object: KubeObject, applied: string | undefined) => void;
  /** The object, or its kind, is gone. */
  readonly forget: (name: string) => void;
  /** What these objects wait for has changed. */
  readonly wake: (names: readonly string[]) => void;
}

export interface IntakeOptions {
  readonly store: Store;
  readonly queue: Queue;
  readonly attempts: Attempts;
  readonly schemas: Schemas;
  readonly now: () => number;
}

export function createIntake({ store, queue, attempts, schemas, now }: IntakeOptions): Intake {
  const wake = (names: readonly string[]): void => {
    for (const name of names) {
      attempts.fresh(name);
      queue.add(name, 'edit');
    }
  };

  const dependencies = (
    kind: Kind,
    object: KubeObject,
    version: string,
    held: Entry | undefined,
  ): readonly string[] => {
    if (held !== undefined && dependOnTheSame(held, object, version)) return held.dependsOn;
    const { spec } = schemas.rules(kind, apiVersionOf(kind, version) ?? '');
    return dependenciesOf(object, kind, spec, (group, target) => store.kind(group, target));
  };

  /** Those who wait for an ARM id hear when its holder lets go of it, or may have: it is gone, is claimed for another, or turns to skip. */
  const letGo = (before: KubeObject | undefined, after: KubeObject | undefined): void => {
    const id = annotation(before, RESOURCE_ID);
    if (id === undefined) return;
    if (
      annotation(after, RESOURCE_ID) !== id ||
      annotation(before, RECONCILE_POLICY) !== annotation(after, RECONCILE_POLICY)
    )
      wake(store.dependants(claimKey(id)));
  };

  return {
    wake,
    keep: (kind, object, applied) => {
      const name = nameOf(kind, object);
      const held = store.get(name);
      const known = held?.object.metadata.uid === object.metadata.uid ? held : undefined;
      const version = appliedVersion(object, kind, applied ?? known?.applied);
      const dependsOn = dependencies(kind, object, version, held);
      const { before, isNew } = store.put(kind, {
        object,
        applied: version,
        dependsOn,
        seenAt: known?.seenAt ?? now(),
      });
      if (!isNew) return;
      if (isWorthAPass(before?.object, object) || (before !== undefined && before.applied !== version)) wake([name]);
      if (hasBecomeUsable(before?.object, object))
        wake(store.dependants(objectKey(kind, `${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`)));
      letGo(before?.object, object);
    },
    forget: (name) => {
      const entry = store.remove(name);
      queue.drop(name);
      attempts.forget(name);
      letGo(entry?.object, undefined);
    },
  };
}

function dependOnTheSame(held: Entry, object: KubeObject, version: string): boolean {
  return (
    held.applied === version &&
    held.object.metadata.generation === object.metadata.generation &&
    held.object.metadata.annotations?.[CREDENTIAL_FROM] === object.metadata.annotations?.[CREDENTIAL_FROM]
  );
}

function annotation(object: KubeObject | undefined, name: string): string | undefined {
  return object?.metadata.annotations?.[name];
}

/** An object that others wait for: it got its ARM id, or became Ready. */
function hasBecomeUsable(before: KubeObject | undefined, after: KubeObject): boolean {
  const id = (object: KubeObject | undefined): string | undefined => annotation(object, RESOURCE_ID);
  const isReady = (object: KubeObject | undefined): boolean =>
    object !== undefined && readyOf(statusOf({ object }))?.status === 'True';
  return (id(after) !== undefined && id(before) !== id(after)) || (isReady(after) && !isReady(before));
}
