// perform: carries out one action. With write-exports.ts the only place that writes to the API server, and to Azure.

import type { TokenCredential } from '@azure/core-auth';
import { whyOutOfBounds } from '../arm/bounds.ts';
import { ArmError, type ArmSend } from '../arm/client.ts';
import type { AskBackend } from '../backends/list.ts';
import type { Credential } from '../identity/credential.ts';
import { tokenRefusal } from '../identity/refusal.ts';
import { groupVersion, type Kind } from '../kinds/kind.ts';
import { objectPath } from '../kube/path.ts';
import { refusalOf } from '../kube/refusal.ts';
import type { KubeObject, KubeRequest, KubeSend } from '../kube/types.ts';
import type { AskAction, ClaimAction, ReleaseAction, ReportAction, SendAction } from '../reconcile/action.ts';
import { FIELD_MANAGER, FINALIZER } from '../reconcile/annotations.ts';
import type { Told } from '../reconcile/backend.ts';
import { conditionsOf, nextConditions, verdictOf } from '../reconcile/conditions.ts';
import type { Failure } from '../reconcile/failure.ts';
import type { Asked, Observed } from '../reconcile/observed.ts';
import { equal, isObject, type JsonObject } from '../values/json.ts';

export interface Doors {
  readonly kube: KubeSend;
  readonly arm: ArmSend;
  readonly tokens: (credential: Credential) => TokenCredential;
  readonly backends: AskBackend;
}

/** The API server refused a write: the object changed meanwhile, is gone, or something is wrong that a retry may not mend. */
export class WriteRefused extends Error {
  readonly code: 'conflict' | 'gone' | 'refused';

  constructor(code: WriteRefused['code'], message: string) {
    super(message);
    this.code = code;
  }
}

const MERGE = 'application/merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';

/** Stores the claim and gives the object as it is then. */
export function performClaim(
  doors: Doors,
  observed: Observed,
  action: ClaimAction,
  signal: AbortSignal,
): Promise<KubeObject> {
  return write(doors, { verb: 'PATCH', path: pathOf(observed), contentType: MERGE, body: action.patch }, signal);
}

/** Sends one request to Azure; a lost answer is an answer too. */
export async function performSend(
  doors: Doors,
  observed: Observed,
  action: SendAction,
  signal: AbortSignal,
): Promise<Asked> {
  if (!observed.credential.ok) throw new Error('a request was decided on without a credential');
  const { credential, from } = observed.credential.value;
  const astray = whyOutOfBounds(action.request.url, {
    endpoint: credential.cloud.endpoint,
    subscriptionId: action.request.subscriptionId ?? credential.subscriptionId,
  });
  if (astray !== undefined)
    return { request: action.request, answer: { lost: `not sent: ${astray}`, isOutOfBounds: true } };
  const principal = {
    key: credential.key,
    endpoint: credential.cloud.endpoint,
    audience: credential.cloud.audience,
    // A managed identity has one tenant.
    additionalTenants: credential.how.kind === 'managedIdentity' ? [] : credential.additionalTenants,
    tokenCredential: () => doors.tokens(credential),
  };
  try {
    return { request: action.request, answer: await doors.arm(action.request, principal, signal) };
  } catch (error) {
    if (!(error instanceof ArmError)) throw error;
    if (error.code !== 'token') return { request: action.request, answer: { lost: error.message } };
    const { message, retry } = tokenRefusal(error.cause, credential, from);
    return { request: action.request, answer: { lost: message, token: retry } };
  }
}

/** Asks the kind's backend; what goes wrong there is an answer too. */
export async function performAsk(
  doors: Doors,
  observed: Observed,
  action: AskAction,
  signal: AbortSignal,
): Promise<Told> {
  const { request } = action;
  const name = observed.kind.map.backend?.name ?? '';
  return { request, answer: await doors.backends({ name, request, credential: observed.credential }, signal) };
}

/**
 * What is to be noted (annotations, labels) first, then the whole status, then what is to be taken off; what is already so is not
 * written. A crash between two of them costs no request to Azure: an operation is noted before the status speaks of it, and its token
 * is taken off only when the status tells what it came to. Gives the object as it is then.
 */
