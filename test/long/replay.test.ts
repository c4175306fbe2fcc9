// All recorded cases against the operator on a real API server. Data: ../shared/replay/cases.

import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type RecordedCase, recordingsAt } from '../../tools/recorded-cases.ts';
import { replayCases } from '../../tools/replay-cases.ts';
import { complaintsOf, summaryOf } from '../../tools/replay-summary.ts';

const CASES = '../shared/replay/cases';
describe.skipIf(!existsSync(CASES))(`all recorded cases (needs ${CASES})`, () => {
  it('every document becomes Ready with the recorded PUT, and nothing else is written', async () => {
    const outcomes = await replayCases(recordingsAt<RecordedCase>([CASES]), {
      workers: 4,
      say: (line) => console.info(line),
    });
    console.info(JSON.stringify(summaryOf(outcomes)));
    expect(outcomes.flatMap(complaintsOf)).toEqual([]);
    expect(outcomes).toHaveLength(81);
  });
});
