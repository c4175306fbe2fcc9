// What Secrets and ConfigMaps an object asks for, with their content: destinations and expressions merged by target. Pure.
// Source: contract 6.5, 6.6 and 13; where each value comes from is in the arm-map.

import type { ArmMap, ExportSource } from '../kinds/arm-map.ts';
import { isObject, type Json, type JsonObject } from '../values/json.ts';
import { Secret } from '../values/secret.ts';
import { evaluate, secretsIn } from './expressions.ts';

export interface ExportTarget {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
  readonly data: Readonly<Record<string, Secret>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export type Planned =
  | { readonly ok: true; readonly targets: readonly ExportTarget[] }
  /** never: only a change of the object helps. slow: Azure may give the value later. */
  | { readonly ok: false; readonly why: string; readonly retry: 'slow' | 'never' };

export interface Planning {
  readonly object: JsonObject;
  readonly map: ArmMap;
  readonly group: string;
  /** CRD version applied. */
  readonly version: string;
  /** ARM id. */
  readonly id: string;
  /** Answers of the secret-bearing calls, by the call's name. */
  readonly answers: Readonly<Record<string, JsonObject>>;
}

/** Names of the secret-bearing calls that some destination or expression needs. */
export function callsNeeded(object: { readonly spec?: unknown }, map: ArmMap): readonly string[] {
  const operatorSpec = operatorSpecOf(object);
  const wanted = [
    ...Object.keys(isObject(operatorSpec.secrets) ? operatorSpec.secrets : {}),
    ...expressionsOf(operatorSpec.secretExpressions).flatMap((expression) => secretsIn(textOf(expression.value))),
  ];
  const calls = wanted.flatMap((field) => sourcesOf(map.secrets?.[field]).flatMap((source) => ('call' in source ? [source.call] : [])));
  return [...new Set(calls)];
}

export function planExports(planning: Planning): Planned {
  const operatorSpec = operatorSpecOf(planning.object);
  const secrets = secretValues(planning);
  const merge = new Merge();
  const problem =
    destinations(operatorSpec.secrets, 'Secret', merge, (field) => secrets[field]) ??
    destinations(operatorSpec.configMaps, 'ConfigMap', merge, (field) => configValue(planning, field)) ??
    expressions(planning, operatorSpec.secretExpressions, 'Secret', merge, secrets) ??
    expressions(planning, operatorSpec.configMapExpressions, 'ConfigMap', merge, {});
  if (problem !== undefined) return problem;
  return merge.clash === undefined ? { ok: true, targets: merge.targets() } : { ok: false, why: merge.clash, retry: 'never' };
}

function destinations(asked: Json | undefined, kind: ExportTarget['kind'], merge: Merge, valueOf: (field: string) => Secret | undefined): Planned | undefined {
  for (const [field, destination] of Object.entries(isObject(asked) ? asked : {})) {
    if (!isObject(destination)) continue;
    const value = valueOf(field);
    if (value !== undefined) merge.add({ kind, destination, data: { [textOf(destination.key)]: value } });
    // An absent status value is no error for a ConfigMap; a Secret that somebody waits for must not be written without it.
    else if (kind === 'Secret') return { ok: false, why: `could not find a value for operatorSpec.secrets.${field} in what Azure answered`, retry: 'slow' };
  }
  return undefined;
}

function expressions(planning: Planning, asked: Json | undefined, kind: ExportTarget['kind'], merge: Merge, secrets: Readonly<Record<string, Secret>>): Planned | undefined {
  const self = selfOf(planning);
  const scope = { self, secret: Object.fromEntries(Object.entries(secrets).map(([field, value]) => [field, value.reveal()])) };
  for (const expression of expressionsOf(asked)) {
    const result = evaluate(textOf(expression.value), scope);
    if (!result.ok) return { ok: false, why: result.why, retry: 'never' };
    const key = textOf(expression.key);
    if (typeof result.value === 'string' && key === '') return { ok: false, why: `expression '${textOf(expression.value)}' gave a string, so its destination needs a key`, retry: 'never' };
    if (typeof result.value !== 'string' && key !== '') return { ok: false, why: `expression '${textOf(expression.value)}' gave a map, so its destination must not have a key`, retry: 'never' };
    const texts = typeof result.value === 'string' ? { [key]: result.value } : result.value;
    const metadata = metadataOf(expression, scope);
    if ('ok' in metadata) return metadata;
    merge.add({ kind, destination: { name: expression.name ?? '', ...metadata }, data: Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, new Secret(text)])) });
  }
  return undefined;
}

