// asoctl completion: a script that teaches a shell the commands and their options.

import { type CliCommand, CliError, type CliOption } from './command.ts';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
const GLOBAL = ['--help', '--quiet', '--verbose'];

/** The command itself, for these commands. */
export function completionOf(commands: readonly CliCommand[]): CliCommand {
  return {
    path: ['completion'],
    summary: `Prints the completion script of a shell: ${SHELLS.join(', ')}`,
    args: ['<shell>'],
    run: async ([shell = ''], _options, session) => {
      const words = [...wordsAfter(commands)];
      const name = SHELLS.find((known) => known === shell);
      if (name === undefined) throw new CliError(`'${shell}' is not a known shell; known are ${SHELLS.join(', ')}`);
      session.out(SCRIPTS[name](words));
      return 0;
    },
  };
}

/** What may follow after each chain of command words: '' → crd, import, …; 'crd' → generate, … */
export function wordsAfter(commands: readonly CliCommand[]): ReadonlyMap<string, readonly string[]> {
  const after = new Map<string, Set<string>>([['', new Set(['help', 'completion', ...GLOBAL])]]);
  for (const { path, options = [] } of commands) {
    path.forEach((word, index) => {
      const before = path.slice(0, index).join(' ');
      after.set(before, (after.get(before) ?? new Set(['--help'])).add(word));
    });
    after.set(path.join(' '), new Set([...options.flatMap(flagsOf), ...GLOBAL]));
  }
  after.set('completion', new Set(SHELLS));
  return new Map([...after].map(([chain, words]) => [chain, [...words].sort()]));
}

function flagsOf({ flags }: CliOption): readonly string[] {
  return flags.split(/[\s,]+/).filter((word) => word.startsWith('-'));
}

type Words = readonly (readonly [chain: string, words: readonly string[]])[];

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], (words: Words) => string>> = {
  bash: (words) => `_asoctl() {
  local chain="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ "$word" == -* ]] || chain="\${chain:+$chain }$word"
  done
  local words=""
  case "$chain" in
${words.map(([chain, held]) => `    "${chain}") words="${held.join(' ')}" ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _asoctl asoctl
`,
  zsh: (words) => `#compdef asoctl
_asoctl() {
  local chain="" word
  for word in "\${words[@]:1:CURRENT-2}"; do
    [[ "$word" == -* ]] || chain="\${chain:+$chain }$word"
  done
  case "$chain" in
${words.map(([chain, held]) => `    "${chain}") compadd -- ${held.join(' ')} ;;`).join('\n')}
    *) _files ;;
  esac
}
compdef _asoctl asoctl
`,
  fish: (words) => `function __asoctl_chain
  set -l words (commandline -opc)
  string join ' ' (string match -v -- '-*' $words[2..-1])
end
${words
  .map(([chain, held]) => `complete -c asoctl -f -n "test (__asoctl_chain) = '${chain}'" -a "${held.join(' ')}"`)
  .join('\n')}
`,
  powershell: (words) => `Register-ArgumentCompleter -Native -CommandName asoctl -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $typed = $commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" } | Where-Object { $_ -notlike '-*' -and $_ -ne $wordToComplete }
  $words = switch (($typed -join ' ')) {
${words.map(([chain, held]) => `    '${chain}' { ${held.map((word) => `'${word}'`).join(', ')} }`).join('\n')}
  }
  $words | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}
`,
};
