// The hand-kept facts: src/generate/kinds/<group>.yaml. This file is their format. Everything that the rules of schema.ts get right by
// themselves is absent from them. Body paths are ARM's: `a.b`, `[]` item of a list, `{}` value of a map, `<Value>` variant of a union.

import { z } from 'zod';
import type { Json, JsonObject } from '../values/json.ts';

const json: z.ZodType<Json> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(json), z.record(z.string(), json)]),
);
const versions = z.array(z.string());

/** A path, or a path that holds only in (or not in) some API versions. */
const path = z.union([
  z.string(),
  z.strictObject({ path: z.string(), notIn: versions }),
  z.strictObject({ path: z.string(), onlyIn: versions }),
]);
/** Body path → value, or a value that depends on the API version. */
const byPath = z.record(z.string(), json);
const destination = z.union([
  z.string(),
  z.strictObject({ name: z.string(), versions: versions.optional(), status: z.string().nullable().optional() }),
]);

const exportCall = z.strictObject({
  /** POST action of the resource; or the status path of the id of another resource, which is read. */
  action: z.string().optional(),
  of: z.string().optional(),
  api: z.string(),
  paged: z.literal(true).optional(),
  waits: z.literal(true).optional(),
  optional: z.boolean().optional(),
  decode: z.literal('base64').optional(),
  /** Exported secret → path in the answer. */
  fields: z.record(z.string(), z.string()).optional(),
  /** Exported ConfigMap value → path in the answer. */
  configMaps: z.record(z.string(), z.string()).optional(),
});

const paths = z.array(path).optional();

const kindFacts = z.strictObject({
  kind: z.string(),
  type: z.string().optional(),
  scope: z.enum(['tenant', 'subscription', 'location', 'extension']).optional(),
  /** '<group>/<Kind>', 'any', or 'none'; absent: the resource group. */
  owner: z.string().optional(),
  categories: z.array(z.string()).optional(),
  fixedName: z.string().optional(),
  fixedNames: z.record(z.string(), z.string()).optional(),
  nameDefault: z.enum(['uuid', 'none']).optional(),
  operations: z.array(z.string()).optional(),
  /** CRD version names; the API version follows from the name. */
  versions: z.array(z.string()),
  /** API version → the one whose types stand in for it. */
  typesFrom: z.record(z.string(), z.string()).optional(),
  /** Kinds that do not live behind ARM: their module in src/backends, and '<group>/<Kind>' of the owner that is their server. */
  backend: z.strictObject({ name: z.string(), server: z.string().optional() }).optional(),
  /** Their literal schemas; conditions and the operator's own members are added to the status. */
  spec: byPath.optional(),
  status: byPath.optional(),
  /** Member of their status → member of the backend's answer, where the two names differ. */
  statusFrom: z.record(z.string(), z.string()).optional(),

  operatorSecrets: z.array(destination).optional(),
  operatorConfigMaps: z.array(destination).optional(),
  operatorSpecExtra: byPath.optional(),
  keepProperties: paths,
  flatten: paths,
  prunedToReference: paths,
  secrets: paths,
  secretMaps: paths,
  fromConfig: paths,
  fromSecret: paths,
  removed: paths,
  writable: paths,
  numbers: paths,
  wellKnownName: paths,
  additionalPropertiesMember: paths,
  azureNameFromConfig: paths,
  statusPrunedToId: paths,
  statusRemoved: paths,
  statusNumbers: paths,
  statusKeepProperties: paths,
  /** List in the answer → how many items it may have to be shown in the status. */
  statusAtMost: byPath.optional(),
  /** CEL rules of the whole object, of this kind alone. */
  rules: z.array(z.strictObject({ rule: z.string(), message: z.string() })).optional(),
  references: byPath.optional(),
  compatReferences: byPath.optional(),
  renames: byPath.optional(),
  variantNames: byPath.optional(),
  enums: byPath.optional(),
  required: byPath.optional(),
  constraints: byPath.optional(),
  schemas: byPath.optional(),
  statusSchemas: byPath.optional(),
  added: byPath.optional(),
  statusAdded: byPath.optional(),
  /** Empty values that are sent when the field is unset. */
  empty: byPath.optional(),

  calls: z.record(z.string(), exportCall).optional(),
  secretsFromStatus: z.record(z.string(), z.string()).optional(),
  secretsFromId: z.record(z.string(), z.literal('subscription')).optional(),
  blockedBy: z.array(json).optional(),
  errors: z.array(json).optional(),
  carry: z.strictObject({ at: z.string(), how: z.enum(['replace', 'merge']) }).optional(),
  quirk: z.string().optional(),
  /** Resources that asoctl import leaves where they are: by name, or by a body path that holds a value, the same as another, or not its owner's id. */
  importSkips: z
    .array(
      z.union([
        z.strictObject({ names: z.array(z.string()), because: z.string() }),
        z.strictObject({
          at: z.string(),
          is: z.string().optional(),
          sameAs: z.string().optional(),
          because: z.string(),
        }),
      ]),
    )
    .optional(),
});

export const groupFacts = z.strictObject({ group: z.string(), kinds: z.array(kindFacts) });

export type KindFacts = z.infer<typeof kindFacts>;
export type GroupFacts = z.infer<typeof groupFacts>;
export type PathList = NonNullable<KindFacts['removed']>;

/** Whether a list of paths names this one for this API version. */
export function names(list: PathList | undefined, at: string, api: string): boolean {
  return (list ?? []).some((entry) => {
    if (typeof entry === 'string') return entry === at;
    if (entry.path !== at) return false;
    return 'notIn' in entry ? !entry.notIn.includes(api) : entry.onlyIn.includes(api);
  });
}

/** The value a table holds for a path and API version; undefined when it has none (null is a value). */
export function valueAt(table: JsonObject | undefined, at: string, api: string): Json | undefined {
  if (table === undefined || !Object.hasOwn(table, at)) return undefined;
  return scopedValue(table[at], api);
}

interface Row {
  readonly versions: readonly string[];
  readonly value?: Json;
  readonly unset?: boolean;
}

function scopedValue(entry: Json | undefined, api: string): Json | undefined {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return entry;
  const scoped = entry as {
    readonly onlyIn?: readonly Row[];
    readonly except?: readonly Row[];
    readonly default?: Json;
  };
  if (Array.isArray(scoped.onlyIn)) return scoped.onlyIn.find((row) => row.versions.includes(api))?.value;
  if (!Array.isArray(scoped.except)) return entry;
  const row = scoped.except.find((candidate) => candidate.versions.includes(api));
  if (row === undefined) return scoped.default;
  return row.unset === true ? undefined : row.value;
}

/** All paths of a table with a value for this API version. */
export function entriesFor(table: JsonObject | undefined, api: string): readonly (readonly [string, Json])[] {
  return Object.keys(table ?? {}).flatMap((at) => {
    const value = valueAt(table, at, api);
    return value === undefined ? [] : [[at, value] as const];
  });
}
