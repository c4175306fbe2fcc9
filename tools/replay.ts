// npm run replay -- [--group G,...] [--workers N] PATH...: recorded cases (files or folders of them) against the operator on a real
// kube-apiserver. One line for each document that is not as recorded; a JSON summary last; exit code 0 when nothing differs.

import { Command } from 'commander';
import { exitWhenCancelled } from './cancel.ts';
import { type RecordedCase, recordingsAt } from './recorded-cases.ts';
import { type CaseOutcome, replayCases } from './replay-cases.ts';

function complaints(outcome: CaseOutcome): readonly string[] {
  return [
    ...outcome.troubles,
    ...outcome.documents.flatMap(({ document, difference, notReady, waitsFor }) => [
      ...(difference === undefined ? [] : [`${document}: ${difference}`]),
      ...(notReady === undefined ? [] : [`${document}: not Ready: ${notReady}`]),
      ...(waitsFor === undefined ? [] : [`${document}: waits for ${waitsFor}`]),
    ]),
    ...outcome.unexpected.map((request) => `unexpected: ${request}`),
  ];
}

function summaryOf(outcomes: readonly CaseOutcome[]) {
  const documents = outcomes.flatMap((outcome) => outcome.documents);
  const played = documents.filter((document) => document.waitsFor === undefined);
  return {
    cases: outcomes.length,
    documents: played.length,
    ready: played.filter((document) => document.notReady === undefined).length,
    armEqual: played.filter((document) => document.isArmEqual).length,
    wireEqual: played.filter((document) => document.isWireEqual).length,
    unexpected: outcomes.flatMap((outcome) => outcome.unexpected).length,
    troubles: outcomes.flatMap((outcome) => outcome.troubles).length,
    waiting: documents.flatMap(({ document, waitsFor }) =>
      waitsFor === undefined ? [] : [`${document}: ${waitsFor}`],
    ),
  };
}

async function main(): Promise<number> {
  const command = new Command('replay')
    .option('--group <names>', 'only cases of these groups, comma-separated')
    .option('--workers <n>', 'cases at a time', '4')
    .argument('<paths...>', 'cases or folders of cases')
    .parse();
  const { group, workers } = command.opts<{ group?: string; workers: string }>();
  const groups = group?.split(',');
  const cases = recordingsAt<RecordedCase>(command.args).filter(
    (recorded) => groups === undefined || groups.includes(recorded.group.split('/')[0] ?? ''),
  );
  const outcomes = await replayCases(cases, {
    workers: Number(workers),
    say: (line) => console.error(line),
    onCase: (outcome) => {
      for (const line of complaints(outcome)) console.log(line);
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

exitWhenCancelled();
process.exitCode = await main();
