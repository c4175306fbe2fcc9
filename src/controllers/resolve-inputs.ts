// Resolves what a spec names: references to ARM ids, Secrets and ConfigMaps to values. All of it in the object's own namespace.
// What is missing is told by the field that names it, the object, and the key.

import type { Fields } from '../kinds/fields.ts';
import { RESOURCE_ID } from '../reconcile/annotations.ts';
import { type Failure, fatal, warning } from '../reconcile/failure.ts';
import { needsOf, tooDeep, whereNeeded } from '../reconcile/needs.ts';
import type { Resolved } from '../reconcile/observed.ts';
import type { Inputs } from '../reconcile/to-body.ts';
import { isObject, type JsonObject } from '../values/json.ts';
import type { InputValues, Values } from './inputs.ts';
import type { Store } from './store.ts';

export interface Resolving {
  readonly spec: JsonObject;
  readonly fields: Fields;
  readonly namespace: string;
  /** The object is being deleted: a Secret may be gone already, and a removal goes on without what it does not need. */
  readonly isLeaving: boolean;
}

/** In the contract's order: references, Secrets, whole Secrets, ConfigMaps. The first failure is the one that is told. */
export async function resolveInputs(
  sources: { readonly store: Store; readonly inputs: InputValues },
  resolving: Resolving,
  signal: AbortSignal,
): Promise<Resolved<Inputs>> {
  const { spec, namespace, isLeaving } = resolving;
  const deep = tooDeep(spec);
  if (deep !== undefined) return { ok: false, failure: deep };
  const needs = needsOf(spec, resolving.fields);
  const ids = new Map<string, string>();
  for (const reference of needs.references) {
    const resolved = resolveReference(sources.store, reference, namespace);
    if (!resolved.ok) return missing('ReferenceNotFound', spec, reference, resolved.why);
    ids.set(JSON.stringify(reference), resolved.id);
  }
  const secrets = new Map<string, Values>();
  for (const need of [...needs.secrets, ...needs.secretMaps.map((name) => ({ name }))]) {
    const values = secrets.get(need.name) ?? (await sources.inputs.secret(namespace, need.name, signal));
    const why = lack('Secret', namespace, need, values);
    if (why !== undefined && !isLeaving) return missing('SecretNotFound', spec, need, why);
    if (values !== undefined) secrets.set(need.name, values);
  }
  const configMaps = new Map<string, Values>();
  for (const need of needs.configMaps) {
    const values = configMaps.get(need.name) ?? (await sources.inputs.configMap(namespace, need.name, signal));
    const why = lack('ConfigMap', namespace, need, values);
    if (why !== undefined) return missing('ConfigMapNotFound', spec, need, why);
    if (values !== undefined) configMaps.set(need.name, values);
  }
  return {
    ok: true,
    value: {
      reference: (reference) => found(ids.get(JSON.stringify(reference))),
      wellKnown: (name) => name,
      secret: (name, key) => (isLeaving ? secrets.get(name)?.[key] : found(secrets.get(name)?.[key])),
      secretMap: (name) => (isLeaving ? (secrets.get(name) ?? {}) : found(secrets.get(name))),
      // A ConfigMap's values are not secret; they share the Secrets' way of being fetched and kept.
      configMap: (name, key) => found(configMaps.get(name)?.[key]).reveal(),
    },
  };
}

/** The name that spec.azureNameFromConfig gives; undefined where the spec has no such member. */
export async function resolveName(
  sources: { readonly inputs: InputValues },
  spec: JsonObject,
  namespace: string,
  signal: AbortSignal,
): Promise<Resolved<string> | undefined> {
  const source = spec.azureNameFromConfig;
  if (!isObject(source)) return undefined;
  const need = { name: String(source.name ?? ''), key: String(source.key ?? '') };
  const values = await sources.inputs.configMap(namespace, need.name, signal);
  if (values === undefined)
    return missing('ConfigMapNotFound', spec, source, `ConfigMap '${namespace}/${need.name}' does not exist`);
  const value = values[need.key]?.reveal() ?? '';
  if (value !== '') return { ok: true, value };
  const why =
    lack('ConfigMap', namespace, need, values) ??
    `ConfigMap '${namespace}/${need.name}' has nothing in key '${need.key}'`;
  return { ok: false, failure: fatal('Failed', `spec.azureNameFromConfig: ${why}`) };
}

/** What is not there; undefined: all is. */
function lack(
  kind: 'Secret' | 'ConfigMap',
  namespace: string,
  need: { readonly name: string; readonly key?: string },
  values: Values | undefined,
): string | undefined {
  const named = `${kind} '${namespace}/${need.name}'`;
  if (values === undefined) return `${named} does not exist`;
  return need.key !== undefined && values[need.key] === undefined ? `${named} has no key '${need.key}'` : undefined;
}

function missing(
  code: 'SecretNotFound' | 'ConfigMapNotFound' | 'ReferenceNotFound',
  spec: JsonObject,
  need: JsonObject,
  why: string,
): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: warning(code, `${whereNeeded(spec, need)}: ${why}`, 'soon') };
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('an input was used that was not resolved before');
  return value;
}

function resolveReference(
  store: Store,
  reference: JsonObject,
  namespace: string,
): { readonly ok: true; readonly id: string } | { readonly ok: false; readonly why: string } {
  const refuse = (why: string): { readonly ok: false; readonly why: string } => ({ ok: false, why });
  const text = (member: string): string => (typeof reference[member] === 'string' ? reference[member] : '');
  const [armId, group, kind, name] = [text('armId'), text('group'), text('kind'), text('name')];
  if (armId !== '') {
    if (group !== '' || kind !== '' || name !== '')
      return refuse(`the reference has both armId '${armId}' and a Kubernetes object; give one of them`);
    return armId.startsWith('/')
      ? { ok: true, id: armId }
      : refuse(`armId '${armId.slice(0, 200)}' is not an ARM id; it must begin with '/'`);
  }
  if (group === '' || kind === '' || name === '')
    return refuse(
      `the reference is incomplete (${JSON.stringify(reference).slice(0, 200)}); give armId, or all of group, kind and name`,
    );
  const known = store.kind(group, kind);
  if (known === undefined) return refuse(`no CRD of kind ${kind}.${group} is installed, so '${name}' cannot be found`);
  const entry = store.get(`${known.crd}|${namespace}/${name}`);
  const hint = name.startsWith('/') ? '. To give an ARM id, use armId' : '';
  if (entry === undefined) return refuse(`${kind} '${namespace}/${name}': there is no such object${hint}`);
  const id = entry.object.metadata.annotations?.[RESOURCE_ID];
  return id ? { ok: true, id } : refuse(`${kind} '${namespace}/${name}' has no assigned ARM ID yet`);
}
