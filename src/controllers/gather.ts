// gather: everything one pass knows at its beginning, from the store and the values of what the object names. Asks Azure nothing.

import { mayOwn } from '../arm/id.ts';
import { targetsNamed } from '../exports/plan.ts';
import { chooseCredential, NAMESPACE_SECRET } from '../identity/choose.ts';
import type { CredentialSettings } from '../identity/credential.ts';
import { apiVersionOf, type Kind } from '../kinds/kind.ts';
import type { KubeObject } from '../kube/types.ts';
import { CREDENTIAL_FROM, FINALIZER, RECONCILE_POLICY } from '../reconcile/annotations.ts';
import { type Failure, warning } from '../reconcile/failure.ts';
import type { Hooks } from '../reconcile/hooks.ts';
import type { Observed, Operator, Owner } from '../reconcile/observed.ts';
import { choosePolicy, type ReconcilePolicy } from '../reconcile/policy.ts';
import { isObject, type JsonObject } from '../values/json.ts';
import { ownerReference } from './dependencies.ts';
import type { InputValues } from './inputs.ts';
import type { Namespaces } from './namespaces.ts';
import { resolveInputs, resolveName } from './resolve-inputs.ts';
import { rivalOf } from './rivals.ts';
import type { Schemas } from './schemas.ts';
import type { Entry, Store } from './store.ts';

export interface Sources {
  readonly store: Store;
  readonly inputs: InputValues;
  readonly namespaces: Namespaces;
  readonly schemas: Schemas;
  readonly operator: () => Operator;
  readonly defaultPolicy: ReconcilePolicy;
  readonly credentials: CredentialSettings;
  readonly hooksOf: (kind: Kind) => Hooks;
}

export interface PassStart {
  readonly name: string;
  readonly kind: Kind;
  readonly entry: Entry;
  readonly attempts: number;
  readonly now: number;
  readonly freshUuid: string;
}

export async function gather(sources: Sources, start: PassStart, signal: AbortSignal): Promise<Observed> {
  const { kind, entry } = start;
  const { object } = entry;
  const version = entry.applied;
  const apiVersion = apiVersionOf(kind, version) ?? '';
  const namespace = object.metadata.namespace ?? '';
  const model = await sources.schemas.model(kind, version, apiVersion, signal);
  const spec = isObject(object.spec) ? object.spec : {};
  const owner = ownerOf(sources, kind, spec, namespace);
  await sources.namespaces.learn(namespace, signal);
  const chosen = policyOf(sources, object);
  const inputs = inputsFor(sources.inputs, entry);
  return {
    kind,
    version,
    apiVersion,
    fields: model.spec,
    statusFields: model.status,
    statusShape: model.shape,
    object,
    operator: sources.operator(),
    policy: chosen.policy,
    policyComplaint: chosen.complaint,
    owner,
    ...serverOf(sources, kind, owner),
    credential: await credentialOf({ ...sources, inputs }, object, namespace, signal),
    inputs: await resolveInputs(
      { ...sources, inputs },
      { spec, fields: model.spec, namespace, isLeaving: object.metadata.deletionTimestamp !== undefined },
      signal,
    ),
    nameFromConfig: await resolveName(sources, spec, namespace, signal),
    hooks: sources.hooksOf(kind),
    rival: (id) =>
      rivalOf({ store: sources.store, policyOf: (other) => policyOf(sources, other).policy }, id, start.name),
    attempts: start.attempts,
    now: start.now,
    freshUuid: start.freshUuid,
    answers: {},
    exports: 'pending',
    hasLostExport: targetsNamed(object).some(
      (target) => sources.inputs.isThere(target.kind, namespace, target.name) === false,
    ),
  };
}

/**
 * What an object may read. One that is deleted together with its Secrets reads them as they were. To one that is not claimed yet no Secret
 * is absent for not being told yet: without its namespace's credential it would go to the operator's subscription, for good.
 */
function inputsFor(inputs: InputValues, { object: { metadata }, seenAt }: Entry): InputValues {
  if (metadata.finalizers?.includes(FINALIZER) !== true)
    return { ...inputs, secret: (namespace, name, signal) => inputs.secret(namespace, name, signal, seenAt) };
  const deletedAt = Date.parse(metadata.deletionTimestamp ?? '');
  if (Number.isNaN(deletedAt)) return inputs;
  return {
    ...inputs,
    secret: async (namespace, name, signal) =>
      (await inputs.secret(namespace, name, signal)) ?? inputs.lastSecret(namespace, name, deletedAt),
  };
}

