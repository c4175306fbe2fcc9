// asoctl export template: the manifest of a release with the CRD pattern put in, for `kubectl apply --server-side -f -`.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chooseByPattern } from '../crds/pattern.ts';
import { readShelf } from '../crds/shelf.ts';
import { type CliCommand, CliError, messageOf, type OptionValues, type Session } from './command.ts';
import { PACKAGE, release, SHIPPED_CRDS } from './project.ts';

const FETCH_TIMEOUT_MS = 60_000;

export const exportTemplate: CliCommand = {
  path: ['export', 'template'],
  summary: "Prints a release's manifest with the CRD pattern put in",
  options: [
    { flags: '-v, --version <version>', summary: 'release, as v#.#.#; the one of this asoctl is at hand' },
    { flags: '-s, --source <source>', summary: 'file or http(s) URL of a manifest' },
    {
      flags: '-p, --crd-pattern <pattern>',
      summary: "'<group>/<Kind>' with wildcards; may be given more than once, or separated by ',' or ';'",
      isList: true,
    },
    { flags: '--raw', summary: 'leave the pattern as it is' },
  ],
  run: async (_args, options, terminal) => {
    const patterns = patternsOf(options);
    const text = await templateOf(options, terminal.signal);
    terminal.out(patterns === undefined ? text : withPattern(text, patterns, terminal));
    return 0;
  },
};

/** Undefined: --raw. */
function patternsOf(options: OptionValues): readonly string[] | undefined {
  const given = Array.isArray(options.crdPattern)
    ? options.crdPattern.flatMap((text) => text.split(';')).filter((text) => text.trim() !== '')
    : [];
  if ((options.raw === true) === given.length > 0) throw new CliError('give exactly one of --crd-pattern and --raw');
  return options.raw === true ? undefined : given;
}

async function templateOf(options: OptionValues, signal: AbortSignal): Promise<string> {
  const { version, source } = options;
  if ((typeof version === 'string') === (typeof source === 'string'))
    throw new CliError('give exactly one of --version and --source');
  if (typeof source === 'string') return /^https?:\/\//.test(source) ? fetched(source, signal) : readText(source);
  if (!/^v\d+\.\d+\.\d+$/.test(String(version)))
    throw new CliError(`--version is '${String(version)}'; allowed: the form v#.#.#`);
  if (version !== release())
    throw new CliError(
      `--version is ${String(version)}, and this asoctl comes with ${release()}: give the file or URL of the other release's manifest with --source`,
    );
  return readText(join(PACKAGE, 'deploy', 'base', 'azureserviceoperator.yaml'));
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(`the template cannot be read: ${messageOf(error)}`);
  }
}

async function fetched(url: string, signal: AbortSignal): Promise<string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]) });
    if (answer.ok) return await answer.text();
    throw new Error(`HTTP ${answer.status}`);
  } catch (error) {
    const reason = error instanceof TypeError && error.cause !== undefined ? error.cause : error;
    throw new CliError(`the template cannot be fetched from ${url}: ${messageOf(reason)}`);
  }
}

/** Puts the patterns behind the first `- --crd-pattern=`; a pattern that matches no CRD of this asoctl is a warning. */
function withPattern(text: string, patterns: readonly string[], terminal: Session): string {
  const chosen = chooseByPattern(
    patterns.join(';'),
    readShelf(SHIPPED_CRDS).shipped.map(({ kind }) => kind),
  );
  for (const problem of chosen.ok ? [] : chosen.problems) terminal.warn(`warning: ${problem}`);
  const argument = /^(\s*- ["']?)--crd-pattern=[^\n]*$/m;
  if (!argument.test(text))
    throw new CliError(
      "the template has no argument '- --crd-pattern=' to put the pattern into; --raw prints it as it is",
    );
  return text.replace(argument, (line) => `${line.slice(0, line.indexOf('-'))}- --crd-pattern=${patterns.join(';')}`);
}
