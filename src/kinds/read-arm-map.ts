// Reads the arm-map annotation of a CRD. What another hand wrote is checked once, here; later code believes the types.

import { z } from 'zod';
import type { ArmMap, FieldRule } from './arm-map.ts';

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
  oneOf: z.object({ by: z.string(), is: z.record(z.string(), z.string()) }).optional(),
  inline: z.literal(true).optional(),
  most: z.number().int().positive().optional(),
  empty: z.union([z.array(z.never()), z.strictObject({})]).optional(),
});

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
  plural: z.string().min(1),
  storage: z.string().min(1),
  type: z
    .string()
    .regex(/^[A-Za-z0-9.]+(\/[A-Za-z0-9]+)+$/)
    .optional(),
  backend: z
    .looseObject({ name: z.string().min(1), server: z.object({ group: z.string(), kind: z.string() }).optional() })
    .optional(),
  scope: z.enum(['tenant', 'subscription', 'resourceGroup', 'extension']).optional(),
  owner: z.union([z.literal('any'), z.object({ group: z.string(), kind: z.string() })]).optional(),
  fixedName: z.string().optional(),
  fixedNames: z.record(z.string(), z.string()).optional(),
  nameDefault: z.enum(['uuid', 'none']).optional(),
  verbs: z.array(z.enum(['GET', 'HEAD', 'PUT', 'DELETE'])).optional(),
  versions: z.record(z.string(), z.string()),
  spec: z.array(rule),
  status: z.array(rule),
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
    const [issue] = checked.error.issues;
    return { ok: false, why: `${issue?.path.join('.') || 'the whole'}: ${issue?.message}` };
  }
  // Checked above; zod's inferred type differs from ArmMap in readonly and in the depth of `carry.members` only.
  return { ok: true, map: withHiddenSecrets(checked.data as unknown as ArmMap) };
}

/**
 * Secrets that an answer could show are named for the status too. Single ones have no member there, but among the open members of
 * their holder they would be found; whole Secrets have a member, in the original's schema, and Azure may tell what was sent.
 */
function withHiddenSecrets(map: ArmMap): ArmMap {
  const open = new Set(map.status.filter((rule) => rule.inline === true).map((rule) => holderOf(rule.at)));
  const hidden = map.spec.filter(
    (rule) => rule.secret === 'map' || (rule.secret === true && open.has(holderOf(rule.at))),
  );
  return hidden.length === 0 ? map : { ...map, status: [...map.status, ...hidden.map(hide)] };
}

function hide({ at, to, in: apiVersions }: FieldRule): FieldRule {
  return {
    at,
    secret: true,
    ...(to === undefined ? {} : { to }),
    ...(apiVersions === undefined ? {} : { in: apiVersions }),
  };
}

function holderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
