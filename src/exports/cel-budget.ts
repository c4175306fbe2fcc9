// What the expressions of one object may take together: time, and what they make on the way, counted in steps, characters and elements.
// They are written by users of the cluster: one must neither hold up the operator nor fill its memory.

import { createContext, Script } from 'node:vm';
import type { Environment } from '@marcbachmann/cel-js';
import type { Call, Checker, Context, Evaluator } from './cel-library.ts';

/** By the clock on the wall, as the engine has no other. */
const LONGEST_MS = 1000;
/** A Secret holds a million characters. Twice that keeps the memory of the worst expression below some 150 MB. */
const MOST = 2_000_000;

const OVERSPENT = 'ERR_EXPRESSION_TOO_LARGE';
const OVERTIME = 'ERR_SCRIPT_EXECUTION_TIMEOUT';

/** What is left of the running budget; undefined while nothing is evaluated. */
let left: number | undefined;

/** Takes from the running budget. Throws once it is used up, and then at every further step: an error that `||` swallows comes again. */
export function spend(amount: number): void {
  if (left === undefined) return;
  left -= amount;
  if (left < 0) throw Object.assign(new Error('the budget is used up'), { code: OVERSPENT });
}

/** Characters that are compared in the time of one step of an expression. */
const COMPARED_PER_STEP = 256;

/** At worst each character of the one is held against each of the other. */
export function spendSearch(text: string, part: string): void {
  spend(Math.floor((text.length * part.length) / COMPARED_PER_STEP));
}

const guard: { run?: () => unknown } = {};
const guarded = new Script('run()');
const context = createContext(guard);

/** Tries before a run that had no processor to run on is given up. */
const TRIES = 3;

/**
 * Runs with one budget, or within the one that is running. The engine ends loops of any kind; that error passes every catch inside.
 * `run` must be pure: where the machine was too busy to let it run, it is run anew.
 */
export function withBudget<T>(run: () => T): T {
  if (left !== undefined) return run();
  guard.run = run;
  try {
    for (let tries = 1; ; tries += 1) {
      left = MOST;
      const before = process.threadCpuUsage();
      try {
        // The script gives what run gives.
        return guarded.runInContext(context, { timeout: LONGEST_MS }) as T;
      } catch (error) {
        if (tries === TRIES || ended(error)?.retry !== 'slow' || millisecondsSince(before) > LONGEST_MS / 2)
          throw error;
      }
    }
  } finally {
    left = undefined;
    delete guard.run;
  }
}

function millisecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

export interface Ended {
  readonly why: string;
  /** slow: another time it may come to its end. never: it takes too much whenever it is run. */
  readonly retry: 'slow' | 'never';
}

/** Why a run was ended, or undefined for any other error. */
export function ended(error: unknown): Ended | undefined {
  const { code } = error as { readonly code?: unknown };
  if (code === OVERTIME) return { why: `it ran for more than ${LONGEST_MS} ms`, retry: 'slow' };
  return code === OVERSPENT ? { why: `it takes more than ${MOST} steps and characters`, retry: 'never' } : undefined;
}

/**
 * Makes every step of an environment's evaluator spend. The library shows the evaluator to macros alone, so one is registered, which to
 * an expression is its argument and nothing more.
 */
export function meter(environment: Environment, receiver: { readonly type: string; readonly name: string }): void {
  environment.registerFunction(`${receiver.type}.metered(ast): dyn`, ({ args: [argument] }: Call) => {
    if (argument === undefined) throw new Error('an argument is missing');
    return {
      async: false,
      typeCheck: (checker: Checker, _macro: unknown, context: Context) => checker.check(argument, context),
      evaluate: (evaluator: Evaluator, _macro: unknown, context: Context) => {
        evaluator.run = (node, inner) => counted(node.evaluate(evaluator, node, inner));
        return evaluator.run(argument, context);
      },
    };
  });
  environment.evaluate(`${receiver.name}.metered(1)`);
}

function counted(value: unknown): unknown {
  spend(1);
  if (typeof value === 'string' || value instanceof Uint8Array) spend(value.length);
  else if (Array.isArray(value)) spendDeep(value);
  return value;
}

/** A list may hold one long text many times: what it would come to when it is joined or shown. */
function spendDeep(value: unknown): void {
  if (typeof value === 'string') spend(value.length);
  if (typeof value !== 'object' || value === null) return;
  for (const held of value instanceof Map ? value.values() : Object.values(value)) {
    spend(1);
    spendDeep(held);
  }
}
