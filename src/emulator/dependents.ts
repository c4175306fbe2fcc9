// What other resources have to do with a write or a delete: references that are missing or busy, and users that keep a resource from
// being deleted. Only what recordings show, type by type.

import { isObject, type Json, type JsonObject } from '../values/json.ts';
import { type Answer, refuse } from './message.ts';
import type { Resource, State } from './state.ts';
import { childrenOf } from './store.ts';

interface Demand {
  /** The types that ask, and the types they ask for; in lower case. */
  readonly of: RegExp;
  readonly to: RegExp;
  readonly missing?: (id: string, by: string) => Answer;
  readonly busy?: (id: string, by: string) => Answer;
}

const NETWORK =
  /^microsoft\.network\/(publicipaddresses|virtualnetworks|networkinterfaces|firewallpolicies|loadbalancers)$/;

const DEMANDS: readonly Demand[] = [
  {
    of: /^microsoft\.app\/(containerapps|jobs)$/,
    to: /^microsoft\.app\/managedenvironments$/,
    missing: (id) => refuse(404, 'ManagedEnvironmentNotFound', `Environment '${id}' was not found.`),
    busy: (id) =>
      refuse(400, 'ManagedEnvironmentNotProvisioned', `The environment '${id}' has not been provisioned successfully.`),
  },
  {
    of: /^microsoft\.network\/(applicationgateways|azurefirewalls|loadbalancers|networkinterfaces|privatelinkservices)$/,
    to: NETWORK,
    missing: (id, by) =>
      refuse(
        400,
        'InvalidResourceReference',
        `Resource ${id} referenced by resource ${by} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.`,
      ),
  },
  {
    of: /^microsoft\.network\/azurefirewalls$/,
    to: /^microsoft\.network\/firewallpolicies$/,
    busy: (id) =>
      refuse(
        409,
        'AnotherOperationInProgress',
        `Another operation on this or dependent resource is in progress: ${id}.`,
      ),
  },
  {
    of: /^microsoft\.network\/(bastionhosts|loadbalancers|natgateways|networkinterfaces|privatelinkservices)$/,
    to: NETWORK,
    busy: (id, by) =>
      refuse(429, 'RetryableError', 'A retryable error occurred.', {
        details: [
          {
            code: 'ReferencedResourceNotProvisioned',
            message: `Cannot proceed with operation because resource ${id} used by resource ${by} is not in Succeeded state.`,
          },
        ],
      }),
  },
  {
    of: /^microsoft\.compute\/(virtualmachines|images)$/,
    to: /^microsoft\.(network\/networkinterfaces|compute\/(disks|virtualmachines))$/,
    missing: (id) => refuse(404, 'NotFound', `Resource ${id} not found.`),
  },
  {
    of: /^microsoft\.insights\/datacollectionrules$/,
    to: /^microsoft\.operationalinsights\/workspaces$/,
    missing: (id) =>
      refuse(400, 'WorkspaceNotFound', `Log Analytics workspace destination resource with Id '${id}' does not exist`),
  },
];

/** Why a write is refused for what its body names. */
export function referenceProblem(state: State, id: string, type: string, body: JsonObject): Answer | undefined {
  const demands = DEMANDS.filter((demand) => demand.of.test(type.toLowerCase()));
  if (demands.length === 0) return undefined;
  for (const named of idsIn(body)) {
    const found = topOf(named);
    if (found === undefined || named.toLowerCase().startsWith(`${id.toLowerCase()}/`)) continue;
    for (const demand of demands.filter((candidate) => candidate.to.test(found.type))) {
      const held = state.resources.get(found.key);
      const answer =
        held === undefined ? demand.missing?.(named, id) : isBusy(state, held) ? demand.busy?.(named, id) : undefined;
      if (answer !== undefined) return answer;
    }
  }
  return undefined;
}

/** Something that runs on it or on what is below it. */
function isBusy(state: State, resource: Resource): boolean {
  return [resource, ...childrenOf(state, resource.id.toLowerCase())].some(
    (each) => each.operation !== undefined && each.operation.shows !== 'Failed' && state.running.has(each.operation),
  );
}

/** The top-level resource of an id that lies in a resource group. */
function topOf(id: string): { readonly key: string; readonly type: string } | undefined {
  const match = /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+\/providers\/([^/]+\/[^/]+)\/[^/]+/i.exec(id);
  return match === null ? undefined : { key: match[0].toLowerCase(), type: (match[1] ?? '').toLowerCase() };
}

/** Every ARM id in a body, below a resource group; map keys too. */
export function idsIn(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return /^\/subscriptions\/[^/]+\/resourcegroups\//i.test(value) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap(idsIn);
  return isObject(value)
    ? [...Object.keys(value).flatMap((name) => idsIn(name)), ...Object.values(value).flatMap(idsIn)]
    : [];
}

const SUBNET = (id: string, by: string): Answer =>
  refuse(
    400,
    'InUseSubnetCannotBeDeleted',
    `Subnet ${id.split('/').at(-1)} is in use by ${by} and cannot be deleted. In order to delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.`,
  );

const KEPT_BY_USERS: Readonly<Record<string, (id: string, by: string) => Answer>> = {
  'microsoft.network/publicipaddresses': (id, by) =>
    refuse(
      400,
      'PublicIPAddressCannotBeDeleted',
      `Public IP address ${id} can not be deleted since it is still allocated to resource ${by}.`,
    ),
  'microsoft.network/virtualnetworks': SUBNET,
  'microsoft.network/virtualnetworks/subnets': SUBNET,
};

/** Why a delete is refused: somebody uses the resource, or a part of it. */
export function usersProblem(state: State, resource: Resource): Answer | undefined {
  const key = resource.id.toLowerCase();
  if (resource.type.toLowerCase() === 'microsoft.cache/redis') return linkedProblem(state, resource);
  const refusal = KEPT_BY_USERS[resource.type.toLowerCase()];
  if (refusal === undefined) return undefined;
  const wanted = resource.type.toLowerCase() === 'microsoft.network/virtualnetworks' ? `${key}/subnets/` : key;
  for (const other of state.resources.values()) {
    const type = other.type.toLowerCase();
    if (
      !/^microsoft\.(network\/|compute\/virtualmachinescalesets)/.test(type) ||
      other.id.toLowerCase().startsWith(`${key}/`)
    )
      continue;
    const used = idsIn(other.body).find(
      (id) => id.toLowerCase() === wanted || id.toLowerCase().startsWith(wanted.endsWith('/') ? wanted : `${wanted}/`),
    );
    if (used !== undefined && other !== resource) return refusal(used, other.id);
  }
  return undefined;
}

function linkedProblem(state: State, resource: Resource): Answer | undefined {
  const prefix = `${resource.id.toLowerCase()}/linkedservers/`;
  const key = resource.id.toLowerCase();
  const isLinked = [...state.resources.values()].some(
    (other) =>
      other.type.toLowerCase() === 'microsoft.cache/redis/linkedservers' &&
      (other.id.toLowerCase().startsWith(prefix) || idsIn(other.body).some((id) => id.toLowerCase() === key)),
  );
  return isLinked
    ? refuse(
        400,
        'BadRequest',
        `Cannot delete '${resource.id.split('/').at(-1)}' since it has linked servers associated with it. Please remove the linked server(s) and then try deleting the cache.`,
      )
    : undefined;
}
