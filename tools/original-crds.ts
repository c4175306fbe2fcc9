// The original's published schemas as CRDs that an API server takes, so that it can say what the original would have refused.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../src/values/json.ts';

export const ORIGINAL_CRDS = '../shared/reference/original-crds';

interface Original {
  readonly group: string;
  readonly names: JsonObject;
  readonly scope: string;
  readonly versions: Readonly<Record<string, { readonly schema: JsonObject }>>;
}

/** By '<group>/<Kind>': CRDs with the original's user versions, the first of them stored. */
export function originalCrds(folder: string): ReadonlyMap<string, JsonObject> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.json'));
  return new Map(
    files.map((path) => {
      const original = JSON.parse(readFileSync(join(folder, path), 'utf8')) as Original;
      return [`${original.group}/${String(original.names.kind)}`, crdOf(original)] as const;
    }),
  );
}

function crdOf({ group, names, scope, versions }: Original): JsonObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${String(names.plural)}.${group}` },
    spec: {
      group,
      names,
      scope,
      conversion: { strategy: 'None' },
      versions: Object.entries(versions).map(([name, { schema }], index) => ({
        name,
        served: true,
        storage: index === 0,
        schema: { openAPIV3Schema: schema },
        subresources: { status: {} },
      })),
    },
  };
}
