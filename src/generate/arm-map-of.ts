// A kind's arm-map: the rules of all its API versions merged, and the facts that the schema has no place for.

import type { ArmMap, ExportSource, FieldRule } from '../kinds/arm-map.ts';
import { apiByName, storageVersionOf } from '../kinds/by-name.ts';
import type { JsonObject } from '../values/json.ts';
import type { KindFacts } from './facts.ts';
import { fullGroup } from './naming.ts';

export interface ApiRules {
  readonly api: string;
  readonly spec: readonly FieldRule[];
  readonly status: readonly FieldRule[];
  /** Writable members of the kind's carried children at this version. */
  readonly carried?: JsonObject;
  readonly secrets: readonly string[];
  readonly configMaps: readonly string[];
}

export function armMapOf(facts: KindFacts, rules: readonly ApiRules[]): ArmMap {
  const common = {
    kind: facts.kind,
    storage: storageVersionOf(facts.versions),
  };
  const owner = ownerOf(facts);
  if (facts.type === undefined) return { ...common, ...(owner === undefined ? {} : { owner }), ...literalMap(facts) };
  const apis = [...new Set(rules.map((entry) => entry.api))];
  const carried = rules.flatMap((entry) => (entry.carried === undefined ? [] : [[entry.api, entry.carried] as const]));
  const map = {
    ...common,
    type: facts.type,
    scope: scopeOf(facts),
    ...(owner === undefined ? {} : { owner }),
    ...picked(facts, ['fixedName', 'fixedNames', 'nameDefault', 'blockedBy', 'errors', 'quirk']),
    ...(facts.operations === undefined ? {} : { verbs: facts.operations }),
    versions: Object.fromEntries(facts.versions.map((version) => [version, apiByName(version, true)])),
    spec: merged(
      rules.map((entry) => ({ api: entry.api, rules: entry.spec })),
      apis,
    ),
    status: merged(
      rules.map((entry) => ({ api: entry.api, rules: entry.status })),
      apis,
    ),
    ...exportsOf(facts, rules, apis),
    ...(facts.carry === undefined ? {} : { carry: { ...facts.carry, members: Object.fromEntries(carried) } }),
  };
  // The facts were checked by zod where they were read; their free-form rows have exactly the arm-map's shape.
  return map as unknown as ArmMap;
}

/** What there is to say of a kind that does not live behind ARM; its versions have no api-version but themselves. */
function literalMap(facts: KindFacts): Pick<ArmMap, 'backend' | 'nameDefault' | 'versions' | 'spec' | 'status'> {
  const { versions } = facts;
  const rules = { api: '', spec: [], status: [], secrets: [], configMaps: destinationNames(facts) };
  return {
    ...(facts.backend === undefined ? {} : { backend: backendOf(facts.backend) }),
    ...(facts.nameDefault === undefined ? {} : { nameDefault: facts.nameDefault }),
    versions: Object.fromEntries(versions.map((version) => [version, version])),
    spec: (facts.secrets ?? []).map((at) => ({ at: String(at).replaceAll('.', '/'), secret: true as const })),
    status: Object.entries(facts.statusFrom ?? {}).map(([at, to]) => ({ at, to })),
    ...exportsOf(facts, [rules], ['']),
  };
}

function destinationNames(facts: KindFacts): readonly string[] {
  return (facts.operatorConfigMaps ?? []).map((entry) => (typeof entry === 'string' ? entry : entry.name));
}

function backendOf(backend: NonNullable<KindFacts['backend']>): NonNullable<ArmMap['backend']> {
  return { name: backend.name, ...(backend.server === undefined ? {} : { server: kindAt(backend.server) }) };
}

function picked(facts: KindFacts, members: readonly (keyof KindFacts)[]): JsonObject {
  return Object.fromEntries(
    members.filter((member) => facts[member] !== undefined).map((member) => [member, facts[member]]),
  ) as JsonObject;
}

