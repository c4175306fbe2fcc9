// What the demo prints: numbered steps with their time, a bar on a terminal and plain lines elsewhere, and a summary.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ControlPlane } from '../control-plane.ts';

export interface Stage {
  /** Begins a step; `command` is what a user would type. */
  readonly step: (title: string, command?: string) => void;
  readonly say: (line: string) => void;
  /** Says what a part of the step has come to, and the seconds since the part before. */
  readonly lap: (line: string) => void;
  readonly done: () => void;
  readonly bar: (total: number) => { readonly tick: (line: string) => void };
  readonly kubectl: (plane: ControlPlane, args: readonly string[]) => Promise<string>;
  readonly summary: (facts: Readonly<Record<string, string | number>>) => void;
}

const WIDTH = 30;

export function createStage(): Stage {
  const begun = performance.now();
  let stepBegun = begun;
  let lapBegun = begun;
  let steps = 0;
  const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1);
  const say = (line: string): void => console.log(line === '' ? '' : line.replace(/^/gm, '   '));
  return {
    step: (name, command) => {
      steps += 1;
      stepBegun = performance.now();
      lapBegun = stepBegun;
      console.log(`\n${steps}. ${name}`);
      if (command !== undefined) console.log(`   $ ${command}`);
    },
    say,
    lap: (line) => {
      say(`${line} (${seconds(lapBegun)} s)`);
      lapBegun = performance.now();
    },
    done: () => {
      console.log(`   done in ${seconds(stepBegun)} s`);
    },
    bar: (total) => {
      let count = 0;
      return {
        tick: (line) => {
          count += 1;
          if (!process.stdout.isTTY) {
            say(`[${count}/${total}] ${line}`);
            return;
          }
          const full = Math.round((count / total) * WIDTH);
          process.stdout.write(
            `\r\x1b[2K   [${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${count}/${total} ${line}${count === total ? '\n' : ''}`,
          );
        },
      };
    },
    kubectl: async (plane, args) => {
      const { stdout } = await promisify(execFile)(plane.kubectl, ['--kubeconfig', plane.kubeconfigPath, ...args], {
        timeout: 30_000,
      });
      return stdout.trimEnd();
    },
    summary: (facts) => {
      console.log('\nSummary');
      for (const [name, fact] of Object.entries({ ...facts, seconds: seconds(begun) }))
        console.log(`   ${name}: ${fact}`);
    },
  };
}
