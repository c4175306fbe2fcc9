// BackupInstance: Ready waits for a protection state that stays. An error of the user's making (a missing right, say) does not go away
// in Azure by itself: a sync is asked for, so that the vault looks again. Source: extensions section 4.

import { fromToken, type Progress, polled, pollRequest, started, toToken } from '../arm/operation.ts';
import { post } from '../arm/request.ts';
import { BACKUP_SYNC_RESUME_TOKEN } from '../reconcile/annotations.ts';
import { annotation, answered, asked, bodyOf, resourceId } from '../reconcile/facts.ts';
import { warning } from '../reconcile/failure.ts';
import type { Hooks, Said } from '../reconcile/hooks.ts';
import type { Observed } from '../reconcile/observed.ts';
import { isObject, type Json } from '../values/json.ts';

const API = '2024-04-01';

const LASTING = new Set([
  'configuringprotectionfailed',
  'invalid',
  'notprotected',
  'protectionconfigured',
  'softdeleted',
  'protectionstopped',
  'backupschedulessuspended',
  'retentionschedulessuspended',
]);

export const backupInstance: Hooks = {
  after: (observed) => {
    const protection = protectionOf(observed);
    const state = String(protection.status ?? '').toLowerCase();
    // With an owner by ARM id the original has no vault to ask and lets the object be.
    if (state === '' || LASTING.has(state) || observed.owner.state === 'arm') return { say: 'value', value: 'ready' };
    const isUsers = state === 'protectionerror' && /usererror/i.test(errorCode(protection.errorDetails));
    return isUsers && observed.policy !== 'skip' ? sync(observed, state) : unsettled(state);
  },
  succeeded: (observed) => ({
    say: 'value',
    value: annotation(observed, BACKUP_SYNC_RESUME_TOKEN) === undefined ? {} : { [BACKUP_SYNC_RESUME_TOKEN]: null },
  }),
};

function protectionOf(observed: Observed): Readonly<Record<string, Json | undefined>> {
  const properties = bodyOf(answered(observed, 'read'))?.properties;
  const protection = isObject(properties) ? properties.protectionStatus : undefined;
  return isObject(protection) ? protection : {};
}

function errorCode(details: Json | undefined): string {
  return isObject(details) && typeof details.code === 'string' ? details.code : '';
}

/** One step of the sync: asked for, then looked at once per pass until it is over. */
function sync(observed: Observed, state: string): Said<'ready'> {
  const operation = fromToken(annotation(observed, BACKUP_SYNC_RESUME_TOKEN) ?? '');
  if (operation !== undefined) {
    const poll = asked(observed, 'look:sync poll');
    if (poll === undefined) return { say: 'look', name: 'sync poll', request: pollRequest(operation) };
    return 'lost' in poll.answer ? unsettled(state) : followed(state, polled(operation, poll.answer, observed.now));
  }
  const sent = asked(observed, 'look:sync');
  if (sent === undefined)
    return {
      say: 'look',
      name: 'sync',
      request: post(`${resourceId(observed)}/sync`, API, { syncType: 'Default' }),
    };
  return 'lost' in sent.answer ? unsettled(state) : followed(state, started(sent.request, sent.answer, observed.now));
}

function followed(state: string, progress: Progress): Said<'ready'> {
  const told = unsettled(state);
  if (progress.state !== 'running') return { ...told, annotations: { [BACKUP_SYNC_RESUME_TOKEN]: null } };
  const { afterMs } = progress;
  return {
    ...told,
    failure: { ...told.failure, ...(afterMs === undefined ? {} : { afterMs }) },
    annotations: { [BACKUP_SYNC_RESUME_TOKEN]: toToken(progress.operation) },
  };
}

function unsettled(state: string): Extract<Said<'ready'>, { say: 'failure' }> {
  return {
    say: 'failure',
    failure: warning(
      'PostReconciliationFailure',
      `the backup instance is in the non terminal state '${state}'; Ready waits until its protection is settled`,
    ),
  };
}
