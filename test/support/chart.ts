// The chart as Helm renders it: values in, objects out.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import type { JsonObject } from '../../src/values/json.ts';
import { CHART } from '../../tools/chart/files.ts';
import { OPERATOR_NAMESPACE } from '../../tools/platform.ts';

export interface Values {
  readonly namespace?: string;
  /** As given to --set. */
  readonly sets?: readonly string[];
  /** Text of a values file. */
  readonly file?: string;
}

export interface Rendered {
  readonly objects: readonly JsonObject[];
  readonly all: (kind: string) => readonly JsonObject[];
  /** The only object of its kind; throws when there are none or more. */
  readonly one: (kind: string) => JsonObject;
  /** `<kind> <name>` of all, sorted. */
  readonly names: () => readonly string[];
}

/** Every value of the original's chart with its default. */
export const ORIGINAL_VALUES = 'test/support/original-values.yaml';

export interface Chart {
  /** Rejects with what Helm said when the values are refused. */
  readonly render: (values: Values) => Promise<Rendered>;
}

export function chartOf(helm: string): Chart {
  return {
    render: async ({ namespace = OPERATOR_NAMESPACE, sets = [], file }) => {
      const flags = [...(file === undefined ? [] : ['-f', '-']), ...sets.flatMap((set) => ['--set', set])];
      const running = promisify(execFile)(helm, ['template', 'aso', CHART, '--namespace', namespace, ...flags], {
        maxBuffer: 1 << 24,
      });
      running.child.stdin?.end(file);
      // What Helm said, and not the command line, in which every name stands anyway.
      const { stdout } = await running.catch((error: { readonly stderr: string }) => {
        throw new Error(error.stderr);
      });
      const documents: readonly unknown[] = parseAllDocuments(stdout).map((document) => document.toJS());
      // A document may hold comments alone.
      return renderedOf(documents.filter((document): document is JsonObject => document !== null));
    },
  };
}

function renderedOf(objects: readonly JsonObject[]): Rendered {
  const all = (kind: string): readonly JsonObject[] => objects.filter((object) => object.kind === kind);
  return {
    objects,
    all,
    one: (kind) => {
      const [first, ...others] = all(kind);
      if (first === undefined || others.length > 0)
        throw new Error(`${1 + others.length} or no ${kind} rendered, not one`);
      return first;
    },
    names: () => objects.map((object) => `${object.kind} ${(object.metadata as JsonObject).name}`).sort(),
  };
}
