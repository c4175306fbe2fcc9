// A share of the recorded cases against the operator on a real API server: one of each shape (roles by name, a deleted vault, cancelled
// and refused PUTs, parents with children, keys of other objects). All of them are in test/long. Data: ../shared/replay/cases.

import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type RecordedCase, recordingsAt } from '../../tools/recorded-cases.ts';
import { replayCases } from '../../tools/replay-cases.ts';
import { complaintsOf } from '../../tools/replay-summary.ts';

const CASES = '../shared/replay/cases';
const SHARE = [
  'authorization-v20220401',
  'keyvault-v1api20210401preview',
  'appconfiguration-v20220501',
  'insights-v1api20240311',
  'storage-v20250601',
  'servicebus-v1api20240101',
];

describe.skipIf(!existsSync(CASES))(`recorded cases (needs ${CASES})`, () => {
  it('every document becomes Ready with the recorded PUT, and nothing else is written', async () => {
    const cases = recordingsAt<RecordedCase>(SHARE.map((name) => `${CASES}/${name}.json`));
    const outcomes = await replayCases(cases, { workers: 3, say: () => undefined });
    expect(outcomes.flatMap(complaintsOf)).toEqual([]);
    expect(outcomes.map((outcome) => outcome.name).sort()).toEqual([...SHARE].sort());
  });
});
