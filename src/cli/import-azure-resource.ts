// asoctl import azure-resource: what Azure has, as manifests. Log to stderr, manifests to files or stdout.

import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { readCloudAccess } from '../config-cloud.ts';
import { type CliCommand, CliError, listOf, messageOf, type OptionValues, type Session } from './command.ts';
import { azureOf } from './import/azure.ts';
import { readImportable } from './import/importable.ts';
import { type Dressing, type Imported, lastSegment } from './import/object.ts';
import { type Outcome, walk } from './import/walk.ts';
import { makeFolder } from './make-folder.ts';
import { release, SHIPPED_CRDS, SHIPPED_FACTS } from './project.ts';

export const importAzureResource: CliCommand = {
  path: ['import', 'azure-resource'],
  summary: 'Writes manifests of resources that Azure has, and of everything below them',
  args: ['<armId...>'],
  options: [
    { flags: '-o, --output <file>', summary: 'file for all manifests' },
    { flags: '-f, --output-folder <dir>', summary: 'folder for one file a manifest' },
    { flags: '-n, --namespace <namespace>', summary: 'namespace of the manifests' },
    { flags: '-a, --annotation <pairs>', summary: 'annotations, as k=v', isList: true },
    { flags: '-l, --label <pairs>', summary: 'labels, as k=v', isList: true },
    { flags: '-w, --workers <count>', summary: 'requests at a time', fallback: '4' },
    { flags: '-s, --simple-logging', summary: 'lines alone, no progress' },
  ],
  run: async (ids, options, session) => {
    if (typeof options.output === 'string' && typeof options.outputFolder === 'string')
      throw new CliError('give either --output or --output-folder');
    openTarget(options);
    const cloud = readCloudAccess();
    if (!cloud.ok) throw new CliError(cloud.why);
    const outcomes = await walk(ids, {
      kinds: readImportable(SHIPPED_CRDS, SHIPPED_FACTS),
      ask: azureOf(cloud.access, release(), session.signal),
      workers: workersOf(options.workers),
      dressing: dressingOf(options),
      say: teller(session, options.simpleLogging === true),
    });
    write(inOrder(outcomes), options, session);
    summarize(outcomes, session);
    return outcomes.some((outcome) => outcome.result === 'failed') ? 1 : 0;
  },
};

/** A target that cannot be written is told before Azure is walked, which may take many minutes. */
function openTarget({ output, outputFolder }: OptionValues): void {
  try {
    if (typeof output === 'string') closeSync(openSync(output, 'a'));
    if (typeof outputFolder === 'string') makeFolder(outputFolder);
  } catch (error) {
    throw new CliError(`the manifests cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

function workersOf(value: OptionValues[string]): number {
  const count = Number(value);
  if (Number.isInteger(count) && count > 0 && count <= 100) return count;
  throw new CliError(`--workers is '${String(value)}'; allowed: a whole number from 1 to 100`);
}

function dressingOf(options: OptionValues): Dressing {
  return {
    ...(typeof options.namespace === 'string' ? { namespace: options.namespace } : {}),
    annotations: pairsOf('--annotation', listOf(options.annotation)),
    labels: pairsOf('--label', listOf(options.label)),
  };
}

function pairsOf(flag: string, texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new CliError(`${flag} is '${text}'; allowed: key=value`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** Tells each outcome as it comes, and how many there are to whoever looks. */
function teller(session: Session, isSimple: boolean): (outcome: Outcome) => void {
  let done = 0;
  return (outcome) => {
    const kind = outcome.kind === undefined ? '' : ` kind=${outcome.kind.kind.kind}.${outcome.kind.kind.group}`;
    const what = `${kind} name=${lastSegment(outcome.id)}`;
    done += 1;
    if (outcome.result === 'imported') session.note(`INF Imported${what}`);
    if (outcome.result === 'skipped') session.detail(`DBG Skipped${what} because=${JSON.stringify(outcome.why)}`);
    if (outcome.result === 'failed') session.warn(`ERR Failed${what} error=${JSON.stringify(outcome.why)}`);
    if (!isSimple) session.progress(`${done} resources looked at`);
  };
}

/** By group, version, kind and name in Azure. */
function inOrder(outcomes: readonly Outcome[]): readonly Imported[] {
  const key = ({ kind, id }: Imported): string =>
    [kind.kind.group, kind.version, kind.kind.kind, lastSegment(id), id].join('\n');
  return outcomes
    .flatMap((outcome) => (outcome.result === 'imported' ? [outcome.imported] : []))
    .sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function write(imported: readonly Imported[], options: OptionValues, session: Session): void {
  if (typeof options.outputFolder === 'string') {
    for (const { manifest, kind, name } of imported)
      writeFileSync(join(options.outputFolder, `${kind.kind.kind}-${name}.yaml`), documents([manifest]));
    session.note(`INF Wrote ${imported.length} files to ${options.outputFolder}`);
    return;
  }
  const text = documents(imported.map(({ manifest }) => manifest));
  if (typeof options.output === 'string') {
    writeFileSync(options.output, text);
    session.note(`INF Wrote ${imported.length} manifests to ${options.output}`);
  } else session.out(text);
}

function documents(manifests: readonly unknown[]): string {
  return manifests.length === 0
    ? ''
    : `---\n${manifests.map((manifest) => stringify(manifest, { lineWidth: 0 })).join('---\n')}---\n`;
}

function summarize(outcomes: readonly Outcome[], session: Session): void {
  const titles = { imported: 'Successful imports', skipped: 'Skipped imports', failed: 'Failed imports' } as const;
  const counts = new Map<string, number>();
  for (const outcome of outcomes) {
    const kind = outcome.kind?.kind;
    const line = `INF ${titles[outcome.result]} Group=${kind?.group ?? ''} Kind=${kind?.kind ?? ''}${'why' in outcome ? ` Reason=${JSON.stringify(outcome.why)}` : ''}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  for (const [line, count] of [...counts].sort()) session.note(`${line} Count=${count}`);
}
