// Builders of what a pass observes, with good defaults, and a pass without a network: answers come from a script, writes from arithmetic.

import type { ArmAnswer, ArmRequest } from '../../src/arm/request.ts';
import { compileFields } from '../../src/kinds/fields.ts';
import { apiVersionOf, type Kind } from '../../src/kinds/kind.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import type {
  Action,
  ClaimAction,
  Fill,
  LeaveAction,
  ReleaseAction,
  ReportAction,
} from '../../src/reconcile/action.ts';
import * as names from '../../src/reconcile/annotations.ts';
import { type Condition, readyOf } from '../../src/reconcile/conditions.ts';
import { decide } from '../../src/reconcile/decide.ts';
import { foldAnswer, foldExports, foldObject } from '../../src/reconcile/fold.ts';
import { goalHash } from '../../src/reconcile/goal.ts';
import { writeMemo } from '../../src/reconcile/memo.ts';
import type { LostAnswer, Observed, Owner } from '../../src/reconcile/observed.ts';
import { isObject, type Json, type JsonObject } from '../../src/values/json.ts';
import { mergePatch } from '../../src/values/merge-patch.ts';
import { Secret } from '../../src/values/secret.ts';
import { shippedKinds } from './kinds.ts';

export const SUB = '00000000-0000-0000-0000-000000000001';
export const OTHER_SUB = '00000000-0000-0000-0000-0000000000ff';
export const RG_ID = `/subscriptions/${SUB}/resourceGroups/rg`;
export const ACCOUNT_ID = `${RG_ID}/providers/Microsoft.Storage/storageAccounts/acc`;
export const NOW = Date.parse('2026-11-24T12:00:00Z');
export const OPERATOR = 'azureserviceoperator-system';

export function kindNamed(name: string): Kind {
  const found = shippedKinds().get(name);
  if (found === undefined) throw new Error(`no kind ${name}`);
  return found.kind;
}

export const STORAGE_ACCOUNT = 'storage.azure.com/StorageAccount';
export const RESOURCE_GROUP = 'resources.azure.com/ResourceGroup';

/** An object just applied: nothing of the operator's on it. */
export function fresh(
  parts: { readonly metadata?: JsonObject; readonly spec?: JsonObject; readonly status?: JsonObject } = {},
): KubeObject {
  return {
    apiVersion: 'storage.azure.com/v20250601storage',
    kind: 'StorageAccount',
    metadata: {
      name: 'acc',
      namespace: 'team',
      uid: 'uid-1',
      generation: 1,
      resourceVersion: '10',
      creationTimestamp: '2026-11-24T11:00:00Z',
      ...parts.metadata,
    },
    spec: { azureName: 'acc', location: 'westus2', owner: { name: 'rg' }, ...parts.spec },
    ...(parts.status === undefined ? {} : { status: parts.status }),
  } as unknown as KubeObject;
}

/** An object that was claimed for ACCOUNT_ID. */
export function claimed(parts: Parameters<typeof fresh>[0] = {}): KubeObject {
  const { annotations, ...metadata } = parts.metadata ?? {};
  return fresh({
    ...parts,
    metadata: {
      finalizers: [names.FINALIZER],
      annotations: {
        [names.RESOURCE_ID]: ACCOUNT_ID,
        [names.OPERATOR_NAMESPACE]: OPERATOR,
        [names.LATEST_RECONCILED_GENERATION]: '1',
        ...(isObject(annotations) ? annotations : {}),
      },
      ...metadata,
    },
  });
}

/** The object on its way out. */
export function deleting(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-11-24T11:59:00Z' } };
}

/** The same object with more annotations; null takes one off. */
export function annotated(object: KubeObject, annotations: JsonObject): KubeObject {
  return mergePatch(object as unknown as JsonObject, { metadata: { annotations } }) as unknown as KubeObject;
}

export const READY_GROUP: Owner = ownerGroup();

/** The owner as an object of the cluster: a ResourceGroup, Ready unless told otherwise. */
export function ownerGroup(
  parts: { readonly id?: string | null; readonly ready?: boolean; readonly metadata?: JsonObject } = {},
): Owner {
  const id = parts.id === undefined ? RG_ID : parts.id;
  return {
    state: 'object',
    kind: kindNamed(RESOURCE_GROUP),
    object: {
      apiVersion: 'resources.azure.com/v1api20200601storage',
      kind: 'ResourceGroup',
      metadata: {
        name: 'rg',
        namespace: 'team',
        uid: 'uid-rg',
        annotations: id === null ? {} : { [names.RESOURCE_ID]: id },
        ...parts.metadata,
      },
      spec: {},
      status: { conditions: [condition({ status: parts.ready === false ? 'False' : 'True' })] },
    } as unknown as KubeObject,
  };
}

export function condition(parts: Partial<Condition>): JsonObject {
  return {
    type: 'Ready',
    status: 'True',
    lastTransitionTime: '2026-11-24T11:00:00Z',
    observedGeneration: 1,
    reason: 'Succeeded',
    message: '',
    ...parts,
  } as JsonObject;
}

export type Given = Partial<Omit<Observed, 'kind' | 'credential'>> & {
  readonly kind?: string;
  readonly subscriptionId?: string;
  readonly credential?: Observed['credential'];
};

