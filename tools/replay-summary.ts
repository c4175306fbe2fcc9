// What recorded cases came to, for people: complaints and counts.

import type { CaseOutcome, DocumentOutcome } from './replay-cases.ts';

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
    onlyOnTheWire: wireClasses(played),
    unexpected: outcomes.flatMap((outcome) => outcome.unexpected).length,
    troubles: outcomes.flatMap((outcome) => outcome.troubles).length,
    waiting: documents.flatMap(({ document, waitsFor }) =>
      waitsFor === undefined ? [] : [`${document}: ${waitsFor}`],
    ),
  };
}

/**
 * Documents that are equal for ARM and differ on the wire, by what was sent and recorded at the first place. The original sends null for
 * each list or map that is not set, in two groups (storage, containerservice); ARM takes a null for an absent member, and so nothing is sent.
 */
function wireClasses(documents: readonly DocumentOutcome[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { wireDifference } of documents) {
    if (wireDifference === undefined) continue;
    const what = wireDifference.slice(wireDifference.indexOf(': ') + 2);
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}
