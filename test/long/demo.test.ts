// The front door: `npm run demo` as a newcomer runs it, to its end and cut short, and what tools say of words they do not know.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { until } from '../../tools/platform.ts';

const DEADLINE_MS = 240_000;

interface Demo {
  readonly child: ChildProcess;
  readonly printed: () => string;
  readonly ended: Promise<number | null>;
  /** A folder of its own for everything temporary. */
  readonly folder: string;
}

/** In a process group of its own, which gets a signal as a terminal's Ctrl-C gives it: to every process at once. */
function demo(...args: readonly string[]): Demo {
  const folder = mkdtempSync(join(tmpdir(), 'demo-'));
  const child = spawn(process.execPath, ['tools/demo.ts', ...args], {
    detached: true,
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return { child, printed: () => printed, ended, folder };
}

/** Processes whose environment names this folder for temporary files; Linux alone shows that. */
function processesOf(folder: string): Promise<string> {
  const script = `grep -lzF "TMPDIR=${folder}" /proc/[0-9]*/environ 2>/dev/null || true`;
  return promisify(execFile)('sh', ['-c', script]).then(({ stdout }) => stdout.trim());
}

async function leavesNothing({ folder }: Demo): Promise<void> {
  expect(readdirSync(folder)).toEqual([]);
  await until(async () => (await processesOf(folder)) === '', {
    timeoutMs: 5_000,
    what: () => 'no process to be left',
  });
  rmSync(folder, { recursive: true });
}

test('the demo ends well and leaves nothing behind', { timeout: DEADLINE_MS }, async () => {
  const run = demo();
  expect(await run.ended, run.printed()).toBe(0);
  expect(run.printed()).toContain('the resource group is gone, and with it all that was in it');
  await leavesNothing(run);
});

test.each([
  { at: 'Start a real control plane', because: 'etcd and the API server are being started' },
  { at: 'emulator is up', because: 'CRDs are being applied, and Ctrl-C has ended the API server that they go to' },
  { at: 'CRDs are served', because: 'the operator is being started' },
  { at: '[2/15]', because: 'the operator is at work' },
  { at: 'All is left running', args: ['--keep'], because: 'it waits for this' },
])('Ctrl-C at "$at" ends the demo within seconds: $because', { timeout: DEADLINE_MS }, async ({ at, args = [] }) => {
  const run = demo(...args);
  await until(() => run.printed().includes(at), { timeoutMs: 120_000, what: () => `'${at}' in ${run.printed()}` });
  const begun = performance.now();
  process.kill(-(run.child.pid ?? 0), 'SIGINT');
  expect(await run.ended, run.printed()).toBe(130);
  // The API server's own deadlines, which this must not wait for, begin at 30 s.
  expect(performance.now() - begun).toBeLessThan(20_000);
  await leavesNothing(run);
});

test.each(['demo', 'bench', 'replay', 'control-plane'])(
  '%s tells of an unknown option and starts nothing',
  async (name) => {
    const refused = await promisify(execFile)(process.execPath, [`tools/${name}.ts`, '--bogus']).catch(
      (error) => error,
    );
    expect(refused.code).toBe(1);
    expect(refused.stdout).toBe('');
    expect(refused.stderr).toMatch(/^error: unknown option '--bogus'\n\nUsage: /);
  },
);

test.each([
  { kubeconfig: '/nowhere', code: 1, says: "KUBECONFIG is '/nowhere', which cannot be read" },
  { kubeconfig: 'tsconfig.json', code: 1, says: 'no cluster is named' },
])(
  'the operator ends at once when KUBECONFIG is $kubeconfig',
  { timeout: 60_000 },
  async ({ kubeconfig, code, says }) => {
    const env = { PATH: process.env.PATH ?? '', POD_NAMESPACE: 'x', KUBECONFIG: kubeconfig };
    const ran = await promisify(execFile)(process.execPath, ['src/main.ts'], { env }).catch((error) => error);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toContain(says);
    expect(ran.stderr).not.toContain('    at ');
  },
);

test('asked for help, the operator prints its flags and ends well', { timeout: 60_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['src/main.ts', '--help']);
  expect(stdout).toMatch(/^Usage: aso-controller/);
  expect(stdout).toContain('--enable-leader-election');
});
