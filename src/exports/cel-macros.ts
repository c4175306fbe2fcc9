// Macros that the CEL library lacks: comprehensions with two variables, and optMap, optFlatMap, ofNonZeroValue of optional types. Pure.
// Source: https://pkg.go.dev/github.com/google/cel-go/ext#TwoVarComprehensions and https://pkg.go.dev/github.com/google/cel-go/cel#OptionalTypes

import type { Environment, TypeDeclaration } from '@marcbachmann/cel-js';

/** What the library hands to a macro; it publishes no types for these. */
interface Node {
  readonly op: string;
  readonly args: unknown;
}
interface Context {
  forkWithVariable(name: string, type: TypeDeclaration): Context;
  reuse(parent: Context): Context;
  setIterValue(value: unknown, evaluator: Evaluator): Context;
}
interface Checker {
  check(node: Node, context: Context): TypeDeclaration;
  getType(name: string): TypeDeclaration;
  createError(code: string, message: string, node: Node): Error;
}
interface Evaluator {
  run(node: Node, context: Context): unknown;
}
interface Call {
  readonly args: readonly Node[];
  readonly receiver: Node;
}

type Step = (bind: (key: unknown, value: unknown) => readonly unknown[]) => (entries: readonly (readonly [unknown, unknown])[]) => unknown;

interface Comprehension {
  readonly returns: 'bool' | 'list' | 'map';
  /** The second-to-last of four arguments is a filter. */
  readonly mayFilter: boolean;
  readonly make: (entries: Iterable<readonly [unknown, unknown, unknown]>) => unknown;
}

/** `make` gets key, value and what the last argument gave, lazily, for each entry that the filter let through. */
const COMPREHENSIONS: Readonly<Record<string, Comprehension>> = {
  all: { returns: 'bool', mayFilter: false, make: (entries) => every(entries) },
  exists: { returns: 'bool', mayFilter: false, make: (entries) => some(entries) },
  existsOne: { returns: 'bool', mayFilter: false, make: (entries) => [...entries].filter(([, , held]) => held === true).length === 1 },
  exists_one: { returns: 'bool', mayFilter: false, make: (entries) => [...entries].filter(([, , held]) => held === true).length === 1 },
  transformList: { returns: 'list', mayFilter: true, make: (entries) => [...entries].map(([, , made]) => made) },
  transformMap: { returns: 'map', mayFilter: true, make: (entries) => new Map([...entries].map(([key, , made]) => [key, made])) },
  transformMapEntry: { returns: 'map', mayFilter: true, make: (entries) => joined(entries) },
};

export function registerMacros(environment: Environment): void {
  for (const [name, comprehension] of Object.entries(COMPREHENSIONS)) {
    for (const variables of comprehension.mayFilter ? ['ast, ast, ast', 'ast, ast, ast, ast'] : ['ast, ast, ast']) {
      environment.registerFunction(`dyn.${name}(${variables}): ${comprehension.returns}`, (call: Call) => overEntries(call, comprehension));
    }
  }
  environment
    .registerFunction('optional.optMap(ast, ast): dyn', (call: Call) => overOptional(call, (made, optional) => optional.of(made)))
    .registerFunction('optional.optFlatMap(ast, ast): dyn', (call: Call) => overOptional(call, (made) => made));
}
