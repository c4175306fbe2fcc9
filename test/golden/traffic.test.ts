// Recorded traffic with Azure through the emulator. Data: ../shared/replay/traffic. The floors are what it reaches; they only rise.

import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseId } from '../../src/arm/id.ts';
import { problemsOf } from '../../src/emulator/body-schema.ts';
import { openCatalogue } from '../../src/emulator/catalogue.ts';
import { isObject } from '../../src/values/json.ts';
import { classesOf, shareOf } from '../../tools/agreement.ts';
import type { TrafficRecording } from '../../tools/recorded-answers.ts';
import { recordingsAt } from '../../tools/recorded-cases.ts';
import { compareTraffic } from '../../tools/traffic.ts';

const TRAFFIC = '../shared/replay/traffic';
const CASES = '../shared/replay/cases';
const catalogue = openCatalogue('crds');

describe.skipIf(!existsSync(TRAFFIC))(`recorded traffic (needs ${TRAFFIC})`, () => {
  const rows = [
    { folder: TRAFFIC, share: 0.94, members: 0.6 },
    { folder: CASES, share: 0.91, members: 0.59 },
  ];

  it.each(rows)('the emulator answers $folder as Azure did, in all but a few', ({ folder, share, members }) => {
    const compared = recordingsAt<TrafficRecording>([folder]).flatMap((recording) =>
      compareTraffic(recording, catalogue),
    );
    const reached = shareOf(compared);
    console.info(`${folder}: ${JSON.stringify(reached)}`);
    const worst = classesOf(compared).slice(0, 20);
    expect(reached.share, JSON.stringify(worst, null, 1)).toBeGreaterThanOrEqual(share);
    expect(reached.members).toBeGreaterThanOrEqual(members);
  });

  it('no body that Azure took is refused by its schema', () => {
    const problems = recordingsAt<TrafficRecording>([TRAFFIC, CASES]).flatMap(({ name, exchanges }) =>
      exchanges.flatMap((exchange) => {
        const [path = '', query = ''] = exchange.url.split('?', 2);
        if (exchange.method !== 'PUT' || exchange.status >= 300 || !isObject(exchange.requestBody)) return [];
        const type = parseId(decodeURIComponent(path))?.type ?? '';
        const schema = catalogue.find(type)?.schemaOf(new URLSearchParams(query).get('api-version') ?? '');
        const { name: _name, ...body } = exchange.requestBody;
        const found = schema === undefined ? [] : problemsOf(body, schema);
        return found.map((problem) => `${name}#${exchange.n} ${type}: ${problem.message}`);
      }),
    );
    expect(problems).toEqual([]);
  });
});
