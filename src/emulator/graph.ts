// Microsoft Graph's groups, as far as the recording entra-v1 and Graph's public reference show them: search by name, create, read,
// change, delete. New groups are seen late when the settings say so.

import { randomUUID } from 'node:crypto';
import { isObject, type JsonObject } from '../values/json.ts';
import type { Answer, Request } from './message.ts';
import { refuse } from './message.ts';
import type { EmulatorSettings } from './settings.ts';
import type { Group, State } from './state.ts';

const PREFIX = '/v1.0/';

export function isForGraph(request: Request): boolean {
  return request.path.startsWith(PREFIX);
}

interface Directory {
  readonly state: State;
  readonly settings: EmulatorSettings;
  readonly now: number;
}

/** Answers what is below /v1.0/; the caller's token was looked at before. */
export function graph(directory: Directory, request: Request): Answer {
  const [collection, id, ...rest] = request.path.slice(PREFIX.length).split('/').map(decodeURIComponent);
  if (collection !== 'groups' || rest.length > 0)
    return refuse(400, 'BadRequest', `Resource not found for the segment '${collection}'.`);
  if (id === undefined) return ofGroups(directory, request);
  const group = seen(directory).find((candidate) => candidate.id === id.toLowerCase());
  return group === undefined
    ? refuse(
        404,
        'Request_ResourceNotFound',
        `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
      )
    : ofGroup(directory, group, request);
}

/** Groups that this replica of the directory knows by now. */
function seen({ state, settings, now }: Directory): readonly Group[] {
  return [...state.groups.values()].filter((group) => group.madeAt + settings.graphDelayMs <= now);
}

function ofGroups(directory: Directory, request: Request): Answer {
  if (request.method === 'POST') return create(directory, request);
  if (request.method !== 'GET') return refuse(405, 'Request_BadRequest', 'Specified HTTP method is not allowed.');
  const filter = request.query.get('$filter');
  const name = filter === null ? undefined : nameIn(filter);
  if (filter !== null && name === undefined)
    return refuse(400, 'BadRequest', `Invalid filter clause: the expression '${filter}' is not supported here.`);
  const found = seen(directory).filter(
    // `eq` does not regard case.
    (group) => name === undefined || String(group.body.displayName).toLowerCase() === name.toLowerCase(),
  );
  return {
    status: 200,
    body: { '@odata.context': `${request.base}${PREFIX}$metadata#groups`, value: found.map((group) => group.body) },
  };
}

/** The literal of "displayName eq '...'"; a quote inside is doubled. */
function nameIn(filter: string): string | undefined {
  return /^displayName eq '((?:[^']|'')*)'$/.exec(filter.trim())?.[1]?.replaceAll("''", "'");
}

function create({ state, now }: Directory, request: Request): Answer {
  const sent = isObject(request.body) ? request.body : {};
  const problem = createProblem(state, sent);
  if (problem !== undefined) return refuse(400, 'Request_BadRequest', problem);
  const { '@odata.type': _type, ...given } = sent;
  // A Microsoft 365 group has a mailbox, whatever was asked for (recording entra-v1).
  const mailbox = isUnified(sent)
    ? { mailEnabled: true, mail: `${sent.mailNickname}@emulator.onmicrosoft.com` }
    : { mail: null };
  const { id, body } = addGroup(state, { ...given, ...mailbox }, now);
  return {
    status: 201,
    headers: { Location: `${request.base}/v2/directoryObjects/${id}/Microsoft.DirectoryServices.Group` },
    body: { '@odata.context': `${request.base}${PREFIX}$metadata#groups/$entity`, ...body },
  };
}

/** A new group with the members that Graph adds to what was given. */
export function addGroup(state: State, given: JsonObject, now: number): Group {
  const id = randomUUID();
  const made = { id, createdDateTime: new Date(now).toISOString(), description: null, isAssignableToRole: null };
  const group = { id, body: { ...made, groupTypes: [], ...given }, madeAt: now };
  state.groups.set(id, group);
  return group;
}

const REQUIRED: Readonly<Record<string, string>> = {
  displayName: 'string',
  mailNickname: 'string',
  mailEnabled: 'boolean',
  securityEnabled: 'boolean',
};

function createProblem(state: State, sent: JsonObject): string | undefined {
  const missing = Object.entries(REQUIRED).find(
    ([member, type]) => typeof sent[member] !== type || sent[member] === '',
  );
  if (missing !== undefined) return `A value is required for property '${missing[0]}' of resource 'Group'.`;
  const types = Array.isArray(sent.groupTypes) ? sent.groupTypes : [];
  if (types.includes('DynamicMembership') && typeof sent.membershipRule !== 'string')
    return 'Required property membershipRule is missing for a group with dynamic membership.';
  const isTaken = [...state.groups.values()].some(
    ({ body }) => isUnified(body) && isUnified(sent) && body.mailNickname === sent.mailNickname,
  );
  return isTaken ? 'Another object with the same value for property mailNickname already exists.' : undefined;
}

function isUnified(group: JsonObject): boolean {
  return Array.isArray(group.groupTypes) && group.groupTypes.includes('Unified');
}

function ofGroup({ state }: Directory, group: Group, request: Request): Answer {
  switch (request.method) {
    case 'GET':
      return {
        status: 200,
        body: { '@odata.context': `${request.base}${PREFIX}$metadata#groups/$entity`, ...group.body },
      };
    case 'PATCH': {
      const changed = isObject(request.body) ? request.body : {};
      if (changed.isAssignableToRole !== undefined)
        return refuse(400, 'Request_BadRequest', "Property 'isAssignableToRole' is read-only and cannot be set.");
      group.body = { ...group.body, ...changed };
      return { status: 204 };
    }
    case 'DELETE':
      state.groups.delete(group.id);
      return { status: 204 };
    default:
      return refuse(405, 'Request_BadRequest', 'Specified HTTP method is not allowed.');
  }
}
