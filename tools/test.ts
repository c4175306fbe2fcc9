// npm test: format and lint, types, then every test but the long ones. `npm run test:long`: those (soak, chaos, full replay).
// `npm test -- ci`: both, the largest of the long ones with fewer rounds. Prints `N passed, N failed` last; a suite that cannot run says so.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from './control-plane.ts';
import { findActionlint, findHelm, findKstatus, findLua } from './go-programs.ts';
import { leaksIn, notePrinted } from './test-record.ts';
import { afterSecondTry, type Count, countOf, failedFiles, type Report, readReport } from './test-report.ts';

type Env = Readonly<Record<string, string>>;

/** Long files as CI plays them, in this order. What is not among them, and why: test/long/README.md. */
const LONG_IN_CI: Readonly<Record<string, Env>> = {
  leadership: {},
  'bad-days': {},
  pace: {},
  races: {},
  crash: { HISTORIES: '300' },
  hostile: { HISTORIES: '200' },
  restart: { OBJECTS: '1000' },
  accept: {},
  replay: {},
};

function run(command: string, args: readonly string[], env: Env = {}): Promise<number> {
  return new Promise((resolve) => {
    const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
    const child = spawn(join('node_modules', '.bin', command), args, {
      stdio: ['inherit', 'pipe', 'pipe'],
      env: { ...process.env, ...color, ...env },
    });
    for (const [stream, out] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const)
      stream.on('data', (chunk: Buffer) => {
        out.write(chunk);
        notePrinted('output', chunk.toString());
      });
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** A whole check counts as one test. */
async function check(name: string, command: string, args: readonly string[]): Promise<Count> {
  console.log(`\n# ${name}`);
  const code = await run(command, args);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

interface Part {
  readonly project: string;
  readonly folder: string;
  /** Of one file alone, with what it is given. */
  readonly only?: { readonly file: string; readonly env: Env };
  /** Real servers on a shared machine: a file that fails is tried once more, and what passes only then is told at the end. */
  readonly isTriedAgain?: true;
}

async function vitest(part: Part): Promise<Count> {
  const { project, folder, only } = part;
  const name = [project, ...(only === undefined ? [] : [only.file, ...Object.entries(only.env).flat()])].join(' ');
  console.log(`\n# ${name}`);
  const files = only === undefined ? [] : [`test/${project}/${only.file}.test.ts`];
  const play = async (
    title: string,
    chosen: readonly string[],
  ): Promise<{ code: number; report: Report | undefined }> => {
    const out = join(folder, `${title.replaceAll(' ', '-')}.json`);
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${out}`];
    const begun = performance.now();
    const code = await run('vitest', ['run', '--project', project, ...chosen, ...reporters], only?.env);
    times.push(`${String(Math.round((performance.now() - begun) / 1000)).padStart(6)} s  ${title}`);
    return { code, report: existsSync(out) ? readReport(readFileSync(out, 'utf8')) : undefined };
  };
  const { code, report } = await play(name, files);
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const failed = failedFiles(report);
  if (failed.length === 0 || part.isTriedAgain !== true) return withCode(countOf(report), code);
  console.log(`\n# ${name}, second try of ${failed.length}`);
  const again = await play(`${name}, second try`, failed);
  const tried = afterSecondTry(report, again.report ?? new Map());
  unsteady.push(...tried.unsteady);
  return withCode(countOf(tried.report), again.code);
}

/** A run that failed without a failed test, by an error outside of all, has failed. */
function withCode(count: Count, code: number): Count {
  return code === 0 || count.failed > 0 ? count : { ...count, failed: 1 };
}

async function everyday(folder: string): Promise<void> {
  counts.push(await check('format and lint', 'biome', ['ci', '.']));
  counts.push(await check('types', 'tsc', ['--noEmit']));
  counts.push(await vitest({ project: 'unit', folder }));
  counts.push(await vitest({ project: 'golden', folder }));
  await controlPlane();
  counts.push(await vitest({ project: 'cluster', folder, isTriedAgain: true }));
  counts.push(await vitest({ project: 'chart', folder, isTriedAgain: true }));
}

/** File by file, so that each has a heading, a time and what it was given. */
async function long(folder: string, files: Readonly<Record<string, Env>>): Promise<void> {
  for (const [file, env] of Object.entries(files))
    counts.push(await vitest({ project: 'long', folder, only: { file, env }, isTriedAgain: true }));
}

/** All long files, or those whose names hold one of these words. */
function longFiles(words: readonly string[]): Readonly<Record<string, Env>> {
  const names = readdirSync(join('test', 'long')).flatMap((file) => /^(.+)\.test\.ts$/.exec(file)?.[1] ?? []);
  const chosen = names.filter((name) => words.length === 0 || words.some((word) => name.includes(word)));
  if (chosen.length === 0)
    throw new Error(`no file of test/long is named by '${words.join(' ')}': ${names.join(', ')}`);
  return Object.fromEntries(chosen.map((name) => [name, {}]));
}

/** Looks for every secret that the run used in everything it printed. */
function secretsUnprinted(): Count {
  console.log('\n# secrets in what was printed');
  const { secrets, bytes, found } = leaksIn(record);
  console.log(
    `${secrets} secrets looked for in ${(bytes / 1e6).toFixed(1)} MB: ${found.length === 0 ? 'none found' : ''}`,
  );
  for (const place of found) console.log(`a secret is in ${place}`);
  // A run that used none has shown nothing.
  const isGood = secrets > 0 && found.length === 0;
  return { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, skipped: 0 };
}

async function controlPlane(): Promise<void> {
  console.log('\n# control plane');
  const say = (line: string): void => console.log(line);
  await findBinaries({ say });
  const { signal } = new AbortController();
  for (const find of [findHelm, findKstatus, findActionlint, findLua]) await find({ say, signal });
}

const folder = mkdtempSync(join(tmpdir(), 'aso-test-'));
const record = join(folder, 'record');
mkdirSync(record);
process.env.ASO_TEST_RECORD = record;
const counts: Count[] = [];
/** What each part took. */
const times: string[] = [];
/** Tests that passed at a second try only. */
const unsteady: string[] = [];
const [, , which, ...words] = process.argv;
try {
  if (which === 'long') {
    await controlPlane();
    await long(folder, longFiles(words));
  } else {
    await everyday(folder);
    if (which === 'ci') await long(folder, LONG_IN_CI);
    counts.push(secretsUnprinted());
  }
} catch (error) {
  console.error(error);
  counts.push({ passed: 0, failed: 1, skipped: 0 });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`\n# times\n${times.join('\n')}`);
if (unsteady.length > 0) console.log(`\npassed at the second try only, look into them:\n${unsteady.join('\n')}`);
const sum = (of: keyof Count): number => counts.reduce((total, count) => total + count[of], 0);
if (!existsSync('../shared/reference'))
  console.log(
    "\nskipped: the golden suites that need ../shared (the original's schemas and recorded traffic), because it is absent",
  );
const skipped = sum('skipped') === 0 ? '' : `, ${sum('skipped')} skipped`;
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
process.exitCode = sum('failed') === 0 ? 0 : 1;
