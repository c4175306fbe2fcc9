// Taking over an object that the original stored and left Ready: nothing is sent for it, and what it had put aside becomes fields again.

import { groupVersion } from '../../kinds/kind.ts';
import { hasBag, PROPERTY_BAG, unpacked } from '../../kinds/property-bag.ts';
import { isObject, type Json, type JsonObject } from '../../values/json.ts';
import * as names from '../annotations.ts';
import { annotation, asked, type Holder, hasVerb, isClaimed, specOf, statusOf } from '../facts.ts';
import { isReady } from '../goal.ts';
import { readMemo } from '../memo.ts';
import type { Observed } from '../observed.ts';
import type { Rule } from '../rule.ts';

/**
 * The original reached what this object wants, in the version that still counts: it is looked at and remembered, and not sent again.
 * A change of an input that fell between the two operators is sent at the next sync.
 */
export function isInherited(observed: Observed): boolean {
  return (
    specOf(observed).originalVersion === observed.version &&
    annotation(observed, names.RECONCILE_REQUESTED_AT) === undefined &&
    isClaimed(observed) &&
    isLeftReady(observed)
  );
}

/** The original's word that the object is Ready still stands. Until it is taken over, no other may take its place: it would be sent then. */
export function isLeftReady(holder: Holder): boolean {
  return specOf(holder).originalVersion !== undefined && readMemo(statusOf(holder)) === undefined && isReady(holder);
}

/** Stored in the original's form. */
export function isPacked(observed: Observed): boolean {
  const spec = specOf(observed);
  return hasVerb(observed, 'GET') && (spec.originalVersion !== undefined || hasBag(spec));
}

/**
 * Once Azure was read: fields that the original's storage version lacked stand in bags, and a write through a user version would prune
 * them with the bag. The version applied moves from the spec to its annotation, and the owner is named in the version that is served.
 */
export const unpack: Rule = (observed) => {
  if (asked(observed, 'read') === undefined || !isPacked(observed)) return undefined;
  const spec = specOf(observed);
  const { metadata } = observed.object;
  return {
    do: 'claim',
    why: 'what the original had put aside becomes fields again',
    patch: {
      metadata: {
        ...(metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
        annotations: { [names.ORIGINAL_VERSION]: observed.version },
        ...ownerReferences(observed),
      },
      spec: { ...changes(spec, unpacked(spec)), originalVersion: null },
    },
  };
};

/** A merge patch from a value to its unpacked form: bags go, what they held comes. */
function changes(before: JsonObject, after: Json): JsonObject {
  if (!isObject(after)) return {};
  const changed = Object.entries(after).flatMap(([name, value]): [string, Json | undefined][] => {
    const held = before[name];
    if (!hasBag(held) && held !== undefined) return [];
    return [[name, isObject(held) && isObject(value) ? changes(held, value) : value]];
  });
  return { ...Object.fromEntries(changed), ...(before[PROPERTY_BAG] === undefined ? {} : { [PROPERTY_BAG]: null }) };
}

/** References to owners name the storage version of their day; one that is not served would hide the owner from garbage collection. */
function ownerReferences(observed: Observed): JsonObject {
  const { owner } = observed;
  const references = observed.object.metadata.ownerReferences ?? [];
  if (owner.state !== 'object') return {};
  const version = groupVersion(owner.kind, owner.kind.storage);
  const renewed = references.map((reference) =>
    reference.uid === owner.object.metadata.uid ? { ...reference, apiVersion: version } : reference,
  );
  const isSame = references.every((reference, index) => reference.apiVersion === renewed[index]?.apiVersion);
  return isSame ? {} : { ownerReferences: renewed };
}
