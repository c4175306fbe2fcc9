// Why a write is refused before anything is done: registration, parents, locks, the body itself, its place, what runs already, and what
// some types ask for. Source: arm-protocol sections 3, 7, 8, 9, 12.

import { parseId } from '../arm/id.ts';
import type { JsonObject } from '../values/json.ts';
import { problemsOf } from './body-schema.ts';
import type { KnownType } from './catalogue.ts';
import { referenceProblem } from './dependents.ts';
import { type Answer, type Request, refuse, refuseAtGateway } from './message.ts';
import { isRegion, plainRegion, regionNames } from './regions.ts';
import { assignmentProblem } from './roles.ts';
import type { Resource, State } from './state.ts';
import { lockAbove, parentOf } from './store.ts';
import { vaultProblem } from './vaults.ts';
import type { World } from './world.ts';

export interface Target {
  readonly path: string;
  readonly apiVersion: string;
  readonly request: Request;
}

export interface Writing {
  readonly type: string;
  readonly known: KnownType | undefined;
  readonly held: Resource | undefined;
}

export function writeProblem(world: World, target: Target, writing: Writing, body: JsonObject): Answer | undefined {
  const { state } = world;
  const namespace = writing.type.split('/')[0] ?? '';
  if (
    (world.settings.unregistered.includes('*') ||
      world.settings.unregistered.some((name) => name.toLowerCase() === namespace.toLowerCase())) &&
    !state.registered.has(namespace.toLowerCase())
  ) {
    const message = `The subscription is not registered to use namespace '${namespace}'. See https://aka.ms/rps-not-found for how to register subscriptions.`;
    return refuseAtGateway(409, 'MissingSubscriptionRegistration', message, {
      details: [{ code: 'MissingSubscriptionRegistration', target: namespace, message }],
    });
  }
  const parent = parentOf(target.path);
  const group = /^\/subscriptions\/[^/]+\/resourcegroups\/([^/]+)/i.exec(target.path);
  if (group !== null && group[0].length !== target.path.length) {
    const held = state.resources.get(group[0].toLowerCase());
    if (held === undefined)
      return refuseAtGateway(404, 'ResourceGroupNotFound', `Resource group '${group[1]}' could not be found.`);
    if (held.operation?.verb === 'DELETE')
      return refuseAtGateway(
        409,
        'ResourceGroupBeingDeleted',
        `The resource group '${group[1]}' is in deprovisioning state and cannot perform this operation.`,
      );
  }
  if (
    parent !== undefined &&
    parseId(parent) !== undefined &&
    !/^\/subscriptions\/[^/]+$/i.test(parent) &&
    !state.resources.has(parent.toLowerCase()) &&
    !isImplied(parent)
  ) {
    return refuseAtGateway(
      404,
      'ParentResourceNotFound',
      `Failed to perform 'write' on resource(s) of type '${writing.type.split('/').slice(1).join('/')}', because the parent resource '${parent}' could not be found.`,
    );
  }
  return (
    lockOn(state, target.path.toLowerCase(), 'write') ??
    schemaProblem(target, writing, body) ??
    placeProblem(target, writing, body) ??
    busyProblem(world, target, writing) ??
    referenceProblem(state, target.path, writing.type, body) ??
    specialProblem(world, target, writing, body)
  );
}

/** Not made by anybody: services below a storage account, the locations of a provider, management groups. */
const IMPLIED = [
  /\/storageaccounts\/[^/]+\/(blob|queue|file|table)services\/default$/i,
  /^\/subscriptions\/[^/]+\/providers\/[^/]+\/locations\/[^/]+$/i,
  /^\/providers\/microsoft\.management\/managementgroups\/[^/]+$/i,
];

function isImplied(parent: string): boolean {
  return IMPLIED.some((pattern) => pattern.test(parent));
}

function schemaProblem(target: Target, writing: Writing, body: JsonObject): Answer | undefined {
  const schema = writing.known?.schemaOf(target.apiVersion);
  if (schema === undefined) return undefined;
  const problems = problemsOf(body, schema);
  const [first] = problems;
  if (first === undefined) return undefined;
  if (first.target === 'location')
    return refuse(400, 'LocationRequired', 'The location property is required for this definition.');
  return refuse(
    400,
    'InvalidParameter',
    `The request has ${problems.length} invalid parameter${problems.length === 1 ? '' : 's'}.`,
    {
      target: first.target,
      details: problems
        .slice(0, 10)
        .map((problem) => ({ code: 'InvalidParameter', target: problem.target, message: problem.message })),
    },
  );
}

function placeProblem(target: Target, writing: Writing, body: JsonObject): Answer | undefined {
  const held = writing.held?.body.location;
  const name = target.path.slice(target.path.lastIndexOf('/') + 1);
  const isGroup = writing.type.toLowerCase() === 'microsoft.resources/resourcegroups';
  if (isGroup && typeof body.location === 'string' && !isRegion(body.location))
    return refuseAtGateway(
      400,
      'LocationNotAvailableForResourceGroup',
      `The provided location '${body.location}' is not available for resource group. List of available regions is '${regionNames().join(',')}'.`,
    );
  if (typeof held !== 'string' || typeof body.location !== 'string' || plainRegion(held) === plainRegion(body.location))
    return undefined;
  return isGroup
    ? refuse(
        409,
        'InvalidResourceGroupLocation',
        `Invalid resource group location '${body.location}'. The Resource group already exists in location '${held}'.`,
      )
    : refuse(
        409,
        'InvalidResourceLocation',
        `The resource '${name}' already exists in location '${held}'. A resource with the same name cannot be created in location '${body.location}'. Please select a new resource name.`,
      );
}

function busyProblem(world: World, target: Target, writing: Writing): Answer | undefined {
  const running = writing.held?.operation;
  if (running === undefined || running.endsAt <= world.now) return undefined;
  if (/containerservice/i.test(writing.type))
    return refuse(
      409,
      'OperationNotAllowed',
      'Operation is not allowed: Another operation (Updating) is in progress, please wait for it to finish before starting a new operation.',
    );
  return refuse(
    409,
    'AnotherOperationInProgress',
    `Another operation on this or dependent resource '${target.path}' is in progress.`,
  );
}

function specialProblem(world: World, target: Target, writing: Writing, body: JsonObject): Answer | undefined {
  const lower = writing.type.toLowerCase();
  if (lower === 'microsoft.authorization/roleassignments')
    return assignmentProblem(world.state, {
      id: target.path,
      body,
      now: world.now,
      principalDelayMs: world.settings.principalDelayMs,
    });
  if (lower === 'microsoft.keyvault/vaults') return vaultProblem(world.state, target.path, body);
  if (lower === 'microsoft.storage/storageaccounts' && writing.held === undefined) {
    const name = target.path.slice(target.path.lastIndexOf('/') + 1).toLowerCase();
    if (world.state.accounts.has(name))
      return refuse(409, 'StorageAccountAlreadyTaken', `The storage account named ${name} is already taken.`);
  }
  return undefined;
}

/** The refusal of a lock on the resource or above it. */
export function lockOn(state: State, key: string, operation: 'write' | 'delete'): Answer | undefined {
  const scope = lockAbove(state, key, operation);
  return scope === undefined
    ? undefined
    : refuseAtGateway(
        409,
        'ScopeLocked',
        `The scope '${key}' cannot perform ${operation} operation because following scope(s) are locked: '${scope}'. Please remove the lock and try again.`,
      );
}
