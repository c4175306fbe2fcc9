// PrivateEndpoint: Ready waits until every manual connection is approved. Source: extensions section 4.

import { answered, bodyOf } from '../reconcile/facts.ts';
import { warning } from '../reconcile/failure.ts';
import type { Hooks } from '../reconcile/hooks.ts';
import { isObject, type Json } from '../values/json.ts';

export const privateEndpoint: Hooks = {
  after: (observed) => {
    const properties = bodyOf(answered(observed, 'read'))?.properties;
    const manual =
      isObject(properties) && Array.isArray(properties.manualPrivateLinkServiceConnections)
        ? properties.manualPrivateLinkServiceConnections
        : [];
    const waiting = manual.filter(isObject).filter((connection) => status(connection.properties) !== 'Approved');
    if (waiting.length === 0) return { say: 'value', value: 'ready' };
    const ids = waiting.map((connection) => String(connection.id ?? connection.name)).join(', ');
    return {
      say: 'failure',
      failure: warning('PostReconciliationFailure', `private connections are not approved yet: ${ids}`),
    };
  },
};

function status(properties: Json | undefined): Json | undefined {
  const state = isObject(properties) ? properties.privateLinkServiceConnectionState : undefined;
  return isObject(state) ? state.status : undefined;
}
