// Turns Azure's refusal into a failure: which severity, how soon again. A table, with overrides from the kind's arm-map.
// Source of the classes: contract 10.1; of the rows that are not there (throttling, lost connections): arm-protocol 17.

import { type ArmFailure, readError } from '../arm/error.ts';
import type { ArmAnswer } from '../arm/request.ts';
import type { ArmMap } from '../kinds/arm-map.ts';
import { type Failure, type Retry, warning } from './failure.ts';
import type { LostAnswer } from './observed.ts';

const SLOW = new Set([
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
]);

const VERY_SLOW = new Set([
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
]);

const FATAL = new Set([
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
]);

/** Entra knows a new secret or application after a minute or two: about five minutes of slow tries. */
const SETTLED_TRIES = 8;

/** The failure that an error answer amounts to, for this kind. */
export function classifyAnswer(answer: ArmAnswer | LostAnswer, map: Pick<ArmMap, 'errors'>): Failure {
  if ('lost' in answer) {
    if (answer.isOutOfBounds === true) return warning('SubscriptionMismatch', answer.lost, 'verySlow');
    if (answer.token === 'settled') return { ...warning('Failed', answer.lost, 'verySlow'), slowTries: SETTLED_TRIES };
    if (answer.token !== undefined) return warning('Failed', answer.lost, answer.token);
    return warning('UnknownError', `no answer from Azure: ${answer.lost}`);
  }
  return classify(readError(answer), map);
}

/** The failure that an error amounts to: the kind's own rows first, then the tables, then the HTTP status. */
export function classify(error: ArmFailure, map: Pick<ArmMap, 'errors'>): Failure {
  const code = error.code ?? 'UnknownError';
  const row = map.errors?.find(
    (candidate) =>
      (candidate.code === undefined || candidate.code === code) &&
      [candidate.message ?? []].flat().every((pattern) => new RegExp(pattern, 'i').test(error.message)),
  );
  const retry = row?.retry ?? retryOf(code, error.status);
  return {
    code,
    severity: retry === 'never' ? 'Error' : 'Warning',
    retry,
    message: error.message,
    ...(error.afterMs === undefined || retry === 'never' ? {} : { afterMs: error.afterMs }),
  };
}

function retryOf(code: string, status: number | undefined): Retry {
  if (SLOW.has(code)) return 'slow';
  if (VERY_SLOW.has(code)) return 'verySlow';
  if (FATAL.has(code)) return 'never';
  // Somebody else uses it: the users of what is deleted are mostly on their way out too.
  if (/^InUse|CannotBeDeleted/.test(code)) return 'slow';
  return status === 400 ? 'verySlow' : 'slow';
}
