// CEL rules that a CRD carries (x-kubernetes-validations). They refuse what the original's webhook refuses and nothing else.
// The API server limits a rule's estimated cost, which multiplies over nested lists: the generator leaves out what sits too deep,
// and the operator checks the same things again when it resolves references.

import type { JsonObject } from '../values/json.ts';

/** A reference names an ARM id or a Kubernetes object, whole; an empty one passes, as it does in the original. */
export function referenceRules(): readonly JsonObject[] {
  // Written without spaces: some 800 places carry it.
  const given = "[self.?group,self.?kind,self.?name].filter(x,size(x.orValue(''))>0)";
  return [{ rule: `size(${given}) in (has(self.armId)?[0]:[0,3])`, message: 'give armId, or group, kind and name' }];
}

/** A field and its FromConfig or FromSecret twin: at most one. */
export function twinRule(field: string, twin: string): JsonObject {
  return {
    rule: `!(has(self.${celName(field)}) && has(self.${celName(twin)}))`,
    message: `give at most one of ${field} and ${twin}`,
  };
}

const KEYWORDS = new Set([
  'true',
  'false',
  'null',
  'in',
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
]);

/** A property's name as CEL in Kubernetes writes it. */
function celName(name: string): string {
  if (KEYWORDS.has(name)) return `__${name}__`;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}
