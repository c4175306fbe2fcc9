// What Secrets and ConfigMaps an object asks for, with their content: destinations and expressions merged by target. Pure.
// Source: contract 6.5, 6.6 and 13; where each value comes from is in the arm-map.

import type { ArmMap } from '../kinds/arm-map.ts';
import { isObject, type Json, type JsonObject } from '../values/json.ts';
import { Secret } from '../values/secret.ts';
import { expressed, expressionsOf, textOf } from './expression-parts.ts';
import { secretsIn } from './expressions.ts';
import { type ExportPart, type ExportTarget, mergeParts, type Parts, type Refused } from './merge.ts';
import { callsOf, type Known, sourceFor, valueFrom } from './source.ts';

export type { ExportTarget } from './merge.ts';

export type Planned = { readonly ok: true; readonly targets: readonly ExportTarget[] } | Refused;

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

/** Names of the calls that some destination or secret expression needs; labels and annotations need none. */
export function callsNeeded(object: { readonly spec?: unknown }, map: ArmMap): readonly string[] {
  const operatorSpec = operatorSpecOf(object);
  const wanted = [
    ...Object.keys(isObject(operatorSpec.secrets) ? operatorSpec.secrets : {}),
    ...expressionsOf(operatorSpec.secretExpressions).flatMap((expression) => secretsIn(textOf(expression.value))),
  ];
  const shown = Object.keys(isObject(operatorSpec.configMaps) ? operatorSpec.configMaps : {});
  return [
    ...new Set([
      ...wanted.flatMap((field) => callsOf(map.secrets?.[field])),
      ...shown.flatMap((field) => callsOf(map.configMaps?.[field])),
    ]),
  ];
}

/** The Secrets and ConfigMaps that an object's exports name, each once. */
export function targetsNamed(object: { readonly spec?: unknown }): readonly Pick<ExportTarget, 'kind' | 'name'>[] {
  const asked = operatorSpecOf(object);
  const named = (fields: Json | undefined, expressions: Json | undefined): readonly string[] => [
    ...new Set(
      [...destinationsOf(fields).map(([, destination]) => destination), ...expressionsOf(expressions)]
        .map((destination) => textOf(destination.name))
        .filter((name) => name !== ''),
    ),
  ];
  return [
    ...named(asked.secrets, asked.secretExpressions).map((name) => ({ kind: 'Secret' as const, name })),
    ...named(asked.configMaps, asked.configMapExpressions).map((name) => ({ kind: 'ConfigMap' as const, name })),
  ];
}

/** Everything to be written, or the first reason why not: a plan is whole or none. */
export function planExports(planning: Planning): Planned {
  const { spec, status } = planning.object;
  const operatorSpec = operatorSpecOf({ spec });
  const known: Known = { ...planning, status };
  const secret = secretTexts(known);
  const all = [
    secretDestinations(known, operatorSpec.secrets, secret),
    // The entra kinds write this member in lower case.
    configDestinations(known, operatorSpec.configMaps ?? operatorSpec.configmaps),
    ...expressed(operatorSpec, { self: selfOf(planning), secret }),
  ];
  const parts: ExportPart[] = [];
  for (const made of all) {
    if (!made.ok) return made;
    parts.push(...made.parts);
  }
  const merged = mergeParts(parts);
  return merged.ok ? merged : { ...merged, retry: 'never' };
}

/** Somebody waits for this Secret: without one of its values nothing is written. */
function secretDestinations(known: Known, asked: Json | undefined, secret: Readonly<Record<string, string>>): Parts {
  const parts: ExportPart[] = [];
  for (const [field, destination] of destinationsOf(asked)) {
    const source = sourceFor(known, known.map.secrets?.[field]);
    // A field that the schema offers and nothing fills (Fleet's userCredentials) is left alone, as in the original.
    if (source === undefined) continue;
    const value = secret[field];
    if (value !== undefined) parts.push(partOf('Secret', destination, value));
    else if (!('call' in source) || source.optional !== true)
      return {
        ok: false,
        why: `could not find a value for operatorSpec.secrets.${field} in what Azure answered`,
        retry: 'slow',
      };
  }
  return { ok: true, parts };
}

/** A value that Azure does not show is no error here. */
function configDestinations(known: Known, asked: Json | undefined): Parts {
  const parts = destinationsOf(asked).flatMap(([field, destination]) => {
    const source = sourceFor(known, known.map.configMaps?.[field]);
    const value = source === undefined ? undefined : valueFrom(known, source);
    return value === undefined ? [] : [partOf('ConfigMap', destination, value)];
  });
  return { ok: true, parts };
}

function partOf(kind: ExportTarget['kind'], destination: JsonObject, value: string): ExportPart {
  const { name, key, labels, annotations } = destination;
  return { kind, name: textOf(name), data: { [textOf(key)]: new Secret(value) }, labels, annotations };
}

/** Every exportable secret that has a value. */
function secretTexts(known: Known): Readonly<Record<string, string>> {
  const fields = Object.entries(known.map.secrets ?? {}).flatMap(([field, sources]) => {
    const source = sourceFor(known, sources);
    const text = source === undefined ? undefined : valueFrom(known, source);
    return text === undefined ? [] : [[field, text] as const];
  });
  return Object.fromEntries(fields);
}

function selfOf(planning: Planning): JsonObject {
  const { metadata, spec, status } = planning.object;
  const { managedFields: _managed, ...rest } = isObject(metadata) ? metadata : {};
  return {
    apiVersion: `${planning.group}/${planning.version}`,
    kind: planning.map.kind,
    metadata: rest,
    spec: spec ?? {},
    status: status ?? {},
  };
}

function operatorSpecOf(object: { readonly spec?: unknown }): JsonObject {
  const { spec } = object;
  return isObject(spec) && isObject(spec.operatorSpec) ? spec.operatorSpec : {};
}

function destinationsOf(asked: Json | undefined): readonly (readonly [string, JsonObject])[] {
  return Object.entries(isObject(asked) ? asked : {}).flatMap(([field, destination]) =>
    isObject(destination) ? [[field, destination] as const] : [],
  );
}
