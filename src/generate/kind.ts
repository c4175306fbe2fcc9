// From a kind's facts and the type data to its CRD: the steps in order.

import type { FieldRule } from '../kinds/arm-map.ts';
import { apiOfVersion } from '../kinds/by-name.ts';
import type { JsonObject } from '../values/json.ts';
import { type ApiRules, armMapOf } from './arm-map-of.ts';
import { carriedShape } from './carried.ts';
import { crdOf, type VersionSchemas } from './crd.ts';
import type { KindFacts } from './facts.ts';
import { destinations } from './own-members.ts';
import { specSchema } from './spec.ts';
import { statusSchema, withOwnMembers } from './status.ts';
import type { TypeData } from './type-data.ts';
import { TypeDataError } from './types.ts';
import type { Prose, Walk } from './walk.ts';

export interface Making {
  readonly group: string;
  readonly facts: KindFacts;
  readonly types: TypeData;
  readonly labels: Readonly<Record<string, string>>;
  readonly prose: Prose;
}

/** The CRD of one kind. */
export function makeKind(making: Making): JsonObject {
  const { facts } = making;
  if (facts.type === undefined) return literalKind(making);
  const byApi = new Map<string, { rules: ApiRules; spec: JsonObject; status: JsonObject }>();
  const versions: VersionSchemas[] = [];
  for (const name of facts.versions) {
    const api = apiOfVersion(name);
    if (api === undefined)
      throw new TypeDataError(`${facts.kind}: version '${name}' must look like v20230101 or v1api20230101preview`);
    // Twins differ in nothing but their name.
    const made = byApi.get(api) ?? makeVersion(making, facts.type, api);
    byApi.set(api, made);
    versions.push({ name, spec: made.spec, status: made.status });
  }
  const map = armMapOf(
    facts,
    [...byApi.values()].map((made) => made.rules),
  );
  return crdOf({ group: making.group, facts, map, versions, labels: making.labels });
}

function makeVersion(
  making: Making,
  type: string,
  api: string,
): { rules: ApiRules; spec: JsonObject; status: JsonObject } {
  const { facts } = making;
  const found = making.types.find(type, facts.typesFrom?.[api] ?? api);
  if (found === undefined) throw new TypeDataError(`${facts.kind}: the type data has no ${type}@${api}`);
  const walkOf = (rules: FieldRule[]): Walk => ({ file: found.file, facts, api, rules, prose: making.prose });
  const specRules: FieldRule[] = [];
  const statusRules: FieldRule[] = [];
  const specWalk = walkOf(specRules);
  const spec = specSchema(specWalk, found.body);
  const status = statusSchema(walkOf(statusRules), found.body);
  const carried = facts.carry === undefined ? undefined : carriedShape(specWalk, found.body, facts.carry.at);
  return {
    spec,
    status,
    rules: {
      api,
      spec: specRules,
      status: statusRules,
      ...(carried === undefined ? {} : { carried }),
      secrets: destinations(specWalk, 'operatorSecrets'),
      configMaps: destinations(specWalk, 'operatorConfigMaps'),
    },
  };
}

/** Kinds that do not live behind ARM have their schemas in the facts. */
function literalKind(making: Making): JsonObject {
  const { facts } = making;
  const versions = facts.versions.map((name) => ({
    name,
    spec: facts.spec ?? { type: 'object' },
    status: withOwnMembers(facts.status ?? { type: 'object' }),
  }));
  return crdOf({ group: making.group, facts, map: armMapOf(facts, []), versions, labels: making.labels });
}
