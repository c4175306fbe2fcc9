// Questions about an Observed that several rules ask. No decisions here.

import { fromToken, type Operation, POLLER_CREATE, POLLER_DELETE } from '../arm/operation.ts';
import { type ArmAnswer, type ArmRequest, get } from '../arm/request.ts';
import { fixedNameOf } from '../kinds/kind.ts';
import type { JsonObject } from '../values/json.ts';
import { isObject } from '../values/json.ts';
import type { Fill } from './action.ts';
import * as names from './annotations.ts';
import { readMemo } from './memo.ts';
import type { Asked, Observed } from './observed.ts';

/** Most questions are about the object alone. */
export type Holder = Pick<Observed, 'object'>;

/** The value of an annotation; an empty one counts as absent. */
export function annotation(observed: Holder, name: string): string | undefined {
  return observed.object.metadata.annotations?.[name] || undefined;
}

/** The ARM id the object was claimed for. */
export function resourceId(observed: Holder): string | undefined {
  return annotation(observed, names.RESOURCE_ID);
}

export function isDeleting(observed: Holder): boolean {
  return observed.object.metadata.deletionTimestamp !== undefined;
}

export function hasFinalizer(observed: Holder): boolean {
  return observed.object.metadata.finalizers?.includes(names.FINALIZER) ?? false;
}

/** Claimed: nothing that the claim writes is missing, so nothing can leak in Azure. A kind with a backend has no id to be claimed for. */
export function isClaimed(observed: Observed): boolean {
  return (
    hasFinalizer(observed) &&
    (resourceId(observed) !== undefined || observed.kind.map.backend !== undefined) &&
    annotation(observed, names.OPERATOR_NAMESPACE) !== undefined
  );
}

/** Something was sent to Azure for this object, by this operator (the memo) or by the original (what Azure showed of it). */
export function wasSent(observed: Holder): boolean {
  const status = statusOf(observed);
  return (
    readMemo(status) !== undefined ||
    (typeof status?.id === 'string' && status.id !== '') ||
    runningOperation(observed, 'PUT') !== undefined
  );
}

/** The generation that was sent with the operation that has ended in this pass; undefined when none has. */
export function sentGeneration(observed: Observed): number | undefined {
  if (asked(observed, 'poll') === undefined) return undefined;
  return Number(annotation(observed, names.LATEST_RECONCILED_GENERATION) ?? observed.object.metadata.generation);
}

/** An operation has ended in this pass, and the object was edited while Azure worked on it. */
export function isEditedSince(observed: Observed): boolean {
  const sent = sentGeneration(observed);
  return sent !== undefined && sent !== observed.object.metadata.generation;
}

export function specOf(observed: Holder): JsonObject {
  return isObject(observed.object.spec) ? observed.object.spec : {};
}

export function statusOf(observed: Holder): JsonObject | undefined {
  return isObject(observed.object.status) ? observed.object.status : undefined;
}

/** The operation that the object's annotations speak of; one of a DELETE only when `verb` is DELETE. */
export function runningOperation(observed: Holder, verb: 'PUT' | 'DELETE'): Operation | undefined {
  const token = annotation(observed, names.POLLER_RESUME_TOKEN);
  const id = annotation(observed, names.POLLER_RESUME_ID);
  const wanted = verb === 'PUT' ? POLLER_CREATE : POLLER_DELETE;
  return token === undefined || id !== wanted ? undefined : fromToken(token);
}

/** Annotations that take a finished or failed operation off the object; nothing when there is none. */
export function withoutOperation(observed: Observed): Readonly<Record<string, string | null>> | undefined {
  if (
    annotation(observed, names.POLLER_RESUME_TOKEN) === undefined &&
    annotation(observed, names.POLLER_RESUME_ID) === undefined
  ) {
    return undefined;
  }
  return { [names.POLLER_RESUME_TOKEN]: null, [names.POLLER_RESUME_ID]: null };
}

export function asked(observed: Observed, fill: Fill): Asked | undefined {
  return observed.answers[fill];
}

/** Something was sent in this pass, to Azure or to the kind's backend. */
export function hasAsked(observed: Observed): boolean {
  return Object.keys(observed.answers).length > 0 || observed.told !== undefined;
}

/** A PUT was sent in this pass, or a backend was told what the object wants. */
export function hasSent(observed: Observed): boolean {
  return observed.answers.put !== undefined || observed.told?.request.ask === 'apply';
}

/** The answer of Azure under this name, when one came and was readable. */
export function answered(observed: Observed, fill: Fill): ArmAnswer | undefined {
  const answer = observed.answers[fill]?.answer;
  return answer === undefined || 'lost' in answer ? undefined : answer;
}

/** The body of an answer when it is a JSON object. */
export function bodyOf(answer: ArmAnswer | undefined): JsonObject | undefined {
  return isObject(answer?.body) ? answer.body : undefined;
}

export { isOk } from '../arm/request.ts';

/** GET of the object's own resource at the api-version that was applied. */
export function getSelf(observed: Observed, id: string): ArmRequest {
  return get(id, observed.apiVersion);
}

/** What the kind's fixed name is in the version applied, if it has one. */
export function fixedName(observed: Observed): string | undefined {
  return fixedNameOf(observed.kind, observed.version);
}

/** A verb that the ARM type lacks is not asked for. */
export function hasVerb(observed: Observed, verb: 'GET' | 'DELETE'): boolean {
  return observed.kind.map.verbs?.includes(verb) ?? true;
}