function ownerOf(facts: KindFacts): ArmMap['owner'] {
  if (facts.owner === 'any') return 'any';
  if (facts.owner === 'none') return undefined;
  return kindAt(facts.owner ?? 'resources/ResourceGroup');
}

/** '<group>/<Kind>' of the facts. */
function kindAt(text: string): { readonly group: string; readonly kind: string } {
  const [group = '', kind = ''] = text.split('/');
  return { group: fullGroup(group), kind };
}

function scopeOf(facts: KindFacts): ArmMap['scope'] {
  if (facts.scope === 'location' || facts.scope === 'subscription') return 'subscription';
  return facts.scope ?? 'resourceGroup';
}

/** A rule that all API versions share holds without `in`. */
function merged(
  lists: readonly { readonly api: string; readonly rules: readonly FieldRule[] }[],
  apis: readonly string[],
): readonly FieldRule[] {
  const holds = new Map<string, { rule: FieldRule; apis: string[] }>();
  for (const { api, rules } of lists) {
    for (const rule of rules) {
      const text = JSON.stringify(rule);
      const entry = holds.get(text) ?? { rule, apis: [] };
      if (!entry.apis.includes(api)) entry.apis.push(api);
      holds.set(text, entry);
    }
  }
  return [...holds.values()].map((entry) =>
    entry.apis.length === apis.length ? entry.rule : { ...entry.rule, in: entry.apis },
  );
}

function exportsOf(facts: KindFacts, rules: readonly ApiRules[], apis: readonly string[]): JsonObject {
  const calls = Object.entries(facts.calls ?? {});
  const sources: Record<string, ExportSource> = {};
  const shown: Record<string, ExportSource> = {};
  for (const [name, call] of calls) {
    const from = (at: string): ExportSource => ({
      call: name,
      at,
      ...(call.decode === undefined ? {} : { decode: call.decode }),
      ...(call.optional === true ? { optional: true as const } : {}),
    });
    for (const [field, at] of Object.entries(call.fields ?? {})) sources[field] = from(at);
    for (const [field, at] of Object.entries(call.configMaps ?? {})) shown[field] = from(at);
  }
  for (const [field, status] of Object.entries(facts.secretsFromStatus ?? {})) sources[field] = { status };
  for (const [field, id] of Object.entries(facts.secretsFromId ?? {})) sources[field] = { id };
  const secrets = Object.fromEntries(
    Object.entries(sources).map(([field, source]) => [
      field,
      scoped(
        source,
        rules.filter((entry) => entry.secrets.includes(field)).map((entry) => entry.api),
        apis,
      ),
    ]),
  );
  const configMaps = Object.fromEntries(
    (facts.operatorConfigMaps ?? []).flatMap((entry) => {
      if (typeof entry === 'string') return [];
      const source =
        typeof entry.status === 'string' ? { status: entry.status.replaceAll('.', '/') } : shown[entry.name];
      if (source === undefined) return [];
      const held = rules
        .filter((candidate) => candidate.configMaps.includes(entry.name))
        .map((candidate) => candidate.api);
      return [[entry.name, scoped(source, held, apis)]];
    }),
  );
  return {
    ...(calls.length === 0
      ? {}
      : {
          calls: Object.fromEntries(
            calls.map(([name, { action, of, api, paged, waits }]) => [
              name,
              {
                ...(action === undefined ? {} : { action }),
                ...(of === undefined ? {} : { of }),
                api,
                ...(paged === undefined ? {} : { paged }),
                ...(waits === undefined ? {} : { waits }),
              },
            ]),
          ),
        }),
    ...(Object.keys(secrets).length === 0 ? {} : { secrets }),
    ...(Object.keys(configMaps).length === 0 ? {} : { configMaps }),
  };
}

function scoped(source: ExportSource, held: readonly string[], apis: readonly string[]): JsonObject {
  const unique = [...new Set(held)];
  // An export source is JSON; optional members are absent rather than undefined.
  return { ...source, ...(unique.length === apis.length ? {} : { in: unique }) } as unknown as JsonObject;
}