/** Labels and annotations of an expression's destination are expressions themselves. */
function metadataOf(expression: JsonObject, scope: { readonly self: JsonObject; readonly secret: Readonly<Record<string, string>> }): { labels: JsonObject; annotations: JsonObject } | Extract<Planned, { ok: false }> {
  const made: { labels: Record<string, string>; annotations: Record<string, string> } = { labels: {}, annotations: {} };
  for (const part of ['labels', 'annotations'] as const) {
    for (const [key, text] of Object.entries(isObject(expression[part]) ? expression[part] : {})) {
      const result = evaluate(textOf(text), scope);
      if (!result.ok && !result.why.endsWith('gave an empty result')) return { ok: false, why: result.why, retry: 'never' };
      if (result.ok && typeof result.value !== 'string') return { ok: false, why: `expression '${textOf(text)}' for ${part} '${key}' must give a string`, retry: 'never' };
      made[part][key] = result.ok ? String(result.value) : '';
    }
  }
  return made;
}

/** Gathers destinations by target and notices when two of them want the same place. */
class Merge {
  // A class: it grows while destinations are walked, and the clash it has met must survive until the end.
  readonly #targets = new Map<string, { kind: ExportTarget['kind']; name: string; data: Record<string, Secret>; labels: Record<string, string>; annotations: Record<string, string> }>();
  clash: string | undefined;

  add(part: { readonly kind: ExportTarget['kind']; readonly destination: JsonObject; readonly data: Readonly<Record<string, Secret>> }): void {
    const name = textOf(part.destination.name);
    const id = `${part.kind} '${name}'`;
    const target = this.#targets.get(id) ?? { kind: part.kind, name, data: {}, labels: {}, annotations: {} };
    this.#targets.set(id, target);
    for (const [key, value] of Object.entries(part.data)) {
      if (Object.hasOwn(target.data, key)) this.clash ??= `two exports write key '${key}' of ${id}; each key can have one value`;
      target.data[key] = value;
    }
    for (const member of ['labels', 'annotations'] as const) {
      for (const [key, value] of Object.entries(isObject(part.destination[member]) ? part.destination[member] : {})) {
        if (Object.hasOwn(target[member], key) && target[member][key] !== value) this.clash ??= `two exports set ${member} '${key}' of ${id} to different values`;
        target[member][key] = textOf(value);
      }
    }
  }

  targets(): readonly ExportTarget[] {
    return [...this.#targets.values()];
  }
}

/** Every exportable secret of which Azure's answers or the status hold a value; empty ones are left out. */
function secretValues(planning: Planning): Readonly<Record<string, Secret>> {
  const found = Object.keys(planning.map.secrets ?? {}).flatMap((field) => {
    const source = sourcesOf(planning.map.secrets?.[field]).find((candidate) => candidate.in === undefined || candidate.in.includes(apiOf(planning)));
    const text = source === undefined ? undefined : sourceText(planning, source);
    return text ? [[field, new Secret(text)] as const] : [];
  });
  return Object.fromEntries(found);
}

function configValue(planning: Planning, field: string): Secret | undefined {
  const source = sourcesOf(planning.map.configMaps?.[field]).find((candidate) => candidate.in === undefined || candidate.in.includes(apiOf(planning)));
  const text = source === undefined ? undefined : sourceText(planning, source);
  return text ? new Secret(text) : undefined;
}

function sourceText(planning: Planning, source: ExportSource): string | undefined {
  if ('id' in source) return planning.id.split('/')[2];
  if ('status' in source) return scalarText(selectAt(planning.object.status, source.status));
  const text = scalarText(selectAt(planning.answers[source.call], source.at));
  return text !== undefined && source.decode === 'base64' ? Buffer.from(text, 'base64').toString('utf8') : text;
}

function apiOf(planning: Planning): string {
  return planning.map.versions[planning.version] ?? '';
}

/** A value by path: members, list indexes, and [name=value] for the first list item with that member. */
function selectAt(value: Json | undefined, path: string): Json | undefined {
  return path.split('/').reduce<Json | undefined>((held, step) => {
    const selector = /^\[(\w+)=(.*)\]$/.exec(step);
    if (selector !== null) {
      const [, member = '', wanted = ''] = selector;
      return Array.isArray(held) ? held.find((item) => isObject(item) && (item[member] ?? '') === wanted) : undefined;
    }
    if (Array.isArray(held)) return held[Number(step)];
    return isObject(held) ? held[step] : undefined;
  }, value);
}

function scalarText(value: Json | undefined): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function selfOf(planning: Planning): JsonObject {
  const { metadata, spec, status } = planning.object;
  const { managedFields: _managed, ...rest } = isObject(metadata) ? metadata : {};
  return { apiVersion: `${planning.group}/${planning.version}`, kind: planning.map.kind, metadata: rest, spec: spec ?? {}, status: status ?? {} };
}

function operatorSpecOf(object: { readonly spec?: unknown }): JsonObject {
  const { spec } = object;
  return isObject(spec) && isObject(spec.operatorSpec) ? spec.operatorSpec : {};
}

function expressionsOf(asked: Json | undefined): readonly JsonObject[] {
  return Array.isArray(asked) ? asked.filter(isObject) : [];
}

function sourcesOf(source: ExportSource | readonly ExportSource[] | undefined): readonly ExportSource[] {
  if (source === undefined) return [];
  // A list or one: Array.isArray cannot narrow a readonly array out of the union.
  return (Array.isArray(source) ? source : [source]) as readonly ExportSource[];
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
