// How a tool begins and ends. Commander reads its words (and says what was wrong with them), Ctrl-C aborts its signal, and what went wrong
// is told in one sentence: only a bug shows its stack.

import { type Command, InvalidArgumentError } from 'commander';
import { cancelled } from './cancel.ts';

export interface ToolCall<Options> {
  readonly args: readonly string[];
  readonly options: Options;
  /** Aborted by the first Ctrl-C: what was started has to be stopped. */
  readonly signal: AbortSignal;
}

/** Runs a tool from the process's command line and sets the exit code: what `run` gives, 1 when it throws, 130 after Ctrl-C. */
export async function runTool<Options>(
  command: Command,
  run: (call: ToolCall<Options>) => Promise<number>,
): Promise<void> {
  command.showHelpAfterError().parse();
  const signal = cancelled();
  try {
    process.exitCode = await run({ args: command.args, options: command.opts<Options & object>(), signal });
  } catch (error) {
    if (!signal.aborted) console.error(told(error));
    process.exitCode = 1;
  }
  if (!signal.aborted) return;
  console.error('cancelled; what was started is stopped');
  process.exitCode = 130;
}

function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isBug = [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);
  return isBug ? (error.stack ?? error.message) : `error: ${error.message}`;
}

/** Reads an option's value as items between commas. */
export function several<T>(read: (text: string) => T): (text: string) => readonly T[] {
  return (text) => text.split(',').map((item) => read(item.trim()));
}

/** Reads an option's value as one of these words. */
export function oneOf<const W extends string>(words: readonly W[]): (text: string) => W {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    if (word !== undefined) return word;
    throw new InvalidArgumentError(`Allowed: ${words.join(', ')}.`);
  };
}

/** Reads an option's value as a whole number. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
    throw new InvalidArgumentError(`Allowed: a whole number of at least ${least}.`);
  };
}
