// The field rules of one API version as a tree by CRD path, so that a walk over an object meets its exceptions on the way.

import { type FieldRule, TOP_MEMBERS } from './arm-map.ts';

export interface Fields {
  readonly children: ReadonlyMap<string, Fields>;
  /** The object here is flattened. */
  readonly under?: string;
  readonly keep: ReadonlySet<string>;
  /** The object here holds variants; `to` is where the chosen one's members go. */
  readonly oneOf?: NonNullable<FieldRule['oneOf']> & { readonly to?: string };
  /** What is special about this member itself. */
  readonly member?: FieldRule;
}

export const NO_FIELDS: Fields = { children: new Map(), keep: new Set() };

/** The rules that hold for an API version, by path. */
export function compileFields(rules: readonly FieldRule[], apiVersion: string): Fields {
  const held = rules.filter((rule) => rule.in === undefined || rule.in.includes(apiVersion));
  return branch(held.map((rule) => ({ rule, path: rule.at === '' ? [] : rule.at.split('/') })));
}

interface Entry {
  readonly rule: FieldRule;
  readonly path: readonly string[];
}

function branch(entries: readonly Entry[]): Fields {
  const here = entries.filter((entry) => entry.path.length === 0).map((entry) => entry.rule);
  const below = new Map<string, Entry[]>();
  for (const { rule, path } of entries) {
    const [head, ...rest] = path;
    if (head === undefined) continue;
    const list = below.get(head) ?? [];
    list.push({ rule, path: rest });
    below.set(head, list);
  }
  const flattened = here.find((rule) => rule.under !== undefined);
  const variants = here.find((rule) => rule.oneOf !== undefined);
  const member = memberRule(here.filter((rule) => rule !== variants));
  return {
    children: new Map([...below].map(([name, list]) => [name, branch(list)])),
    keep: keptBy(flattened),
    ...(flattened?.under === undefined ? {} : { under: flattened.under }),
    ...(variants?.oneOf === undefined
      ? {}
      : { oneOf: { ...variants.oneOf, ...(variants.to === undefined ? {} : { to: variants.to }) } }),
    ...(member === undefined ? {} : { member }),
  };
}

const NONE: ReadonlySet<string> = new Set();

function keptBy(flattened: FieldRule | undefined): ReadonlySet<string> {
  if (flattened === undefined) return NONE;
  return flattened.keep === undefined ? TOP_MEMBERS : new Set(flattened.keep);
}

/** All that is said of the member itself, in one rule; undefined when it is only flattened. */
function memberRule(rules: readonly FieldRule[]): FieldRule | undefined {
  const said = rules.map(({ under: _under, keep: _keep, in: _in, ...rest }) => rest);
  const [first, ...others] = said.filter((rule) => Object.keys(rule).length > 1);
  return first === undefined ? undefined : Object.assign({}, first, ...others);
}

/** Where a member of an object stands in the body object of its holder. */
export function placeOf(fields: Fields, name: string): readonly string[] {
  const to = fields.children.get(name)?.member?.to;
  if (to !== undefined) return to.split('/');
  return fields.under === undefined || fields.keep.has(name) ? [name] : [fields.under, name];
}
