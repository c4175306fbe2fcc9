// Reads command-line flags as Go's flag package does: one dash or two, `--name=value` or `--name value`, booleans alone or with `=value`.
// Nothing is judged here but the names; src/config.ts reads the values.

import { Command, CommanderError } from 'commander';

export interface FlagTexts {
  readonly values: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
  /** Text to print instead of starting, when help was asked for. */
  readonly help?: string;
}

/** Flag name → [what it means, `switch` when it may stand alone]. */
export type FlagTable = Readonly<Record<string, readonly [meaning: string, shape: 'value' | 'switch']>>;

/** The texts behind the flags given; what is not in the table is a problem. When a flag is given twice, the last one counts. */
export function readFlags(table: FlagTable, args: readonly string[]): FlagTexts {
  const command = commandOf(table);
  try {
    const { operands, unknown } = command.parseOptions(args.map(longFlag));
    if (unknown.some((arg) => arg === '--help' || arg === '--h'))
      return { values: {}, problems: [], help: command.helpInformation() };
    const given = command.opts<Record<string, string | true | undefined>>();
    const texts = Object.entries(table).flatMap(([name, [, shape]]) => {
      const value = given[camelCase(name)];
      return value === undefined ? [] : [{ name, value: value === true && shape === 'switch' ? 'true' : value }];
    });
    return {
      values: Object.fromEntries(texts.flatMap(({ name, value }) => (value === true ? [] : [[name, value]]))),
      problems: [
        ...texts.flatMap(({ name, value }) => (value === true ? [`--${name} has no value`] : [])),
        ...operands.map((arg) => `argument '${arg}' is not expected`),
        ...unknown.map(unknownFlag),
      ],
    };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { values: {}, problems: [error.message.replace(/^error: /, '')] };
  }
}

function commandOf(table: FlagTable): Command {
  const command = new Command('aso-controller')
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .allowUnknownOption();
  for (const [name, [meaning, shape]] of Object.entries(table)) {
    command.option(`--${name} ${shape === 'switch' ? '[boolean]' : '[value]'}`, meaning);
  }
  return command;
}

/** Commander keeps the value of --crd-pattern under crdPattern. */
function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Go takes -v=2 for --v=2, and here --verbose is --v by another name. */
function longFlag(arg: string): string {
  return arg.replace(/^-{1,2}(?=[a-z])/i, '--').replace(/^--verbose(?=$|=)/, '--v');
}

function unknownFlag(arg: string): string {
  return arg.startsWith('-') ? `flag ${arg.split('=')[0]} is not known` : `argument '${arg}' is not expected`;
}