export async function performReport(
  doors: Doors,
  observed: Observed,
  action: ReportAction,
  signal: AbortSignal,
): Promise<KubeObject> {
  const status = { ...action.status, conditions: action.conditions };
  const statusPatch = [
    { op: 'test', path: '/metadata/uid', value: observed.object.metadata.uid },
    { op: 'add', path: '/status', value: status },
  ];
  const path = pathOf(observed);
  const requests: readonly KubeRequest[] = [
    ...metadataPatch(path, notes(observed.object, action)),
    ...(equal(observed.object.status, status)
      ? []
      : [{ verb: 'PATCH', path: `${path}/status`, contentType: JSON_PATCH, body: statusPatch } as const]),
    ...metadataPatch(path, leavings(observed.object, action)),
  ];
  let { object } = observed;
  for (const request of requests) object = await write(doors, request, signal);
  return object;
}

function metadataPatch(path: string, metadata: JsonObject): readonly KubeRequest[] {
  return Object.keys(metadata).length === 0 ? [] : [{ verb: 'PATCH', path, contentType: MERGE, body: { metadata } }];
}

/** What is to be said of an object whose pass came to no end. */
export interface Trouble {
  readonly kind: Kind;
  readonly object: KubeObject;
  readonly failure: Failure;
  readonly now: number;
}

/** Writes the conditions alone, so that it succeeds where a whole status did not. */
export function performVerdict(doors: Doors, trouble: Trouble, signal: AbortSignal): Promise<KubeObject> {
  const { kind, object, failure, now } = trouble;
  const { metadata } = object;
  const stored = conditionsOf(isObject(object.status) ? object.status : undefined);
  const conditions = nextConditions(stored, verdictOf(failure), { generation: metadata.generation, now });
  const body = {
    metadata: { uid: metadata.uid },
    status: { conditions, observedGeneration: metadata.generation },
  };
  const path = `${pathOf({ kind, object })}/status`;
  return write(doors, { verb: 'PATCH', path, contentType: MERGE, body }, signal);
}

/** Annotations to set, and labels. */
function notes(object: KubeObject, action: ReportAction): JsonObject {
  const annotations = Object.entries(action.annotations ?? {}).filter(
    ([name, value]) => value !== null && object.metadata.annotations?.[name] !== value,
  );
  const labels = Object.entries(action.labels ?? {}).filter(
    ([name, value]) => object.metadata.labels?.[name] !== value,
  );
  // Labels come at the claim; a stale one alone is written only when it is there, that is, when the object is claimed.
  const isClaimed = object.metadata.finalizers?.includes(FINALIZER) ?? false;
  return {
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    ...(labels.length === 0 || !isClaimed ? {} : { labels: Object.fromEntries(labels) }),
  };
}

/** Annotations to take off. */
function leavings(object: KubeObject, action: ReportAction): JsonObject {
  const annotations = Object.entries(action.annotations ?? {}).filter(
    ([name, value]) => value === null && object.metadata.annotations?.[name] !== undefined,
  );
  return annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) };
}

/** Takes the finalizer off. */
export async function performRelease(
  doors: Doors,
  observed: Observed,
  _action: ReleaseAction,
  signal: AbortSignal,
): Promise<KubeObject> {
  const { finalizers = [], resourceVersion } = observed.object.metadata;
  if (!finalizers.includes(FINALIZER)) return observed.object;
  const body = {
    metadata: {
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      finalizers: finalizers.filter((name) => name !== FINALIZER),
    },
  };
  return write(doors, { verb: 'PATCH', path: pathOf(observed), contentType: MERGE, body }, signal);
}

async function write(doors: Doors, request: KubeRequest, signal: AbortSignal): Promise<KubeObject> {
  const answer = await doors.kube({ ...request, query: { fieldManager: FIELD_MANAGER } }, signal);
  if (answer.status >= 200 && answer.status < 300 && isObject(answer.body))
    return withoutManagedFields(answer.body as unknown as KubeObject);
  const said = refusalOf(answer);
  if (answer.status === 404) throw new WriteRefused('gone', said);
  throw new WriteRefused(
    answer.status === 409 ? 'conflict' : 'refused',
    `${request.verb} ${request.path}: the API server answered ${answer.status} ${said}`,
  );
}

/** Kept objects do not carry managedFields: they are the larger half of an object and nobody reads them twice. */
export function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _managed, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function pathOf({ kind, object }: Pick<Observed, 'kind' | 'object'>): string {
  const { name = '', namespace } = object.metadata;
  return objectPath(groupVersion(kind, kind.storage), kind.plural, {
    name,
    ...(namespace === undefined ? {} : { namespace }),
  });
}
