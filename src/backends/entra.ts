// Entra's security groups, over Microsoft Graph: through the same door as ARM, with Graph's endpoint and audience.

import { ArmError } from '../arm/client.ts';
import type { ArmAnswer, ArmRequest } from '../arm/request.ts';
import type { Cloud, Credential } from '../identity/credential.ts';
import { tokenRefusal } from '../identity/refusal.ts';
import type { BackendAnswer, BackendRequest } from '../reconcile/backend.ts';
import { classifyAnswer } from '../reconcile/classify.ts';
import { type Failure, warning } from '../reconcile/failure.ts';
import type { LostAnswer } from '../reconcile/observed.ts';
import { isObject, type JsonObject } from '../values/json.ts';
import type { Acting, AzureDoors, Backend } from './backend.ts';
import { graphEndpoint } from './clouds.ts';
import { createGroup, deleteGroup, foundIn, getGroup, idOf, searchGroups, updateGroup } from './entra-group.ts';
import { text } from './user-goal.ts';

/** Graph shows a new group everywhere only after a while: one that was there a moment ago is not gone. */
const SETTLING_MS = 2 * 60_000;

type Graph = (request: ArmRequest) => Promise<ArmAnswer | LostAnswer>;

export function backend(doors: AzureDoors): Backend {
  const answering =
    (work: (graph: Graph, request: BackendRequest) => Promise<BackendAnswer>) =>
    async (request: BackendRequest, acting: Acting): Promise<BackendAnswer> => {
      const { credential } = acting;
      if (!credential.ok) return { state: 'refused', failure: credential.failure };
      const { cloud } = credential.value.credential;
      const endpoint = graphEndpoint(cloud);
      if (endpoint === undefined) return { state: 'refused', failure: unknownCloud(cloud) };
      const by = { ...credential.value, endpoint, signal: acting.signal };
      return work((sent) => sendTo(doors, by, sent), request);
    };
  return { observe: answering(observe), apply: answering(apply), remove: answering(remove) };
}

function unknownCloud(cloud: Cloud): Failure {
  return warning(
    'Failed',
    `which Microsoft Graph belongs to the authority ${cloud.authorityHost} is not known; set AZURE_GRAPH_ENDPOINT`,
  );
}

interface By {
  readonly credential: Credential;
  readonly from: string;
  readonly endpoint: string;
  readonly signal: AbortSignal;
}

async function sendTo({ arm, tokens }: AzureDoors, by: By, sent: ArmRequest): Promise<ArmAnswer | LostAnswer> {
  const { credential, endpoint } = by;
  const principal = {
    key: `${credential.key}|${endpoint}`,
    endpoint,
    audience: endpoint,
    additionalTenants: [],
    tokenCredential: () => tokens(credential),
  };
  try {
    return await arm(sent, principal, by.signal);
  } catch (error) {
    if (!(error instanceof ArmError)) throw error;
    if (error.code !== 'token') return { lost: error.message };
    const { message, retry } = tokenRefusal(error.cause, credential, by.from);
    return { lost: message, token: retry };
  }
}

/** In policy skip: a group that was never made or adopted is nothing to look at, and no failure (contract 16.6). */
async function observe(graph: Graph, request: BackendRequest): Promise<BackendAnswer> {
  const id = knownId(request);
  if (id === undefined) return { state: 'present', shows: {} };
  const answer = await graph(getGroup(id));
  if (isGone(answer)) return { state: 'absent' };
  return shownBy(answer);
}

async function apply(graph: Graph, request: BackendRequest): Promise<BackendAnswer> {
  const found = await find(graph, request);
  if (found.is === 'failure') return { state: 'refused', failure: found.failure };
  if (found.is === 'none') return shownBy(await graph(createGroup(request.goal)));
  const id = idOf(found.group);
  if (id !== undefined && id !== request.id) return { state: 'found', id };
  const update = updateGroup(request.goal, found.group);
  if (update === undefined) return present(found.group);
  const updated = await graph(update);
  if ('lost' in updated || updated.status >= 300) return refused(updated);
  // PATCH answers with nothing; what was sent is what is there now.
  return present({ ...found.group, ...(update.body as JsonObject) });
}

/** The group that the object stands for: by its id, else, unless a new one is wanted in any case, by its name. */
async function find(graph: Graph, request: BackendRequest): ReturnType<typeof search> {
  const id = knownId(request);
  if (id === undefined) return search(graph, request);
  const answer = await graph(getGroup(id));
  if (!isGone(answer)) {
    const shown = shownBy(answer);
    return shown.state === 'refused' ? { is: 'failure', failure: shown.failure } : { is: 'one', group: bodyOf(answer) };
  }
  const ago = request.appliedAgoMs;
  if (ago === undefined || ago > SETTLING_MS) return search(graph, request);
  const message = `group ${id} is not found, but it was there ${Math.round(ago / 1000)} s ago; it is looked at again before it is taken for gone`;
  return { is: 'failure', failure: warning('Failed', message, 'soon') };
}

async function search(graph: Graph, request: BackendRequest): Promise<ReturnType<typeof foundIn>> {
  if (request.operatorSpec.creationMode === 'AlwaysCreate') return { is: 'none' };
  const name = text(request.goal.displayName);
  const answer = await graph(searchGroups(name));
  if ('lost' in answer || answer.status >= 300) return { is: 'failure', failure: failureOf(answer) };
  return foundIn(answer, name);
}

async function remove(graph: Graph, request: BackendRequest): Promise<BackendAnswer> {
  const id = knownId(request);
  if (id === undefined) return { state: 'absent' };
  const answer = await graph(deleteGroup(id));
  return isGone(answer) || (!('lost' in answer) && answer.status < 300) ? { state: 'absent' } : refused(answer);
}

/** A tool that strips annotations leaves the status alone. */
function knownId(request: BackendRequest): string | undefined {
  return request.id ?? (text(request.status.entraID as string | undefined) || undefined);
}

function isGone(answer: ArmAnswer | LostAnswer): boolean {
  return !('lost' in answer) && answer.status === 404;
}

function shownBy(answer: ArmAnswer | LostAnswer): BackendAnswer {
  return 'lost' in answer || answer.status >= 300 ? refused(answer) : present(bodyOf(answer));
}

function present(group: JsonObject): BackendAnswer {
  const id = idOf(group);
  return { state: 'present', shows: group, ...(id === undefined ? {} : { id }) };
}

function bodyOf(answer: ArmAnswer | LostAnswer): JsonObject {
  return !('lost' in answer) && isObject(answer.body) ? answer.body : {};
}

function refused(answer: ArmAnswer | LostAnswer): BackendAnswer {
  return { state: 'refused', failure: failureOf(answer) };
}

/** Graph's errors have ARM's shape; their codes are no reasons of conditions (contract 16.6). */
function failureOf(answer: ArmAnswer | LostAnswer): Failure {
  const { code, message, afterMs } = classifyAnswer(answer, {});
  return {
    ...warning('Failed', 'lost' in answer ? message : `Microsoft Graph answered ${answer.status} ${code}: ${message}`),
    ...(afterMs === undefined ? {} : { afterMs }),
  };
}
