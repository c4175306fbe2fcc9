// What a command of asoctl is: plain data and one function. Output, exit code and the end of waiting go through an argument.

/** Where a program's words go. `out` is the result, `note` is for the person who waits. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly note: (line: string) => void;
  /** A line that the next one replaces; for a person who looks. */
  readonly progress?: (line: string) => void;
  /** A person looks: progress may be drawn over and over. */
  readonly isInteractive: boolean;
  /** Aborted by Ctrl-C: whatever was started has to end. */
  readonly signal: AbortSignal;
}

/** A terminal as a command sees it, after --quiet and --verbose. `note` is silent with --quiet. */
export interface Session extends Terminal {
  /** Said even with --quiet. */
  readonly warn: (line: string) => void;
  /** Said with --verbose alone. */
  readonly detail: (line: string) => void;
  readonly progress: (line: string) => void;
}

export interface CliOption {
  /** As commander reads it, for example `-o, --output <file>`. */
  readonly flags: string;
  readonly summary: string;
  /** May be given more than once, and as a list separated by commas. */
  readonly isList?: boolean;
  readonly isRequired?: boolean;
  readonly fallback?: string;
}

export type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface CliCommand {
  /** Words from the program's name to this command, for example ['crd', 'list']. */
  readonly path: readonly string[];
  readonly summary: string;
  /** Positional arguments as commander reads them, for example `<type...>`. */
  readonly args?: readonly string[];
  readonly options?: readonly CliOption[];
  /** Gives the exit code. What the person did wrong is thrown as a CliError. */
  readonly run: (args: readonly string[], options: OptionValues, session: Session) => Promise<number>;
}

/** The person asked for something that cannot be done; `message` says what was found and what is allowed. */
export class CliError extends Error {
  readonly code = 'cli';
}

/** What went wrong, as a sentence. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The values of a list option. */
export function listOf(value: OptionValues[string]): readonly string[] {
  return Array.isArray(value) ? value : [];
}
