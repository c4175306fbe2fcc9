// API Management Product: its subscriptions go with it, else Azure refuses the delete. Source: extensions section 6; traffic of the
// apimanagement cases. The original asks by the object's name; the resource's own name is what exists in Azure.

import { remove } from '../arm/request.ts';
import { asked, resourceId } from '../reconcile/facts.ts';
import type { Hooks } from '../reconcile/hooks.ts';
import { lookFailure } from './look.ts';

const API = '2022-08-01';

export const apiProduct: Hooks = {
  remove: (observed) => {
    const plain = remove(resourceId(observed) ?? '', API);
    const request = { ...plain, url: `${plain.url}&deleteSubscriptions=true`, headers: { 'If-Match': '*' } };
    const sent = asked(observed, 'look:product');
    if (sent === undefined) return { say: 'look', name: 'product', request };
    return lookFailure(sent, observed.kind.map) ?? { say: 'value', value: 'go on' };
  },
};
