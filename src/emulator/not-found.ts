// What a read of something that is not there is told: by the gateway for groups and most resources, by providers in their own words.
// Source: arm-protocol section 7.

import { type Answer, refuse, refuseAtGateway } from './message.ts';
import { profileOf } from './profiles.ts';
import type { State } from './state.ts';

/** Provider's own 404s: type → code and text. */
const OWN: Readonly<Record<string, (name: string) => readonly [code: string, message: string]>> = {
  'microsoft.storage/storageaccounts/blobservices/containers': () => [
    'ContainerNotFound',
    `The specified container does not exist.\n${TRACE}`,
  ],
  'microsoft.storage/storageaccounts/queueservices/queues': () => [
    'QueueNotFound',
    `The specified queue does not exist.\n${TRACE}`,
  ],
  'microsoft.storage/storageaccounts/managementpolicies': () => [
    'ManagementPolicyNotFound',
    'No ManagementPolicy found for account.',
  ],
  'microsoft.authorization/roleassignments': (name) => [
    'RoleAssignmentNotFound',
    `The role assignment '${name}' is not found.`,
  ],
  'microsoft.dbforpostgresql/flexibleservers': (name) => [
    'ResourceNotFound',
    `The requested resource of type 'Microsoft.DBforPostgreSQL/flexibleServers' with name '${name}' was not found.`,
  ],
};
const TRACE = 'RequestId:00000000-0000-0000-0000-000000000000\nTime:2001-02-03T04:05:06Z';

/** AKS tells of its pools in an envelope of its own; of a cluster it does so in some regions only. */
function poolNotFound(name: string): Answer {
  const details = [{ code: 'Unspecified', message: 'rpc error: code = NotFound desc = Agent Pool not found' }];
  return {
    status: 404,
    body: {
      code: 'NotFound',
      details,
      message: `Could not find the agentpool: ${name}.`,
      subcode: 'GetAgentPool_NotFound_HCPServerError',
    },
  };
}

/** Some providers leave out the `error` around code and message, or say nothing at all. */
function inTheProvidersWords(recorded: string, message: string): Answer {
  if (!recorded.startsWith('-')) return refuse(404, recorded, message);
  const code = recorded.slice(1);
  return code === '' ? { status: 404 } : { status: 404, body: { code, message } };
}

/** The 404 of a group's absence, else of the resource's; `speaker` silences the providers that have words of their own. */
export function notFound(state: State, path: string, type: string, speaker?: 'gateway'): Answer {
  const group = /^\/subscriptions\/[^/]+\/resourcegroups\/([^/]+)/i.exec(path);
  if (group !== null && !state.resources.has(group[0].toLowerCase()))
    return refuseAtGateway(404, 'ResourceGroupNotFound', `Resource group '${group[1]}' could not be found.`);
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (speaker !== 'gateway' && type.toLowerCase() === 'microsoft.containerservice/managedclusters/agentpools')
    return poolNotFound(name);
  const own = speaker === 'gateway' ? undefined : OWN[type.toLowerCase()]?.(name);
  if (own !== undefined) return refuse(404, ...own);
  const recorded = speaker === 'gateway' ? undefined : profileOf(type).absent;
  if (recorded !== undefined) return inTheProvidersWords(recorded, `The resource '${name}' was not found.`);
  return refuseAtGateway(
    404,
    'ResourceNotFound',
    `The Resource '${type}/${name}' under resource group '${group?.[1] ?? ''}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}
