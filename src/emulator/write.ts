// PUT and PATCH of a resource: refused, or kept and answered in the way of its type.

import { equal, isObject, type JsonObject } from '../values/json.ts';
import { mergePatch, withoutNulls } from '../values/merge-patch.ts';
import { guidOf, made } from './made.ts';
import { type Answer, type Request, refuse } from './message.ts';
import { notFound } from './not-found.ts';
import { respondTo } from './operations.ts';
import { embed, makeParts } from './parts.ts';
import { profileOf } from './profiles.ts';
import type { Resource } from './state.ts';
import { keep, nextRevision } from './store.ts';
import { isRecovered } from './vaults.ts';
import type { World } from './world.ts';
import { type Target, type Writing, writeProblem } from './write-problems.ts';

/** Answers a write, and keeps what was written. */
export function write(world: World, target: Target, writing: Writing): Answer {
  if (target.request.method === 'PATCH' && writing.held === undefined)
    return notFound(world.state, target.path, writing.type);
  const body = bodyOf(target.request, writing.held);
  if (body === undefined)
    return refuse(
      400,
      'InvalidRequestContent',
      'The request content was invalid and could not be deserialized: the body must be a JSON object.',
    );
  const problem = writeProblem(world, target, writing, body);
  if (problem !== undefined) return problem;
  const { state, settings, now } = world;
  const id = target.path;
  // A recovered vault is as it was: there is nothing to wait for.
  const isNew = writing.held === undefined && !isRecovered(writing.type, body);
  const { name: _ignored, ...sent } = body;
  const kept = embed(world, id, writing.type, sent);
  const resource: Resource = {
    id,
    type: writing.type,
    apiVersion: target.apiVersion,
    body: kept,
    made: made(writing.type, { id, name: id.slice(id.lastIndexOf('/') + 1), body: kept, settings }),
    createdAt: writing.held?.createdAt ?? now,
    revision: nextRevision(state),
  };
  keep(state, resource);
  makeParts(world, resource);
  if (isNew && writing.type.toLowerCase() === 'microsoft.managedidentity/userassignedidentities')
    state.principals.set(guidOf(`principal ${id}`).toLowerCase(), now);
  return respondTo(world, {
    request: target.request,
    resource,
    isNew,
    isSame: writing.held !== undefined && equal(writing.held.body, kept),
    profile: profileOf(writing.type),
  });
}

/** What a write asks for: all of it, or what a merge patch makes of what is held. A null is as good as absent. */
function bodyOf({ method, body }: Request, held: Resource | undefined): JsonObject | undefined {
  if (!isObject(body)) return undefined;
  if (method !== 'PATCH' || held === undefined) return withoutNulls(body);
  const patched = mergePatch(held.body, body);
  return isObject(patched) ? { ...patched, ...(isObject(body.tags) ? { tags: body.tags } : {}) } : undefined;
}
