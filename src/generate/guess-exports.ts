// Secrets that a type gives through a POST action, by rules alone: what its listKeys, listSecrets and the like answer with.

import type { KindFacts } from './facts.ts';
import { nodeProblem, resolve, type TypeFile, type TypeNode } from './types.ts';

const GIVES_SECRETS = /^list\w*(?:keys?|secrets?|credentials?|tokens?)$/i;
/** Strings of an answer that are no secrets. */
const PLAIN = new Set(['id', 'name', 'type', 'kind', 'location', 'nextLink', 'skipToken']);

type Exports = Pick<KindFacts, 'operatorSecrets' | 'calls'>;

/** Every string at the top of such an answer can be exported, under its own name; an action that wants input is left alone. */
export function guessExports(
  versions: readonly { readonly file: TypeFile; readonly type: string; readonly api: string }[],
): Exports {
  const calls: Record<string, NonNullable<KindFacts['calls']>[string]> = {};
  const taken = new Map<string, string>();
  for (const { file, type, api } of versions) {
    for (const action of actionsOf(file, type, api)) {
      const free = secretsIn(resolve(file, action.output), file).filter(
        (name) => (taken.get(name) ?? action.name) === action.name,
      );
      if (free.length === 0) continue;
      for (const name of free) taken.set(name, action.name);
      const fields = { ...calls[action.name]?.fields, ...Object.fromEntries(free.map((name) => [name, name])) };
      calls[action.name] = { action: action.name, api, fields };
    }
  }
  return taken.size === 0 ? {} : { operatorSecrets: [...taken.keys()], calls };
}

type Action = Extract<TypeNode, { $type: 'ResourceFunctionType' }>;

function actionsOf(file: TypeFile, type: string, api: string): readonly Action[] {
  return file.nodes.filter(
    (node): node is Action =>
      node?.$type === 'ResourceFunctionType' &&
      nodeProblem(node) === undefined &&
      node.resourceType.toLowerCase() === type.toLowerCase() &&
      node.apiVersion.toLowerCase() === api.toLowerCase() &&
      node.input === undefined &&
      GIVES_SECRETS.test(node.name),
  );
}

function secretsIn(output: TypeNode, file: TypeFile): readonly string[] {
  if (output.$type !== 'ObjectType') return [];
  return Object.entries(output.properties)
    .filter(([name, property]) => !PLAIN.has(name) && resolve(file, property.type).$type === 'StringType')
    .map(([name]) => name);
}
