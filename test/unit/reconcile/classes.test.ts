// Contract 10 and 10.1: every code of the table, and the delay of every class. Overrides of single kinds are in classify.test.ts.

import { describe, expect, it } from 'vitest';
import { afterFailure, afterPoll, atSync, syncPeriodMs } from '../../../src/reconcile/again.ts';
import * as names from '../../../src/reconcile/annotations.ts';
import { classify } from '../../../src/reconcile/classify.ts';
import { fatal, type Retry, warning } from '../../../src/reconcile/failure.ts';
import { readMemo } from '../../../src/reconcile/memo.ts';
import type { JsonObject } from '../../../src/values/json.ts';
import { annotated, claimed, kindNamed, observed, STORAGE_ACCOUNT, settled } from '../../support/observed.ts';

const CODES: Readonly<Record<'slow' | 'verySlow' | 'never', readonly string[]>> = {
  slow: [
    'AnotherOperationInProgress',
    'AuthorizationFailed',
    'AllocationFailed',
    'Conflict',
    'FailedIdentityOperation',
    'InvalidResourceReference',
    'InvalidSubscriptionRegistrationState',
    'LinkedAuthorizationFailed',
    'MissingRegistrationForLocation',
    'MissingSubscriptionRegistration',
    'NoRegisteredProviderFound',
    'NotFound',
    'ParentResourceNotFound',
    'PrincipalNotFound',
    'ResourceGroupNotFound',
    'ResourceNotFound',
    'ResourceQuotaExceeded',
    'RequestDisallowedByPolicy',
    'SubscriptionNotRegistered',
  ],
  verySlow: [
    'BadRequestFormat',
    'BadRequest',
    'InvalidResourceGroupLocation',
    'InvalidParameter',
    'InvalidParameterValue',
    'MethodNotAllowed',
    'ReservedResourceName',
    'RegionIsOfferRestricted',
    'ScopeLocked',
    'SkuNotAvailable',
    'SubscriptionNotFound',
  ],
  never: [
    'PublicIpForGatewayIsRequired',
    'InvalidResourceType',
    'InvalidRequestContent',
    'InvalidTemplate',
    'InvalidValuesForRequestParameters',
    'InvalidGatewaySkuProvidedForGatewayVpnType',
    'InvalidGatewaySize',
    'K8sVersionNotSupported',
    'LocationRequired',
    'MissingRequiredParameter',
    'PasswordTooLong',
    'PrivateIPAddressInReservedRange',
    'PrivateIPAddressNotInSubnet',
    'PropertyChangeNotAllowed',
  ],
};
const map = kindNamed(STORAGE_ACCOUNT).map;

describe('what a code of Azure amounts to, whatever the status (contract 10.1)', () => {
  const rows = Object.entries(CODES).flatMap(([retry, codes]) =>
    codes.map((code) => ({ code, retry: retry as Retry })),
  );
  it.each(rows)('$code: $retry', ({ code, retry }) => {
    for (const status of [400, 403, 409, 500, undefined]) {
      const failure = classify({ status, code, message: 'm' }, map);
      expect(failure).toMatchObject({ code, retry, severity: retry === 'never' ? 'Error' : 'Warning', message: 'm' });
    }
  });

  it.each([
    { status: 400, retry: 'verySlow' },
    { status: 401, retry: 'slow' },
    { status: 403, retry: 'slow' },
    { status: 409, retry: 'slow' },
    { status: 429, retry: 'slow' },
    { status: 500, retry: 'slow' },
    { status: 503, retry: 'slow' },
    { status: undefined, retry: 'slow' },
  ])('a code of no table, or none at all, with status $status: $retry', ({ status, retry }) => {
    expect(classify({ status, code: 'Unheard', message: 'm' }, map)).toMatchObject({ severity: 'Warning', retry });
    expect(classify({ status, code: undefined, message: 'm' }, map)).toMatchObject({ code: 'UnknownError', retry });
  });
});

describe('when to look again (contract 10)', () => {
  const HOUR = 3_600_000;
  const withPeriod = (syncPeriodMs_: number | undefined) =>
    observed({ operator: { namespace: 'n', version: 'v', syncPeriodMs: syncPeriodMs_, since: 0 } });
  const spread = (of: number) => [of * 0.75, of * 1.25] as const;

  it.each([
    { failure: warning('x', 'm', 'soon'), again: { kind: 'backoff', firstMs: 1000, capMs: 30_000 }, because: 'fast' },
    { failure: warning('x', 'm'), again: { kind: 'backoff', firstMs: 1000, capMs: 180_000 }, because: 'slow' },
    { failure: fatal('x', 'm'), again: { kind: 'never' }, because: 'Error' },
    {
      failure: { ...warning('x', 'm'), afterMs: 17_000 },
      again: { kind: 'after', afterMs: 17_000 },
      because: 'Azure said when',
    },
  ])('$because', ({ failure, again }) => expect(afterFailure(failure, observed())).toMatchObject(again));

  it.each([
    { period: 4 * HOUR, of: 4 * HOUR, because: 'once per sync period' },
    { period: undefined, of: HOUR, because: 'once an hour when sync is off' },
  ])('very slow: $because, a quarter more or less', ({ period, of }) => {
    const again = afterFailure(warning('x', 'm', 'verySlow'), withPeriod(period)) as { afterMs: number };
    const [least, most] = spread(of);
    expect(again.afterMs).toBeGreaterThanOrEqual(least);
    expect(again.afterMs).toBeLessThanOrEqual(most);
  });

  it('an operation: as Azure asks, else 1 s doubling to 1 min', () => {
    expect(afterPoll(15_000)).toEqual({ kind: 'after', afterMs: 15_000, lane: 'retry' });
    expect(afterPoll(undefined)).toEqual({ kind: 'backoff', firstMs: 1000, capMs: 60_000 });
  });

  it.each([
    { own: '15m', ms: 900_000, because: 'the object has its own' },
    { own: '1h30m', ms: 5_400_000, because: 'in words of Go' },
    { own: 'never', ms: undefined, because: 'never is a period too' },
    { own: '', ms: HOUR, because: 'an empty one is none' },
    { own: 'often', ms: HOUR, because: 'a bad one is as good as none' },
    { own: '-5m', ms: HOUR, because: 'time does not run backwards' },
    { own: '0', ms: HOUR, because: 'nothing is no period' },
    { own: '1ms', ms: 1000, because: 'each sync is a PUT' },
    { own: '__proto__', ms: HOUR, because: 'it is a word like any other' },
  ])('the sync period when the annotation is $own: $because', ({ own, ms }) => {
    expect(syncPeriodMs(observed({ object: annotated(claimed(), { [names.SYNC_PERIOD]: own }) }))).toBe(ms);
  });

  it('the next sync of many objects is spread over half a period, and a restart does not move it', () => {
    const dues = Array.from({ length: 200 }, (_, index) => {
      const begun = settled({ object: claimed({ metadata: { uid: `uid-${index}` } }) });
      const memo = readMemo(begun.object.status as JsonObject);
      if (memo === undefined) throw new Error('a settled object has a memo');
      expect(atSync(begun, memo)).toEqual(atSync({ ...begun }, memo));
      return (atSync(begun, memo) as { afterMs: number }).afterMs;
    });
    expect(Math.max(...dues) - Math.min(...dues)).toBeGreaterThan(HOUR * 0.4);
  });
});
