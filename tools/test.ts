// npm test: format and lint, types, then every test but the long ones. `npm run test:long`: those (soak, chaos, full replay).
// Prints `N passed, N failed` last; a suite that cannot run says so.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from './control-plane.ts';
import { findActionlint, findHelm, findKstatus, findLua } from './go-programs.ts';
import { leaksIn, notePrinted } from './test-record.ts';

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
    const child = spawn(join('node_modules', '.bin', command), args, {
      stdio: ['inherit', 'pipe', 'pipe'],
      env: { ...process.env, ...color },
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

async function vitest(project: string, folder: string, files: readonly string[] = []): Promise<Count> {
  console.log(`\n# ${project} tests`);
  const out = join(folder, `${project}.json`);
  const code = await run('vitest', [
    'run',
    '--project',
    project,
    ...files,
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${out}`,
  ]);
  if (!existsSync(out)) return { passed: 0, failed: 1, skipped: 0 };
  // The shape of vitest's JSON reporter.
  const report = JSON.parse(readFileSync(out, 'utf8')) as {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    numFailedTestSuites: number;
  };
  const failed = report.numFailedTests > 0 || code === 0 ? report.numFailedTests : 1;
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests };
}

async function everyday(folder: string): Promise<void> {
  counts.push(await check('format and lint', 'biome', ['ci', '.']));
  counts.push(await check('types', 'tsc', ['--noEmit']));
  counts.push(await vitest('unit', folder));
  counts.push(await vitest('golden', folder));
  await controlPlane();
  counts.push(await vitest('cluster', folder));
  counts.push(await vitest('chart', folder));
  counts.push(secretsUnprinted());
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
try {
  if (process.argv[2] === 'long') {
    await controlPlane();
    counts.push(await vitest('long', folder, process.argv.slice(3)));
  } else await everyday(folder);
} catch (error) {
  console.error(error);
  counts.push({ passed: 0, failed: 1, skipped: 0 });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const sum = (of: keyof Count): number => counts.reduce((total, count) => total + count[of], 0);
if (!existsSync('../shared/reference'))
  console.log(
    "\nskipped: the golden suites that need ../shared (the original's schemas and recorded traffic), because it is absent",
  );
const skipped = sum('skipped') === 0 ? '' : `, ${sum('skipped')} skipped`;
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
process.exitCode = sum('failed') === 0 ? 0 : 1;
