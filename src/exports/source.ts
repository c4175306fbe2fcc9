// Values that a kind can export, out of Azure's answers, the status and the id, as the arm-map says. Pure.

import type { ArmMap, ExportSource } from '../kinds/arm-map.ts';
import { isObject, type Json, type JsonObject } from '../values/json.ts';

export interface Known {
  readonly status: Json | undefined;
  readonly map: ArmMap;
  /** CRD version applied. */
  readonly version: string;
  /** ARM id. */
  readonly id: string;
  /** Answers of the secret-bearing calls, by the call's name. */
  readonly answers: Readonly<Record<string, JsonObject>>;
}

export type Sources = ExportSource | readonly ExportSource[] | undefined;

/** The one source that holds for the version applied. */
export function sourceFor(known: Known, sources: Sources): ExportSource | undefined {
  const api = known.map.versions[known.version] ?? '';
  return listOf(sources).find((source) => source.in === undefined || source.in.includes(api));
}

/** The text at a path of a status; undefined when it is absent or empty. */
export function textAt(status: Json | undefined, path: string): string | undefined {
  return scalarText(selectAt(status, path));
}

/** The value as text, or undefined when it is absent or empty. */
export function valueFrom(known: Known, source: ExportSource): string | undefined {
  if ('id' in source) return known.id.split('/')[2] || undefined;
  if ('status' in source) return textAt(known.status, source.status);
  const text = scalarText(selectAt(known.answers[source.call], source.at));
  return text !== undefined && source.decode === 'base64' ? Buffer.from(text, 'base64').toString('utf8') : text;
}

/** Calls that a field may need, in any version. */
export function callsOf(sources: Sources): readonly string[] {
  return listOf(sources).flatMap((source) => ('call' in source ? [source.call] : []));
}

function listOf(sources: Sources): readonly ExportSource[] {
  if (sources === undefined) return [];
  // A list or one: Array.isArray cannot narrow a readonly array out of the union.
  return (Array.isArray(sources) ? sources : [sources]) as readonly ExportSource[];
}

/** A value by path: members, list indexes, and [a.b=value] for the first list item with that member ([name=] for one without it). */
function selectAt(value: Json | undefined, path: string): Json | undefined {
  return path.split('/').reduce<Json | undefined>((held, step) => {
    const [, member, wanted] = /^\[([\w.]+)=(.*)\]$/.exec(step) ?? [];
    if (member !== undefined)
      return Array.isArray(held)
        ? held.find((item) => (scalarText(selectAt(item, member.replaceAll('.', '/'))) ?? '') === wanted)
        : undefined;
    if (Array.isArray(held)) return held[Number(step)];
    return isObject(held) ? held[step] : undefined;
  }, value);
}

function scalarText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
