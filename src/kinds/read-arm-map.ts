// Reads the arm-map annotation of a CRD, the text that write-arm-map.ts writes. What another hand wrote is checked once, here; later code
// believes the types.

import { z } from 'zod';
import type { ArmMap, FieldRule } from './arm-map.ts';
import { apiByName, FLATTENED_ROOT, ruleByName, storageVersionOf, USUAL_OWNER, variantNameOf } from './by-name.ts';

const scoped = { in: z.array(z.string()).optional() };

const rule = z.looseObject({
  ...scoped,
  at: z.string(),
  under: z.string().optional(),
  keep: z.array(z.string()).optional(),
  to: z.string().optional(),
  ref: z.union([z.literal(true), z.literal('wellKnown')]).optional(),
  secret: z.union([z.literal(true), z.literal('map')]).optional(),
  from: z.enum(['configMap', 'secret']).optional(),
  orRef: z.literal(true).optional(),
  identities: z.literal(true).optional(),
  oneOf: z
    .object({ by: z.string(), is: z.union([z.array(z.string()), z.record(z.string(), z.string())]) })
    .transform(({ by, is }) => ({ by, is: Array.isArray(is) ? variantsOf(is) : is }))
    .optional(),
  inline: z.literal(true).optional(),
  most: z.number().int().positive().optional(),
  empty: z.union([z.array(z.never()), z.strictObject({})]).optional(),
});

/** A path alone says what its name says. */
const written = z.union([
  z.string().refine((at) => ruleByName(at) !== undefined, 'a path whose name says nothing needs a rule'),
  rule,
]);

const source = z.union([
  z.looseObject({
    ...scoped,
    call: z.string(),
    at: z.string(),
    decode: z.literal('base64').optional(),
    optional: z.literal(true).optional(),
  }),
  z.looseObject({ ...scoped, status: z.string() }),
  z.looseObject({ ...scoped, id: z.literal('subscription') }),
]);
const sources = z.record(z.string(), z.union([source, z.array(source)]));

const armMap = z.looseObject({
  format: z.literal(1),
  kind: z.string().min(1),
  storage: z.string().min(1).optional(),
  type: z
    .string()
    .regex(/^[A-Za-z0-9.]+(\/[A-Za-z0-9]+)+$/)
    .optional(),
  backend: z
    .looseObject({ name: z.string().min(1), server: z.object({ group: z.string(), kind: z.string() }).optional() })
    .optional(),
  scope: z.enum(['tenant', 'subscription', 'resourceGroup', 'extension']).optional(),
  owner: z
    .string()
    .regex(/^(any|[^/]+\/[^/]+)$/, "expected 'any' or '<group>/<Kind>'")
    .optional(),
  fixedName: z.string().optional(),
  fixedNames: z.record(z.string(), z.string()).optional(),
  nameDefault: z.enum(['uuid', 'none']).optional(),
  verbs: z.array(z.enum(['GET', 'HEAD', 'PUT', 'DELETE'])).optional(),
  versions: z.union([z.array(z.string()), z.record(z.string(), z.string())]),
  spec: z.array(written).optional(),
  status: z.array(written).optional(),
  calls: z
    .record(
      z.string(),
      z.intersection(
        z.object({ api: z.string(), paged: z.literal(true).optional(), waits: z.literal(true).optional() }),
        z.union([z.object({ action: z.string() }), z.object({ of: z.string() })]),
      ),
    )
    .optional(),
  secrets: sources.optional(),
  configMaps: sources.optional(),
  carry: z
    .object({ at: z.string(), how: z.enum(['replace', 'merge']), members: z.record(z.string(), z.unknown()) })
    .optional(),
  blockedBy: z
    .array(
      z.object({
        of: z.enum(['self', 'owner']),
        at: z.string(),
        unless: z.array(z.string()).optional(),
        when: z.array(z.string()).optional(),
      }),
    )
    .optional(),
  errors: z
    .array(
      z.object({
        code: z.string().optional(),
        message: z.union([z.string(), z.array(z.string())]).optional(),
        retry: z.enum(['soon', 'slow', 'verySlow', 'never']),
      }),
    )
    .optional(),
  quirk: z.string().optional(),
});

/** The arm-map in an annotation's text, or a sentence that says what is wrong with it. */
export function readArmMap(
  text: string,
): { readonly ok: true; readonly map: ArmMap } | { readonly ok: false; readonly why: string } {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    return { ok: false, why: `it is not JSON: ${error instanceof Error ? error.message : error}` };
  }
  const checked = armMap.safeParse(data);
  if (!checked.success) {
    const { path, message } = deepest(checked.error.issues);
    return { ok: false, why: `${path.join('.') || 'the whole'}: ${message}` };
  }
  return { ok: true, map: expanded(checked.data) };
}

interface Found {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Where a value may have one of two forms, what is wrong with the form that it comes closest to. */
function deepest(issues: readonly z.core.$ZodIssue[]): Found {
  const [issue] = issues;
  if (issue === undefined) return { path: [], message: 'it is wrong' };
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.map(deepest).sort((a, b) => b.path.length - a.path.length);
  const [nearest] = inner;
  return nearest === undefined || nearest.path.length === 0
    ? issue
    : { path: [...issue.path, ...nearest.path], message: nearest.message };
}

/** The whole map: what the text leaves to the names of things is said here. */
function expanded({ format: _format, ...text }: z.infer<typeof armMap>): ArmMap {
  const isResource = text.type !== undefined;
  const scope = text.scope ?? (isResource ? 'resourceGroup' : undefined);
  const owner = text.owner ?? (scope === 'resourceGroup' ? USUAL_OWNER : undefined);
  const [group = '', kind = ''] = owner?.split('/') ?? [];
  const versions = Array.isArray(text.versions)
    ? Object.fromEntries(text.versions.map((name) => [name, apiByName(name, isResource)]))
    : text.versions;
  const map = {
    ...text,
    storage: text.storage ?? storageVersionOf(Object.keys(versions)),
    ...(scope === undefined ? {} : { scope }),
    ...(owner === undefined ? {} : { owner: owner === 'any' ? owner : { group, kind } }),
    versions,
    spec: rulesOf(text.spec ?? [], isResource),
    status: rulesOf(text.status ?? [], isResource),
  };
  // Checked by zod, whose inferred type differs from ArmMap in readonly and in the depth of `carry.members` only.
  return map as unknown as ArmMap;
}

function rulesOf(texts: readonly z.infer<typeof written>[], isResource: boolean): readonly FieldRule[] {
  const rules = texts.map((text) => (typeof text === 'string' ? { at: text } : (text as FieldRule)));
  const speaking = rules.filter((rule) => rule.at !== '' || !isSilent(rule));
  const said = speaking.map((rule) => (isSilent(rule) ? { ...ruleByName(rule.at), ...rule } : rule));
  const isRootKnown =
    !isResource || rules.some((rule) => rule.at === '' && (isSilent(rule) || rule.under !== undefined));
  return isRootKnown ? said : [...said, FLATTENED_ROOT];
}

/** Discriminator values by the CRD members that stand for them. */
function variantsOf(values: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(values.map((value) => [variantNameOf(value), value]));
}

/** It says where, and at most at which versions. */
function isSilent({ at: _at, in: _in, ...rest }: FieldRule): boolean {
  return Object.keys(rest).length === 0;
}
