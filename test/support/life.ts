// One pass of the core without a cluster: an object of a shipped kind, an Azure that is a function from request to answer, and what
// came of it: the requests in order, what was written, and the action that ended the pass.

import { whyOutOfBounds } from '../../src/arm/bounds.ts';
import type { ArmAnswer, ArmRequest } from '../../src/arm/request.ts';
import type { ExportTarget } from '../../src/exports/plan.ts';
import { hooksNamed } from '../../src/extensions/index.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import type { Action } from '../../src/reconcile/action.ts';
import { FINALIZER, OPERATOR_NAMESPACE, RESOURCE_ID } from '../../src/reconcile/annotations.ts';
import { decide } from '../../src/reconcile/decide.ts';
import type { Failure } from '../../src/reconcile/failure.ts';
import { foldAnswer, foldExports } from '../../src/reconcile/fold.ts';
import type { Asked, Observed } from '../../src/reconcile/observed.ts';
import { isObject, type Json, type JsonObject } from '../../src/values/json.ts';
import { Secret } from '../../src/values/secret.ts';
import { versionOf } from './kinds.ts';

export const SUBSCRIPTION_ID = '00000000-0000-0000-0000-000000000001';

export interface Living {
  readonly apiVersion: string;
  readonly kind: string;
  /** ARM id that the object is claimed for. */
  readonly id: string;
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly isDeleted?: boolean;
  /** Anything else to observe. */
  readonly with?: Partial<Observed>;
}

export interface Pass {
  /** 'VERB path?query', in order. */
  readonly requests: readonly string[];
  readonly sent: readonly ArmRequest[];
  readonly written: readonly ExportTarget[];
  readonly end: Action;
}

export type Azure = (request: ArmRequest) => ArmAnswer;

export const ok = (body?: Json, headers: Readonly<Record<string, string>> = {}): ArmAnswer => ({
  status: 200,
  headers,
  body,
});
export const refusal = (status: number, code: string, message = 'm'): ArmAnswer => ({
  status,
  headers: {},
  body: { error: { code, message } },
});

export const GROUP_ID = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/rg`;

/** An Azure that answers by 'VERB path', the path without its query; a read that is not named finds nothing, a write succeeds. */
export const azureWith =
  (answers: Readonly<Record<string, ArmAnswer>>): Azure =>
  (request) =>
    answers[`${request.verb} ${request.url.split('?')[0]}`] ??
    (request.verb === 'GET' ? refusal(404, 'ResourceNotFound') : ok(request.verb === 'PUT' ? {} : undefined));

/** The body of the PUT; empty when there was none. No secret stands in the bodies of these tests. */
export function putOf(sent: readonly ArmRequest[]): JsonObject {
  return (sent.find((request) => request.verb === 'PUT')?.body ?? {}) as JsonObject;
}

/** The value at a path of members. */
export function memberAt(value: Json | undefined, path: string): Json | undefined {
  return path.split('/').reduce<Json | undefined>((held, member) => (isObject(held) ? held[member] : undefined), value);
}

/** What is never sent, as at the real door: a request into another subscription. Poll URLs of these tests have made-up hosts. */
function strayed(request: ArmRequest): Asked['answer'] | undefined {
  const { url, subscriptionId = SUBSCRIPTION_ID } = request;
  const why = url.startsWith('/') ? whyOutOfBounds(url, { endpoint: 'https://azure.test', subscriptionId }) : undefined;
  return why === undefined ? undefined : { lost: why, isOutOfBounds: true };
}

/** Plays one pass to its end. `write` says what becomes of writing the exports. */
export function pass(living: Living, azure: Azure, write: 'written' | Failure = 'written'): Pass {
  let observed = observedOf(living);
  const sent: ArmRequest[] = [];
  let written: readonly ExportTarget[] = [];
  for (let step = 0; step < 30; step += 1) {
    const { action } = decide(observed);
    if (action.do === 'send' && action.fills !== 'backend') {
      const { request } = action;
      sent.push(request);
      observed = foldAnswer(observed, action.fills, { request, answer: strayed(request) ?? azure(request) });
    } else if (action.do === 'send') {
      throw new Error('these tests have no backend');
    } else if (action.do === 'write') {
      written = action.targets;
      observed = foldExports(observed, write);
    } else {
      return { requests: sent.map((request) => `${request.verb} ${request.url}`), sent, written, end: action };
    }
  }
  throw new Error('the pass has no end');
}

export function observedOf(living: Living): Observed {
  const version = versionOf(living);
  if (version === undefined) throw new Error(`there is no ${living.apiVersion} ${living.kind}`);
  const { kind, apiVersion } = version;
  const object: KubeObject = {
    apiVersion: living.apiVersion,
    kind: living.kind,
    metadata: {
      name: 'object',
      namespace: 'team',
      uid: 'uid-1',
      generation: 1,
      finalizers: [FINALIZER],
      annotations: { [RESOURCE_ID]: living.id, [OPERATOR_NAMESPACE]: 'aso', ...living.annotations },
      ...(living.isDeleted === true ? { deletionTimestamp: '2030-01-01T00:00:00Z' } : {}),
    },
    spec: { azureName: living.id.slice(living.id.lastIndexOf('/') + 1), ...living.spec },
    ...(living.status === undefined ? {} : { status: living.status }),
  };
  return {
    kind,
    version: living.apiVersion.slice(living.apiVersion.indexOf('/') + 1),
    apiVersion,
    fields: version.spec,
    statusFields: version.status,
    statusShape: version.shape,
    object,
    operator: { namespace: 'aso', version: 'v1', syncPeriodMs: 3_600_000, since: 0 },
    policy: 'manage',
    policyComplaint: undefined,
    owner: { state: 'none' },
    credential: {
      ok: true,
      // Of a credential the core reads the subscription alone.
      value: { credential: { subscriptionId: SUBSCRIPTION_ID }, from: 'aso/x', scope: 'global' } as never,
    },
    inputs: {
      ok: true,
      value: {
        reference: (reference) => String(reference.armId ?? reference.name),
        wellKnown: (name) => name,
        secret: () => new Secret('secret'),
        secretMap: () => ({}),
        configMap: () => 'value',
      },
    },
    nameFromConfig: undefined,
    hooks: hooksNamed(kind.map.quirk),
    rival: () => undefined,
    attempts: 0,
    now: Date.parse('2030-01-01T00:00:00Z'),
    freshUuid: '00000000-0000-4000-8000-000000000000',
    answers: {},
    exports: 'pending',
    hasLostExport: false,
    ...living.with,
  };
}

/** The Ready condition of a report: 'True', or 'severity reason: message'. */
export function verdictOf(end: Action): string {
  if (end.do !== 'report') return end.do;
  const ready = end.conditions.find((condition) => condition.type === 'Ready');
  return ready?.status === 'True' ? 'True' : `${ready?.severity} ${ready?.reason}: ${ready?.message}`;
}
