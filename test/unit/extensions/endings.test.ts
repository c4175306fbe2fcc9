// Deletions and successes of some kinds (extensions section 6).

import { describe, expect, it } from 'vitest';
import { CHILD_RESOURCE_ID_OVERRIDE } from '../../../src/reconcile/annotations.ts';
import { azureWith, GROUP_ID, type Living, ok, pass, refusal, verdictOf } from '../../support/life.ts';

describe('deletions and successes of their own (section 6)', () => {
  const product = `${GROUP_ID}/providers/Microsoft.ApiManagement/service/s/products/in-azure`;
  const deleted: Living = {
    apiVersion: 'apimanagement.azure.com/v20240501',
    kind: 'Product',
    id: product,
    isDeleted: true,
  };

  it('a product takes its subscriptions with it, by its name in Azure', () => {
    const { requests, sent, end } = pass(deleted, azureWith({ [`GET ${product}`]: ok({}) }));
    expect(requests).toEqual([
      `GET ${product}?api-version=2024-05-01`,
      `DELETE ${product}?api-version=2022-08-01&deleteSubscriptions=true`,
      `DELETE ${product}?api-version=2024-05-01`,
    ]);
    expect(sent[1]?.headers).toEqual({ 'If-Match': '*' });
    expect(end.do).toBe('release');
  });

  it('a product whose deletion is refused is kept, and tried again', () => {
    const { end } = pass(
      deleted,
      azureWith({ [`GET ${product}`]: ok({}), [`DELETE ${product}`]: refusal(400, 'InvalidRequestContent') }),
    );
    expect(verdictOf(end)).toBe('Warning InvalidRequestContent: m');
  });

  const alias = '/providers/Microsoft.Subscription/aliases/a';
  const living: Living = { apiVersion: 'subscription.azure.com/v20211001', kind: 'Alias', id: alias };
  const made = { properties: { subscriptionId: 'sub-2' } };
  const cancel = '/subscriptions/sub-2/providers/Microsoft.Subscription/cancel';

  it('an alias tells its children the subscription that it stands for', () => {
    const { end } = pass(living, azureWith({ [`GET ${alias}`]: ok(made) }));
    expect(verdictOf(end)).toBe('True');
    expect(end).toMatchObject({ annotations: { [CHILD_RESOURCE_ID_OVERRIDE]: '/subscriptions/sub-2' } });
  });

  it('an alias without a subscription is not Ready', () => {
    const { end } = pass(living, azureWith({ [`GET ${alias}`]: ok({ properties: {} }) }));
    expect(verdictOf(end)).toMatch(/^Warning Failed: .*shows no properties.subscriptionId/);
  });

  it('a deleted alias cancels its subscription first', () => {
    const { requests, end } = pass(
      { ...living, isDeleted: true, status: made },
      azureWith({ [`GET ${alias}`]: ok(made) }),
    );
    expect(requests.slice(1)).toEqual([
      `POST ${cancel}?api-version=2021-10-01`,
      `DELETE ${alias}?api-version=2021-10-01`,
    ]);
    expect(end.do).toBe('release');
  });

  it('an alias that never got a subscription is only deleted', () => {
    const { requests } = pass({ ...living, isDeleted: true, status: {} }, azureWith({ [`GET ${alias}`]: ok({}) }));
    expect(requests.some((request) => request.startsWith('POST'))).toBe(false);
  });

  it('the subscription to cancel is the one that Azure shows, whatever somebody wrote into the status', () => {
    const { requests } = pass(
      { ...living, isDeleted: true, status: { properties: { subscriptionId: 'sub-3' } } },
      azureWith({ [`GET ${alias}`]: ok(made) }),
    );
    expect(requests[1]).toBe(`POST ${cancel}?api-version=2021-10-01`);
  });

  it('an alias that cannot be read is kept: what it stands for would go on', () => {
    const { requests, end } = pass(
      { ...living, isDeleted: true, status: made },
      azureWith({ [`GET ${alias}`]: refusal(403, 'AuthorizationFailed') }),
    );
    expect(requests).toHaveLength(1);
    expect(verdictOf(end)).toMatch(/^Warning AuthorizationFailed/);
  });

  it('a refused cancel keeps the alias', () => {
    const { requests, end } = pass(
      { ...living, isDeleted: true, status: made },
      azureWith({ [`GET ${alias}`]: ok(made), [`POST ${cancel}`]: refusal(403, 'AuthorizationFailed') }),
    );
    expect(requests.some((request) => request.startsWith('DELETE'))).toBe(false);
    expect(verdictOf(end)).toMatch(/^Warning AuthorizationFailed/);
  });
});
