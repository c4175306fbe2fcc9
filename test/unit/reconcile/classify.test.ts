// Azure's refusals and what becomes of them: the general table, Retry-After, and every override of extensions section 5.

import { describe, expect, it } from 'vitest';
import { started } from '../../../src/arm/operation.ts';
import { classify, classifyAnswer } from '../../../src/reconcile/classify.ts';
import type { Retry } from '../../../src/reconcile/failure.ts';
import { shippedKinds } from '../../support/kinds.ts';

const mapOf = (kind: string) => {
  const found = shippedKinds().get(kind.replace('/', '.azure.com/'));
  if (found === undefined) throw new Error(`there is no kind ${kind}`);
  return found.kind.map;
};

const GENERAL: readonly (readonly [
  status: number | undefined,
  code: string | undefined,
  retry: Retry,
  because: string,
])[] = [
  [409, 'AnotherOperationInProgress', 'slow', 'it ends by itself'],
  [400, 'PrincipalNotFound', 'slow', 'the directory learns of it in a minute'],
  [400, 'BadRequest', 'verySlow', 'the cause may lie outside the object'],
  [400, 'SomethingNew', 'verySlow', 'an unknown code with status 400'],
  [409, 'SomethingNew', 'slow', 'an unknown code with another status'],
  [undefined, 'SomethingNew', 'slow', 'an unknown code inside an operation'],
  [500, undefined, 'slow', 'no code at all'],
  [400, 'InUseSubnetCannotBeDeleted', 'slow', 'its users go away too'],
  [400, 'PublicIPAddressCannotBeDeleted', 'slow', 'its users go away too'],
  [400, 'LocationRequired', 'never', 'only a change of the object helps'],
];

describe('any kind', () => {
  it.each(GENERAL)('status %s, code %s: %s, because %s', (status, code, retry) => {
    expect(classify({ status, code, message: 'm' }, mapOf('resources/ResourceGroup')).retry).toBe(retry);
  });

  it('Retry-After of a refused PUT is kept, whichever way the refusal is read', () => {
    const answer = {
      status: 429,
      headers: { 'retry-after': '17' },
      body: { error: { code: 'SubscriptionRequestsThrottled', message: 'm' } },
    };
    const map = mapOf('resources/ResourceGroup');
    const progress = started({ verb: 'PUT', url: '/x' }, answer, 0);
    expect(classifyAnswer(answer, map).afterMs).toBe(17_000);
    expect(progress.state === 'failed' && classify(progress.error, map).afterMs).toBe(17_000);
  });
});

