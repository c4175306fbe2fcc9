// What recorded cases came to, for people: complaints and counts.

import type { CaseOutcome } from './replay-cases.ts';

/** One line for everything that is not as recorded. */
export function complaintsOf(outcome: CaseOutcome): readonly string[] {
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

/** Counts of all cases; `waiting` names the documents that wait for something the operator lacks. */
export function summaryOf(outcomes: readonly CaseOutcome[]) {
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
