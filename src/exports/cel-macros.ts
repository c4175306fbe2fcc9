// Macros that the CEL library lacks: comprehensions with two variables, and optMap, optFlatMap, ofNonZeroValue of optional types. Pure.
// Source: https://pkg.go.dev/github.com/google/cel-go/ext#TwoVarComprehensions and https://pkg.go.dev/github.com/google/cel-go/cel#OptionalTypes

import { type Environment, Optional } from '@marcbachmann/cel-js';
import type { Call, Checker, Context, Evaluator, Node, TypeDeclaration } from './cel-library.ts';

type Entry = readonly [key: unknown, value: unknown, made: unknown];

interface Comprehension {
  readonly returns: 'bool' | 'list' | 'map';
  /** A fourth argument may stand before the last: a filter. */
  readonly mayFilter: boolean;
  /** Gets key, value and what the last argument gave, lazily, for each entry that the filter let through. */
  readonly make: (entries: Iterable<Entry>) => unknown;
}

const isOne = (entries: Iterable<Entry>): boolean => [...entries].filter(([, , made]) => made === true).length === 1;

const COMPREHENSIONS: Readonly<Record<string, Comprehension>> = {
  all: { returns: 'bool', mayFilter: false, make: (entries) => !has(entries, false) },
  exists: { returns: 'bool', mayFilter: false, make: (entries) => has(entries, true) },
  existsOne: { returns: 'bool', mayFilter: false, make: isOne },
  exists_one: { returns: 'bool', mayFilter: false, make: isOne },
  transformList: { returns: 'list', mayFilter: true, make: (entries) => [...entries].map(([, , made]) => made) },
  transformMap: {
    returns: 'map',
    mayFilter: true,
    make: (entries) => new Map([...entries].map(([key, , made]) => [key, made])),
  },
  transformMapEntry: { returns: 'map', mayFilter: true, make: (entries) => joined(entries) },
};

/** Adds them all to an environment that knows optional types. */
export function registerMacros(environment: Environment): void {
  for (const [name, comprehension] of Object.entries(COMPREHENSIONS)) {
    for (const variables of comprehension.mayFilter ? ['ast, ast, ast', 'ast, ast, ast, ast'] : ['ast, ast, ast']) {
      environment.registerFunction(`dyn.${name}(${variables}): ${comprehension.returns}`, (call: Call) =>
        overEntries(call, comprehension),
      );
    }
  }
  environment
    .registerFunction('optional.optMap(ast, ast): dyn', (call: Call) => overOptional(call, (made) => Optional.of(made)))
    .registerFunction('optional.optFlatMap(ast, ast): dyn', (call: Call) => overOptional(call, (made) => made))
    .registerFunction('OptionalNamespace.ofNonZeroValue(A): optional<A>', (_namespace: unknown, value: unknown) =>
      isZero(value) ? Optional.none() : Optional.of(value),
    );
}

function has(entries: Iterable<Entry>, wanted: boolean): boolean {
  for (const [, , made] of entries) if (made === wanted) return true;
  return false;
}

function joined(entries: Iterable<Entry>): ReadonlyMap<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (const [, , made] of entries) {
    for (const [key, value] of entriesOf(made)) {
      if (map.has(key)) throw new Error(`transformMapEntry: key '${String(key)}' comes twice`);
      map.set(key, value);
    }
  }
  return map;
}

/** The two variables in scope: types when checked, values when run. */
function overEntries(call: Call, comprehension: Comprehension): unknown {
  const [keyName, valueName] = [nameOf(call.args[0]), nameOf(call.args[1])];
  const filter = call.args.length === 4 ? call.args[2] : undefined;
  const made = call.args.at(-1);
  if (made === undefined) throw new Error('a comprehension needs an expression');
  let keyScope: Context;
  let scope: Context;
  return {
    async: false,
    typeCheck: (checker: Checker, _macro: unknown, context: Context): TypeDeclaration => {
      const range = checker.check(call.receiver, context);
      if (!['list', 'map', 'dyn'].includes(range.kind))
        throw checker.createError(
          'invalid_comprehension_range',
          `'${range}' cannot be the range of a comprehension`,
          call.receiver,
        );
      const dyn = checker.getType('dyn');
      keyScope = context.forkWithVariable(
        keyName,
        range.kind === 'list' ? checker.getType('int') : (range.keyType ?? dyn),
      );
      scope = keyScope.forkWithVariable(valueName, range.valueType ?? dyn);
      if (filter !== undefined) checker.check(filter, scope);
      checker.check(made, scope);
      return checker.getType(comprehension.returns);
    },
    evaluate: (evaluator: Evaluator, _macro: unknown, context: Context): unknown => {
      function* results(): Iterable<Entry> {
        for (const [key, value] of entriesOf(evaluator.run(call.receiver, context))) {
          const held = scope.reuse(keyScope.reuse(context).setIterValue(key, evaluator)).setIterValue(value, evaluator);
          if (filter === undefined || evaluator.run(filter, held) === true)
            yield [key, value, evaluator.run(made as Node, held)];
        }
      }
      return comprehension.make(results());
    },
  };
}

function overOptional(call: Call, wrap: (made: unknown) => unknown): unknown {
  const [variable, made] = [nameOf(call.args[0]), call.args[1]];
  if (made === undefined) throw new Error('optMap needs an expression');
  let scope: Context;
  return {
    async: false,
    typeCheck: (checker: Checker, _macro: unknown, context: Context): TypeDeclaration => {
      const held = checker.check(call.receiver, context);
      scope = context.forkWithVariable(variable, held.valueType ?? checker.getType('dyn'));
      checker.check(made, scope);
      return checker.getType('optional');
    },
    evaluate: (evaluator: Evaluator, _macro: unknown, context: Context): unknown => {
      const optional = evaluator.run(call.receiver, context);
      if (!(optional instanceof Optional)) throw new Error('optMap wants an optional value');
      return optional.hasValue()
        ? wrap(evaluator.run(made, scope.reuse(context).setIterValue(optional.value(), evaluator)))
        : optional;
    },
  };
}

function nameOf(node: Node | undefined): string {
  if (node?.op !== 'id' || typeof node.args !== 'string') throw new Error('a macro wants the name of a variable');
  return node.args;
}

function entriesOf(range: unknown): readonly (readonly [unknown, unknown])[] {
  if (Array.isArray(range)) return range.map((value, index) => [BigInt(index), value]);
  if (range instanceof Map) return [...range];
  return typeof range === 'object' && range !== null ? Object.entries(range) : [];
}

function isZero(value: unknown): boolean {
  if (value === null || value === '' || value === false || value === 0 || value === 0n) return true;
  return (
    typeof value === 'object' &&
    (Array.isArray(value) || value instanceof Map || Object.getPrototypeOf(value) === Object.prototype) &&
    entriesOf(value).length === 0
  );
}
