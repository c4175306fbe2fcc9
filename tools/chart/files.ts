// The chart's files that are made from the code. Computes texts; tools/chart.ts writes them.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { admissionPolicy } from '../../src/admission/policy.ts';
import type { JsonObject } from '../../src/values/json.ts';

export const CHART = 'charts/azure-service-operator';

/** Verbs of the manager on objects of every kind. Which of them a run uses is held by test/chart/installed.test.ts. */
const OBJECT_VERBS = ['list', 'watch', 'patch', 'delete'];
const STATUS_VERBS = ['patch'];

/** Path → text. */
export function chartFiles(): Readonly<Record<string, string>> {
  const plurals = pluralsByGroup();
  return {
    [`${CHART}/files/manager-rules.yaml`]: yaml(
      Object.entries(plurals).flatMap(([group, names]) => [
        { apiGroups: [group], resources: names, verbs: OBJECT_VERBS },
        { apiGroups: [group], resources: names.map((name) => `${name}/status`), verbs: STATUS_VERBS },
      ]),
    ),
    [`${CHART}/files/admission-policy.yaml`]: yaml(admissionPolicy(Object.keys(plurals))),
  };
}

function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

function pluralsByGroup(): Readonly<Record<string, readonly string[]>> {
  const crds = readdirSync('crds').flatMap((folder) =>
    readdirSync(join('crds', folder)).map(
      // The generator wrote it: JSON with a group and names.
      (file) => JSON.parse(readFileSync(join('crds', folder, file), 'utf8')) as { spec: JsonObject },
    ),
  );
  const named = crds.map(({ spec }): [string, string] => [
    String(spec.group),
    String((spec.names as JsonObject).plural),
  ]);
  return Object.fromEntries(
    [...new Set(named.map(([group]) => group))].sort().map((group) => [
      group,
      named
        .filter(([of]) => of === group)
        .map(([, plural]) => plural)
        .sort(),
    ]),
  );
}