/** One row for each of extensions section 5. `other`: what the same code means when the message is another one. */
const OVERRIDES: readonly {
  readonly kinds: readonly string[];
  readonly code: string;
  readonly message?: string;
  readonly retry: Retry;
  readonly status?: number;
  readonly other?: Retry;
}[] = [
  { kinds: ['app/ContainerApp', 'app/Job'], code: 'ManagedEnvironmentNotProvisioned', retry: 'slow' },
  {
    kinds: ['cdn/AfdCustomDomain'],
    code: 'BadRequest',
    message: 'This resource is still associated with a route.',
    retry: 'slow',
    other: 'verySlow',
  },
  {
    kinds: ['cdn/Route', 'cdn/Rule'],
    code: 'BadRequest',
    message:
      'Please make sure that the originGroup is created successfully and at least one enabled origin is created.',
    retry: 'slow',
    other: 'verySlow',
  },
  {
    kinds: ['cdn/SecurityPolicy'],
    code: 'BadRequest',
    message: 'The domain is not associated with the AFDX profile or is in a invalid provisioning state',
    retry: 'slow',
    other: 'verySlow',
  },
  {
    kinds: ['compute/Disk'],
    code: 'BadRequest',
    message: 'DiskAccess /subscriptions/x not found',
    retry: 'slow',
    other: 'verySlow',
  },
  {
    kinds: ['compute/Disk'],
    code: 'Conflict',
    status: 409,
    message: 'DiskAccess x is in failed state.',
    retry: 'slow',
    other: 'slow',
  },
  {
    kinds: ['compute/VirtualMachine', 'compute/VirtualMachineScaleSet'],
    code: 'OperationNotAllowed',
    status: 409,
    retry: 'slow',
  },
  { kinds: ['containerservice/ManagedCluster'], code: 'CustomKubeletIdentityMissingPermissionError', retry: 'slow' },
  { kinds: ['containerservice/ManagedClustersAgentPool'], code: 'NodePoolMcVersionIncompatible', retry: 'slow' },
  { kinds: ['containerservice/FleetsMember'], code: 'DependentResourceNotFound', retry: 'slow' },
  {
    kinds: ['documentdb/CassandraCluster'],
    code: 'BadRequest',
    message: 'the service principal lacks a role',
    retry: 'slow',
    other: 'verySlow',
  },
  {
    kinds: ['documentdb/DatabaseAccount'],
    code: 'ServiceUnavailable',
    status: 503,
    message: 'Sorry, we are currently experiencing high demand in this region',
    retry: 'never',
    other: 'slow',
  },
  { kinds: ['documentdb/MongodbDatabase', 'documentdb/SqlDatabase'], code: 'BadRequest', retry: 'slow' },
  {
    kinds: ['documentdb/SqlRoleAssignment'],
    code: 'BadRequest',
    message: 'The Principal ID was not found in the AAD tenant(s)',
    retry: 'slow',
    other: 'verySlow',
  },
  { kinds: ['insights/DataCollectionRule'], code: 'WorkspaceNotFound', retry: 'slow' },
  {
    kinds: ['insights/ScheduledQueryRule'],
    code: 'BadRequest',
    message: 'the scope does not exist',
    retry: 'slow',
    other: 'verySlow',
  },
  {
    kinds: ['insights/ScheduledQueryRule'],
    code: 'BadRequest',
    message: 'there is insufficient access to it',
    retry: 'slow',
    other: 'verySlow',
  },
  {
    kinds: ['machinelearningservices/Workspace'],
    code: 'BadRequest',
    message: 'x: StorageAccountIsNotProvisioned',
    retry: 'slow',
    other: 'verySlow',
  },
  {
    kinds: ['network/AzureFirewall'],
    code: 'AzfwAddToFirewallPolicyFailed',
    message: 'Failed to reference firewall policy x',
    retry: 'slow',
    other: 'verySlow',
  },
  {
    kinds: ['network/DnsForwardingRuleset'],
    code: 'AnyCode',
    message: 'endpoint x was not found',
    retry: 'slow',
    other: 'verySlow',
  },
  {
    kinds: ['network/DnsZonesARecord', 'network/DnsZonesAAAARecord', 'network/DnsZonesCNAMERecord'],
    code: 'BadRequest',
    message: "The referenced resource 'x' was not found.",
    retry: 'slow',
    other: 'verySlow',
  },
  { kinds: ['network/NetworkWatchersFlowLog'], code: 'NetworkSecurityGroupNotFoundForFlowLog', retry: 'slow' },
  { kinds: ['network/NetworkWatchersFlowLog'], code: 'StorageProvisioningStateNotSucceeded', retry: 'slow' },
  {
    kinds: ['network/PublicIPAddress', 'network/VirtualNetworksVirtualNetworkPeering'],
    code: 'ReferencedResourceNotProvisioned',
    retry: 'slow',
  },
  { kinds: ['network/VirtualNetworksSubnet'], code: 'NetcfgSubnetRangeOutsideVnet', retry: 'slow' },
  { kinds: ['servicebus/NamespacesTopicsSubscription'], code: 'MessagingGatewayBadRequest', retry: 'slow' },
  { kinds: ['sql/Server'], code: 'PasswordNotComplex', retry: 'never' },
  { kinds: ['sql/ServersVulnerabilityAssessment'], code: 'VulnerabilityAssessmentADSIsDisabled', retry: 'slow' },
];

describe('overrides of one kind', () => {
  const rows = OVERRIDES.flatMap((row) => row.kinds.map((kind) => [kind, row.code, row.retry, row] as const));

  it.each(rows)('%s: %s is %s', (kind, code, retry, { message = 'any', status = 400, other }) => {
    const map = mapOf(kind);
    const failure = classify({ status, code, message }, map);
    expect(failure).toMatchObject({ code, retry, severity: retry === 'never' ? 'Error' : 'Warning' });
    if (other !== undefined) expect(classify({ status, code, message: 'something else' }, map).retry).toBe(other);
  });
});
