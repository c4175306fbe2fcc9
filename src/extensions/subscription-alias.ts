// Subscription Alias: stands for the subscription that Azure made. Children live in that subscription, and deleting the alias alone
// would leave it running, and paid for. Source: extensions section 6.

import { post } from '../arm/request.ts';
import { CHILD_RESOURCE_ID_OVERRIDE } from '../reconcile/annotations.ts';
import { answered, asked, bodyOf } from '../reconcile/facts.ts';
import { warning } from '../reconcile/failure.ts';
import type { Hooks } from '../reconcile/hooks.ts';
import { isObject, type JsonObject } from '../values/json.ts';
import { lookFailure } from './look.ts';

const API = '2021-10-01';

export const subscriptionAlias: Hooks = {
  /**
   * Cancels the subscription before its alias goes; one that Azure does not know any more is as good as cancelled. It is another than the
   * credential's, so Azure must say which: a status can be written by people.
   */
  remove: (observed) => {
    const exists = asked(observed, 'exists');
    const unread = exists === undefined ? undefined : lookFailure(exists, observed.kind.map);
    if (unread !== undefined) return unread;
    const subscriptionId = subscriptionIn(bodyOf(answered(observed, 'exists')));
    if (subscriptionId === undefined) return { say: 'value', value: 'go on' };
    const sent = asked(observed, 'look:cancel');
    if (sent === undefined) {
      const cancel = post(`/subscriptions/${subscriptionId}/providers/Microsoft.Subscription/cancel`, API);
      return { say: 'look', name: 'cancel', request: { ...cancel, subscriptionId } };
    }
    return lookFailure(sent, observed.kind.map) ?? { say: 'value', value: 'go on' };
  },
  succeeded: (observed) => {
    const id = subscriptionIn(bodyOf(answered(observed, 'read')));
    return id === undefined
      ? {
          say: 'failure',
          failure: warning('Failed', 'Azure has made the alias but shows no properties.subscriptionId yet'),
        }
      : { say: 'value', value: { [CHILD_RESOURCE_ID_OVERRIDE]: `/subscriptions/${id}` } };
  },
};

function subscriptionIn(holder: JsonObject | undefined): string | undefined {
  const properties = isObject(holder?.properties) ? holder.properties : {};
  return typeof properties.subscriptionId === 'string' && properties.subscriptionId !== ''
    ? properties.subscriptionId
    : undefined;
}
