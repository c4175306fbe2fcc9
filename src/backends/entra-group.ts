// A security group as requests to Microsoft Graph, and what its answers mean. Pure. Source of the requests: the recording entra-v1.

import type { ArmAnswer, ArmRequest } from '../arm/request.ts';
import { type Failure, warning } from '../reconcile/failure.ts';
import { equal, isObject, type JsonObject } from '../values/json.ts';
import type { SealedObject } from '../values/secret.ts';
import { text } from './user-goal.ts';

const GROUPS = '/v1.0/groups';

/** spec.membershipType → groupTypes. The CRD has `enabled` where the contract speaks of `dynamic`: both are read. */
const GROUP_TYPES: Readonly<Record<string, readonly string[]>> = {
  assigned: [],
  enabled: ['DynamicMembership'],
  dynamic: ['DynamicMembership'],
  assignedm365: ['Unified'],
  enabledm365: ['DynamicMembership', 'Unified'],
  dynamicm365: ['DynamicMembership', 'Unified'],
};

/** Groups of exactly this name, as far as a filter can say; a quote in the name is doubled, or it would end the literal. */
export function searchGroups(displayName: string): ArmRequest {
  const filter = `displayName eq '${displayName.replaceAll("'", "''")}'`;
  return { verb: 'GET', url: `${GROUPS}?%24filter=${encodeURIComponent(filter).replaceAll("'", '%27')}` };
}

export function getGroup(id: string): ArmRequest {
  return { verb: 'GET', url: `${GROUPS}/${encodeURIComponent(id)}` };
}

export function deleteGroup(id: string): ArmRequest {
  return { verb: 'DELETE', url: `${GROUPS}/${encodeURIComponent(id)}` };
}

export function createGroup(goal: SealedObject): ArmRequest {
  return {
    verb: 'POST',
    url: GROUPS,
    body: {
      '@odata.type': '#microsoft.graph.group',
      groupTypes: [],
      ...wanted(goal),
      mailEnabled: false,
      securityEnabled: true,
    },
  };
}

/** Only what differs, or nothing: some members of a group cannot be sent once it is there, not even as they are. */
export function updateGroup(goal: SealedObject, found: JsonObject): ArmRequest | undefined {
  const changed = Object.entries(wanted(goal)).filter(([name, value]) => !equal(value, found[name]));
  if (changed.length === 0) return undefined;
  return {
    verb: 'PATCH',
    url: `${GROUPS}/${encodeURIComponent(idOf(found) ?? '')}`,
    body: Object.fromEntries(changed),
  };
}

/** Members that are not set are not managed; a kind of membership that is not set is the default one, of a new group only. */
function wanted(goal: SealedObject): JsonObject {
  const { displayName, mailNickname, description, isAssignableToRole } = goal;
  const types = GROUP_TYPES[text(goal.membershipType)];
  return {
    displayName: text(displayName),
    mailNickname: text(mailNickname),
    ...(description === undefined ? {} : { description: text(description) }),
    ...(typeof isAssignableToRole === 'boolean' ? { isAssignableToRole } : {}),
    ...(types === undefined ? {} : { groupTypes: types }),
  };
}

export type Found =
  | { readonly is: 'none' }
  | { readonly is: 'one'; readonly group: JsonObject }
  | { readonly is: 'failure'; readonly failure: Failure };

/** The one group that has exactly this name; Graph's `eq` does not regard case. */
export function foundIn(answer: ArmAnswer, displayName: string): Found {
  const body = isObject(answer.body) ? answer.body : {};
  const groups = (Array.isArray(body.value) ? body.value : []).filter(isObject);
  const exact = groups.filter((group) => group.displayName === displayName);
  const [only, second] = exact;
  if (second !== undefined || body['@odata.nextLink'] !== undefined) {
    const ids = exact.slice(0, 5).map((group) => String(group.id));
    return {
      is: 'failure',
      failure: warning(
        'Failed',
        `several groups are named '${displayName}' (${ids.join(', ')}); rename all but one, or set spec.operatorSpec.creationMode to AlwaysCreate`,
      ),
    };
  }
  return only === undefined ? { is: 'none' } : { is: 'one', group: only };
}

export function idOf(group: JsonObject | undefined): string | undefined {
  return typeof group?.id === 'string' && group.id !== '' ? group.id : undefined;
}
