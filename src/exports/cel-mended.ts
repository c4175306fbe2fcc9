// Functions that the CEL library has and that are not as they must be: `matches`, whose patterns are RE2's as in the original; `join`, whose
// text is counted before it is made; and searches, which the engine does in one uninterruptible go that can take hours for two long texts.
// Each is registered as a macro, which goes before a function of its name. Pure.

import type { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import { spend, spendSearch } from './cel-budget.ts';
import type { Call, Checker, Context, Evaluator, TypeDeclaration } from './cel-library.ts';

type Made = (receiver: unknown, ...args: readonly unknown[]) => unknown;

interface Mended {
  readonly name: string;
  /** Number of arguments beside the receiver. */
  readonly takes: 1 | 2;
  readonly returns: string;
  readonly made: Made;
}

const MENDED: readonly Mended[] = [
  { name: 'matches', takes: 1, returns: 'bool', made: matches },
  { name: 'join', takes: 1, returns: 'string', made: join },
  { name: 'contains', takes: 1, returns: 'bool', made: search((text, part) => text.includes(part)) },
  { name: 'indexOf', takes: 1, returns: 'int', made: search((text, part) => BigInt(text.indexOf(part))) },
  {
    name: 'indexOf',
    takes: 2,
    returns: 'int',
    made: search((text, part, from) => BigInt(text.indexOf(part, place(text, from)))),
  },
  { name: 'lastIndexOf', takes: 1, returns: 'int', made: search((text, part) => BigInt(text.lastIndexOf(part))) },
  {
    name: 'lastIndexOf',
    takes: 2,
    returns: 'int',
    made: search((text, part, from) => BigInt(text.lastIndexOf(part, place(text, from)))),
  },
  { name: 'split', takes: 1, returns: 'list<string>', made: search((text, part) => text.split(part)) },
  { name: 'split', takes: 2, returns: 'list<string>', made: search(splitSome) },
];

/** Puts them before the library's own, and adds the form of `matches` without a receiver, which it lacks. */
export function registerMended(environment: Environment): void {
  for (const { name, takes, returns, made } of MENDED) {
    // A macro is found by name and number of arguments; its receiver must only differ from that of the function.
    const receiver = name === 'join' ? 'list' : 'bool';
    const args = takes === 1 ? 'ast' : 'ast, ast';
    environment.registerFunction(`${receiver}.${name}(${args}): ${returns}`, (call: Call) =>
      macro(call, returns, made),
    );
  }
  environment.registerFunction('matches(string, string): bool', matches);
}

function macro({ receiver, args }: Call, returns: string, made: Made): unknown {
  return {
    async: false,
    typeCheck: (checker: Checker, _macro: unknown, context: Context): TypeDeclaration => {
      for (const node of [receiver, ...args]) checker.check(node, context);
      return checker.getType(returns);
    },
    evaluate: (evaluator: Evaluator, _macro: unknown, context: Context): unknown =>
      made(evaluator.run(receiver, context), ...args.map((node) => evaluator.run(node, context))),
  };
}

/** The one function of the library that can make a long text of two short ones. */
function join(list: unknown, separator: unknown): string {
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string') || typeof separator !== 'string')
    throw new Error('join wants a list of strings and a string between them');
  spend(list.length * separator.length);
  return list.join(separator);
}

/** Somewhere in the text, in time that grows with the text and the pattern alone. */
function matches(text: unknown, pattern: unknown): boolean {
  if (typeof text !== 'string' || typeof pattern !== 'string') throw new Error('matches wants two strings');
  spendSearch(text, pattern);
  return RE2JS.compile(pattern).matcher(text).find();
}

/** A search in a text for a part of it. The number after the part is the library's, a bigint, or 0 where there is none. */
function search(made: (text: string, part: string, number: bigint) => unknown): Made {
  return (text, part, number = 0n) => {
    if (typeof text !== 'string' || typeof part !== 'string' || typeof number !== 'bigint')
      throw new Error('a text can be searched for a string, and the place is an int');
    spendSearch(text, part);
    return made(text, part, number);
  };
}

function place(text: string, from: bigint): number {
  if (from < 0n || from > text.length) throw new Error(`index ${from} is outside the text`);
  return Number(from);
}

/** The last of `limit` parts is the rest; a negative limit is none. */
function splitSome(text: string, separator: string, limit: bigint): readonly string[] {
  if (limit === 0n) return [];
  const parts = text.split(separator);
  const most = Number(limit);
  return most < 0 || parts.length <= most
    ? parts
    : [...parts.slice(0, most - 1), parts.slice(most - 1).join(separator)];
}