/** The policy that holds for an object. */
export function policyOf(
  sources: Pick<Sources, 'store' | 'defaultPolicy'>,
  object: KubeObject,
): ReturnType<typeof choosePolicy> {
  return choosePolicy({
    object: object.metadata.annotations?.[RECONCILE_POLICY],
    namespace: sources.store.namespace(object.metadata.namespace ?? '')?.[RECONCILE_POLICY],
    fallback: sources.defaultPolicy,
  });
}

function ownerOf(sources: Sources, kind: Kind, spec: JsonObject, namespace: string): Owner {
  const [reference] = ownerReference(spec, kind);
  if (reference === undefined) return { state: 'none' };
  const text = (member: string): string => (typeof reference[member] === 'string' ? reference[member] : '');
  if (text('armId') !== '') return armOwner(sources.store, kind, { armId: text('armId'), name: text('name') });
  const [group, target, name] = [text('group'), text('kind'), text('name')];
  if (group === '' || target === '' || name === '') {
    const wanted = kind.map.owner === 'any' ? 'armId, or all of group, kind and name' : 'armId or name';
    return unresolved(warning('Failed', `spec.owner is incomplete; give ${wanted}`));
  }
  const owner = sources.store.kind(group, target);
  if (owner === undefined)
    return unresolved(
      warning(
        'WaitingForOwner',
        `owner ${target}.${group} '${name}': the CRD of kind ${target}.${group} is not installed; progress is blocked until it is`,
        'soon',
      ),
    );
  const entry = sources.store.get(`${owner.crd}|${namespace}/${name}`);
  if (entry !== undefined) return { state: 'object', kind: owner, object: entry.object };
  const hint = name.startsWith('/') ? '. To give an ARM id, use owner.armId' : '';
  const missing = unresolved(
    warning(
      'WaitingForOwner',
      `owner ${target} '${namespace}/${name}' does not exist; progress is blocked until it is created${hint}`,
      'soon',
    ),
  );
  return sources.store.isWhole(owner) ? { ...missing, isMissing: true } : missing;
}

/** More owners above each other than any kind has. */
const MAX_OWNERS = 8;

/** The nearest object above, the owner first, of the kind that is the server of this one. */
function serverOf(sources: Sources, kind: Kind, owner: Owner): { readonly server?: Owner } {
  const wanted = kind.map.backend?.server;
  if (wanted === undefined) return {};
  let above = owner;
  for (let hops = 0; hops < MAX_OWNERS; hops += 1) {
    if (above.state !== 'object' || (above.kind.group === wanted.group && above.kind.kind === wanted.kind)) break;
    const { spec, metadata } = above.object;
    above = ownerOf(sources, above.kind, isObject(spec) ? spec : {}, metadata.namespace ?? '');
  }
  return { server: above };
}

function armOwner(store: Store, kind: Kind, { armId, name }: { readonly armId: string; readonly name: string }): Owner {
  if (name !== '') return unresolved(warning('Failed', 'spec.owner has both armId and name; give one of them'));
  const id = armId.replace(/\/+$/, '');
  const { owner, type } = kind.map;
  if (owner === undefined || owner === 'any' || type === undefined) return { state: 'arm', id };
  const allowed = mayOwn(id, type);
  const expected = store.kind(owner.group, owner.kind);
  return allowed.ok
    ? { state: 'arm', id, ...(expected === undefined ? {} : { kind: expected }) }
    : unresolved(warning('Failed', `spec.owner.armId: ${allowed.why}`));
}

function unresolved(failure: Failure): Extract<Owner, { readonly state: 'unresolved' }> {
  return { state: 'unresolved', failure };
}

async function credentialOf(
  sources: Sources,
  object: KubeObject,
  namespace: string,
  signal: AbortSignal,
): Promise<Observed['credential']> {
  const named = object.metadata.annotations?.[CREDENTIAL_FROM];
  const isName = named !== undefined && named !== '' && !named.includes('/');
  const choice = chooseCredential({
    namespace,
    named,
    namedSecret: isName ? await sources.inputs.secret(namespace, named, signal) : undefined,
    namespaceSecret: named === undefined ? await sources.inputs.secret(namespace, NAMESPACE_SECRET, signal) : undefined,
    settings: sources.credentials,
  });
  return choice.ok ? { ok: true, value: choice } : { ok: false, failure: warning('Failed', choice.why) };
}
