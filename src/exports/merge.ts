// Gathers what destinations and expressions want written, by target, and says when two of them want the same place. Pure.

import { isObject, type Json } from '../values/json.ts';
import type { Secret } from '../values/secret.ts';

export interface ExportTarget {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly name: string;
  readonly data: Readonly<Record<string, Secret>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** One part of a target, as one destination or expression wants it. */
export interface ExportPart {
  readonly kind: ExportTarget['kind'];
  readonly name: string;
  readonly data: Readonly<Record<string, Secret>>;
  /** An expression made the keys: they may be made of secrets. */
  readonly hasMadeKeys?: boolean;
  readonly labels: Json | undefined;
  readonly annotations: Json | undefined;
}

/** never: only a change of the object helps. slow: Azure may give the value later. */
export type Refused = { readonly ok: false; readonly why: string; readonly retry: 'slow' | 'never' };

/** What some destinations or expressions want written. */
export type Parts = { readonly ok: true; readonly parts: readonly ExportPart[] } | Refused;

export type Merged =
  | { readonly ok: true; readonly targets: readonly ExportTarget[] }
  | { readonly ok: false; readonly why: string };

/** What the API server accepts as a name; anything else would make another path of it. */
const OBJECT_NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** The same data key twice is a clash even with equal values; a label or annotation clashes when the values differ (contract 13). */
export function mergeParts(parts: readonly ExportPart[]): Merged {
  const targets = new Map<
    string,
    {
      kind: ExportTarget['kind'];
      name: string;
      data: Record<string, Secret>;
      labels: Record<string, string>;
      annotations: Record<string, string>;
    }
  >();
  for (const part of parts) {
    if (!OBJECT_NAME.test(part.name))
      return { ok: false, why: `'${part.name.slice(0, 80)}' cannot be the name of a ${part.kind}` };
    const where = `${part.kind} '${part.name}'`;
    const target = targets.get(where) ?? { kind: part.kind, name: part.name, data: {}, labels: {}, annotations: {} };
    targets.set(where, target);
    const twice = Object.keys(part.data).find((key) => Object.hasOwn(target.data, key));
    if (twice !== undefined) {
      const key = part.hasMadeKeys === true ? 'one key' : `key '${twice}'`;
      return { ok: false, why: `two exports write ${key} of ${where}; each key can have one value` };
    }
    Object.assign(target.data, part.data);
    for (const member of ['labels', 'annotations'] as const) {
      const wanted = texts(part[member]);
      const other = Object.keys(wanted).find(
        (key) => Object.hasOwn(target[member], key) && target[member][key] !== wanted[key],
      );
      if (other !== undefined)
        return { ok: false, why: `two exports set ${member} '${other}' of ${where} to different values` };
      Object.assign(target[member], wanted);
    }
  }
  return { ok: true, targets: [...targets.values()] };
}

function texts(value: Json | undefined): Readonly<Record<string, string>> {
  const entries = Object.entries(isObject(value) ? value : {});
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
