#!/usr/bin/env node
// asoctl: builds the command line from commands.ts and runs one. The logic is in the commands.

import { Command, CommanderError } from 'commander';
import { type CliCommand, CliError, messageOf, type Session, type Terminal } from './command.ts';
import { COMMANDS, GROUPS } from './commands.ts';

/** Runs the command that `argv` (without node and script) names; gives the exit code. */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<number> {
  let code = 0;
  const program = new Command('asoctl')
    .description('Companion of Azure Service Operator')
    .option('--quiet', 'says errors alone')
    .option('--verbose', 'says more; wins over --quiet')
    .configureOutput({ writeOut: terminal.out, writeErr: (text) => terminal.note(text.replace(/\n$/, '')) })
    .exitOverride();
  const groups = new Map<string, Command>([['', program]]);
  const done = (exit: number): void => {
    code = exit;
  };
  const session = (): Session => sessionOf(terminal, program.opts());
  for (const command of COMMANDS) add(groups, command, { session, done });
  try {
    // commander's own `help` knows one word alone.
    await program.parseAsync(argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv], { from: 'user' });
    return code;
  } catch (error) {
    // commander has said what was wrong already, or was asked for help.
    if (error instanceof CommanderError) return error.exitCode;
    if (terminal.signal.aborted) {
      terminal.note('cancelled');
      return CANCELLED;
    }
    terminal.note(messageOf(error));
    // A CliError is about what the person did; where anything else came from helps to mend it.
    if (!(error instanceof CliError) && error instanceof Error) session().detail(error.stack ?? '');
    return 1;
  }
}

/** As a shell tells of a program that Ctrl-C ended. */
const CANCELLED = 130;

function add(
  groups: Map<string, Command>,
  command: CliCommand,
  ending: { readonly session: () => Session; readonly done: (exit: number) => void },
): void {
  const made = groupOf(groups, command.path.slice(0, -1)).command(command.path.at(-1) ?? '');
  made.description(command.summary);
  for (const argument of command.args ?? []) made.argument(argument);
  for (const { flags, summary, isList, isRequired, fallback } of command.options ?? []) {
    const option = made.createOption(flags, summary);
    if (isList === true) option.argParser((value: string, held: readonly string[] = []) => [...held, ...listed(value)]);
    if (fallback !== undefined) option.default(fallback);
    option.makeOptionMandatory(isRequired === true);
    made.addOption(option);
  }
  made.action(async () => {
    ending.done(await command.run(made.args, made.opts(), ending.session()));
  });
}

function sessionOf(terminal: Terminal, flags: { readonly quiet?: boolean; readonly verbose?: boolean }): Session {
  const isQuiet = flags.quiet === true && flags.verbose !== true;
  const silent = (): void => undefined;
  return {
    ...terminal,
    note: isQuiet ? silent : terminal.note,
    warn: terminal.note,
    detail: flags.verbose === true ? terminal.note : silent,
    progress: isQuiet || !terminal.isInteractive ? silent : (terminal.progress ?? silent),
  };
}

function groupOf(groups: Map<string, Command>, path: readonly string[]): Command {
  const key = path.join(' ');
  const held = groups.get(key);
  if (held !== undefined) return held;
  const made = groupOf(groups, path.slice(0, -1))
    .command(path.at(-1) ?? '')
    .description(GROUPS[key] ?? '');
  groups.set(key, made);
  return made;
}

function listed(value: string): readonly string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

if (import.meta.main) {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  // A reader that has seen enough (`| head`) must not end the work half-way.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const code = await runCli(process.argv.slice(2), {
    out: (text) => void process.stdout.write(text),
    // What was drawn to be replaced is cleared first.
    note: (line) => void process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}\n` : `${line}\n`),
    progress: (line) => void process.stderr.write(`\r\u001b[K${line}`),
    isInteractive: process.stderr.isTTY === true,
    signal: stop.signal,
  });
  // A request that failed leaves a timer of the SDK behind, which would keep the process for a minute. What was written goes out first.
  process.stdout.write('', () => process.exit(code));
}