/** A pass over a claimed, never sent StorageAccount with a Ready owner, unless told otherwise. */
export function observed(given: Given = {}): Observed {
  const { kind: kindName = STORAGE_ACCOUNT, subscriptionId = SUB, ...rest } = given;
  const kind = kindNamed(kindName);
  const version = rest.version ?? Object.keys(kind.map.versions).at(-1) ?? '';
  const apiVersion = apiVersionOf(kind, version) ?? '';
  return {
    kind,
    version,
    apiVersion,
    fields: compileFields(kind.map.spec, apiVersion),
    statusFields: compileFields(kind.map.status, apiVersion),
    statusShape: {
      members: new Map([
        ['id', 'leaf'],
        ['name', 'leaf'],
      ]),
    },
    object: claimed(),
    operator: { namespace: OPERATOR, version: 'v1', syncPeriodMs: 3_600_000, since: 0 },
    policy: 'manage',
    policyComplaint: undefined,
    owner: READY_GROUP,
    credential: {
      ok: true,
      value: { credential: credentialFor(subscriptionId), from: 'system/settings', scope: 'global' },
    },
    inputs: { ok: true, value: NO_INPUTS },
    nameFromConfig: undefined,
    hooks: {},
    rival: () => undefined,
    attempts: 0,
    now: NOW,
    freshUuid: '99999999-9999-4999-8999-999999999999',
    answers: {},
    exports: 'pending',
    hasLostExport: false,
    ...rest,
  };
}

function credentialFor(subscriptionId: string): Extract<Observed['credential'], { ok: true }>['value']['credential'] {
  return {
    key: 'k',
    subscriptionId,
    tenantId: 't',
    clientId: 'c',
    how: { kind: 'clientSecret', secret: new Secret('s') },
    additionalTenants: [],
    cloud: { authorityHost: 'https://login.example', endpoint: 'https://arm.example', audience: 'https://arm.example' },
  };
}

const NO_INPUTS = {
  reference: () => '/ref',
  wellKnown: (name: string) => name,
  secret: () => new Secret('value'),
  secretMap: () => ({}),
  configMap: () => 'value',
};

/** The observed object as one that is Ready and was sent as it is, `ago` milliseconds ago. */
export function settled(given: Given = {}, ago = 60_000): Observed {
  const before = observed(given);
  const { generation = 1, annotations } = before.object.metadata;
  const requestedAt = annotations?.[names.RECONCILE_REQUESTED_AT];
  const status = {
    id: ACCOUNT_ID,
    observedGeneration: generation,
    conditions: [condition({ observedGeneration: generation })],
    ...writeMemo({
      goal: goalHash(before),
      syncedAt: before.now - ago,
      ...(requestedAt === undefined ? {} : { requestedAt }),
    }),
    ...(isObject(before.object.status) ? before.object.status : {}),
  };
  return { ...before, object: { ...before.object, status } as unknown as KubeObject };
}

export const answer = (status: number, body?: Json, headers: Readonly<Record<string, string>> = {}): ArmAnswer => ({
  status,
  headers,
  body,
});
export const refusal = (status: number, code: string, message = 'said so'): ArmAnswer =>
  answer(status, { error: { code, message } });

/** Answers by what they fill; a list is used up one by one. What is not in the script must not be asked. */
export type Script = Readonly<Partial<Record<Fill, ArmAnswer | LostAnswer>>>;

export interface Run {
  readonly end: ReportAction | ReleaseAction | LeaveAction;
  readonly rule: string;
  /** Verb and path of each request, in order. */
  readonly sent: readonly string[];
  readonly requests: readonly ArmRequest[];
  readonly claims: readonly ClaimAction[];
  readonly observed: Observed;
  /** The object after what the pass wrote. */
  readonly after: KubeObject;
  readonly ready: Condition | undefined;
}

const MAX_STEPS = 20;

/** Runs a pass to its end. */
export function run(begun: Observed, script: Script = {}): Run {
  let now = begun;
  const requests: ArmRequest[] = [];
  const claims: ClaimAction[] = [];
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const { rule, action } = decide(now);
    if (action.do === 'claim') {
      claims.push(action);
      now = foldObject(now, patched(now.object, action.patch));
    } else if (action.do === 'send') {
      if (action.fills === 'backend') throw new Error('these scripts know no backend');
      const given = script[action.fills];
      requests.push(action.request);
      if (given === undefined) throw new Error(`'${action.fills}' was asked and is not in the script: ${action.why}`);
      now = foldAnswer(now, action.fills, { request: action.request, answer: given });
    } else if (action.do === 'write') now = foldExports(now, 'written');
    else return ended(now, action, { rule, requests, claims });
  }
  throw new Error('the pass came to no end');
}

function patched(object: KubeObject, patch: JsonObject): KubeObject {
  const before = object as unknown as JsonObject;
  const after = mergePatch(before, patch) as unknown as KubeObject;
  const generation = (object.metadata.generation ?? 1) + (patch.spec === undefined ? 0 : 1);
  return { ...after, metadata: { ...after.metadata, generation } };
}

function ended(
  now: Observed,
  end: Exclude<Action, { do: 'claim' | 'send' | 'write' }>,
  seen: { readonly rule: string; readonly requests: readonly ArmRequest[]; readonly claims: readonly ClaimAction[] },
): Run {
  const after = end.do === 'report' ? reported(now.object, end) : now.object;
  return {
    ...seen,
    end,
    observed: now,
    after,
    sent: seen.requests.map(({ verb, url }) => `${verb} ${url.split('?')[0]}`),
    ready: readyOf(isObject(after.status) ? after.status : undefined),
  };
}

function reported(object: KubeObject, end: ReportAction): KubeObject {
  const noted = annotated(object, end.annotations ?? {});
  return { ...noted, status: { ...end.status, conditions: end.conditions } } as unknown as KubeObject;
}

/** What the next pass over the object observes, so many milliseconds later. */
export function later(ran: Run, ms = 1000, changes: Partial<Observed> = {}): Observed {
  return {
    ...ran.observed,
    object: ran.after,
    answers: {},
    exports: 'pending',
    now: ran.observed.now + ms,
    ...changes,
  };
}
