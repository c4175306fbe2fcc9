// Key Vault: createMode decides what becomes of a soft-deleted vault of the same name. Source: extensions 2.1.

import { subscriptionOf } from '../arm/id.ts';
import { polled, pollRequest, started } from '../arm/operation.ts';
import { get, post } from '../arm/request.ts';
import { answered, asked, bodyOf, isOk, resourceId, specOf } from '../reconcile/facts.ts';
import { fatal, warning } from '../reconcile/failure.ts';
import type { Hooks, Said } from '../reconcile/hooks.ts';
import type { Observed } from '../reconcile/observed.ts';
import { isObject } from '../values/json.ts';
import type { SealedObject } from '../values/secret.ts';

const API = '2024-11-01';

export const vault: Hooks = {
  body: (observed, body) => {
    const mode = createMode(observed);
    if (mode === 'createOrRecover') return createOrRecover(observed, body);
    if (mode === 'purgeThenCreate') return purgeThenCreate(observed, body);
    return { say: 'value', value: body };
  },
};

function createMode(observed: Observed): string | undefined {
  const properties = specOf(observed).properties;
  return isObject(properties) && typeof properties.createMode === 'string' ? properties.createMode : undefined;
}

function deletedVault(observed: Observed): string | undefined {
  const id = resourceId(observed) ?? '';
  const location = specOf(observed).location;
  if (typeof location !== 'string' || location === '') return undefined;
  return `/subscriptions/${subscriptionOf(id)}/providers/Microsoft.KeyVault/locations/${location}/deletedVaults/${id.slice(id.lastIndexOf('/') + 1)}`;
}

function look(observed: Observed): Said<'found' | 'absent'> {
  const at = deletedVault(observed);
  if (at === undefined)
    return {
      say: 'failure',
      failure: warning('Failed', 'spec.location is empty, so the deleted vaults cannot be looked at'),
    };
  if (asked(observed, 'look:deleted vault') === undefined)
    return { say: 'look', name: 'deleted vault', request: get(at, API) };
  const answer = answered(observed, 'look:deleted vault');
  if (answer?.status === 404) return { say: 'value', value: 'absent' };
  if (answer !== undefined && isOk(answer)) return { say: 'value', value: 'found' };
  return {
    say: 'failure',
    failure: warning('Failed', `whether a deleted vault of this name exists could not be read from ${at}`),
  };
}

function createOrRecover(observed: Observed, body: SealedObject): Said<SealedObject> {
  const seen = look(observed);
  if (seen.say !== 'value') return seen;
  if (seen.value === 'absent') return withMode(body, 'default');
  const properties = bodyOf(answered(observed, 'look:deleted vault'))?.properties;
  const from = isObject(properties) && typeof properties.vaultId === 'string' ? properties.vaultId : '';
  const id = resourceId(observed) ?? '';
  if (groupPath(from) === groupPath(id)) return withMode(body, 'recover');
  return {
    say: 'failure',
    failure: fatal(
      'Failed',
      `a deleted vault of this name came from '${from}', another resource group; it cannot be recovered into ${id}. Purge it or choose another name`,
    ),
  };
}

function purgeThenCreate(observed: Observed, body: SealedObject): Said<SealedObject> {
  const seen = look(observed);
  if (seen.say === 'look') return seen;
  if (seen.say === 'failure' || seen.value === 'absent') return withMode(body, 'default');
  const purge = asked(observed, 'look:purge');
  if (purge === undefined) return { say: 'look', name: 'purge', request: post(`${deletedVault(observed)}/purge`, API) };
  const progress = 'lost' in purge.answer ? undefined : started(purge.request, purge.answer, observed.now);
  if (progress?.state === 'running') {
    const poll = asked(observed, 'look:purge poll');
    if (poll === undefined) return { say: 'look', name: 'purge poll', request: pollRequest(progress.operation) };
    const ended = 'lost' in poll.answer ? undefined : polled(progress.operation, poll.answer, observed.now);
    if (ended?.state === 'done') return withMode(body, 'default');
    return {
      say: 'failure',
      failure: {
        ...warning(
          'ReconciliationBlocked',
          'a deleted vault of this name is being purged; the new one is made after that',
        ),
        afterMs: 10_000,
      },
    };
  }
  if (progress?.state === 'done') return withMode(body, 'default');
  return {
    say: 'failure',
    failure: warning(
      'Failed',
      'the deleted vault of this name could not be purged; purge protection forbids it, or the identity may not',
    ),
  };
}

function withMode(body: SealedObject, createMode: string): Said<SealedObject> {
  // A vault keeps `properties` as one object, which toBody has made.
  return { say: 'value', value: { ...body, properties: { ...((body.properties ?? {}) as SealedObject), createMode } } };
}

function groupPath(id: string): string {
  return id.toLowerCase().split('/').slice(0, 5).join('/');
}
