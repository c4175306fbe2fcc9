// npm run replay -- [--group G,...] [--workers N] PATH...: recorded cases (files or folders of them) against the operator on a real
// kube-apiserver. One line for each document that is not as recorded; a JSON summary last; exit code 0 when nothing differs.
// npm run replay -- --emulator PATH...: recorded traffic against the emulator. One line for each class of difference, and a summary.

import { Command } from 'commander';
import { openCatalogue } from '../src/emulator/catalogue.ts';
import { classesOf, shareOf } from './agreement.ts';
import type { TrafficRecording } from './recorded-answers.ts';
import { type RecordedCase, recordingsAt } from './recorded-cases.ts';
import { replayCases } from './replay-cases.ts';
import { complaintsOf, summaryOf } from './replay-summary.ts';
import { runTool, type ToolCall, wholeNumber } from './tool.ts';
import { compareTraffic } from './traffic.ts';

function againstEmulator(paths: readonly string[]): number {
  const catalogue = openCatalogue('crds');
  const recordings = recordingsAt<TrafficRecording>(paths);
  const compared = recordings.flatMap((recording) => compareTraffic(recording, catalogue));
  for (const { count, difference, example } of classesOf(compared)) console.log(`${count} ${difference} (${example})`);
  console.log(JSON.stringify({ recordings: recordings.length, ...shareOf(compared) }));
  return compared.length > 0 ? 0 : 1;
}

const groupOfCase = (recorded: RecordedCase): string => recorded.group.split('/')[0] ?? '';

interface Options {
  readonly emulator?: boolean;
  readonly group?: string;
  readonly workers: number;
}

async function main({ args, options, signal }: ToolCall<Options>): Promise<number> {
  if (options.emulator === true) return againstEmulator(args);
  const groups = options.group?.split(',');
  const all = recordingsAt<RecordedCase>(args);
  const cases = all.filter((recorded) => groups === undefined || groups.includes(groupOfCase(recorded)));
  if (cases.length === 0)
    throw new Error(
      `no case of ${options.group ?? 'any group'} in ${args.join(', ')}; there are: ${[...new Set(all.map(groupOfCase))].join(', ') || 'none'}`,
    );
  const outcomes = await replayCases(cases, {
    workers: options.workers,
    signal,
    say: (line) => console.error(line),
    onCase: (outcome) => {
      for (const line of complaintsOf(outcome)) console.log(line);
    },
  });
  const summary = summaryOf(outcomes);
  console.log(JSON.stringify(summary));
  const { documents } = summary;
  return documents > 0 &&
    summary.ready === documents &&
    summary.armEqual === documents &&
    summary.unexpected + summary.troubles === 0
    ? 0
    : 1;
}

await runTool(
  new Command('npm run replay --')
    .description('Replays recorded Azure traffic against the operator on a real API server, or against the emulator.')
    .option('--emulator', 'hold the emulator against recorded traffic; needs no control plane')
    .option('--group <names>', 'only cases of these groups, comma-separated')
    .option('--workers <n>', 'cases at a time', wholeNumber(1), 4)
    .argument('<paths...>', 'recordings or folders of them'),
  main,
);
