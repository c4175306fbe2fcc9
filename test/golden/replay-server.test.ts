// Recorded cases through the replay server's matching, in the order they were recorded: each request must find its own answer.
// Data: ../shared/replay/cases.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Request } from '../../src/emulator/message.ts';
import { difference, masked, match, openRecording, type RecordedExchange } from '../../src/emulator/replay-matching.ts';
import { hasReplay, REPLAY } from '../support/replay-cases.ts';

const SAMPLE = 9;
const files = hasReplay()
  ? readdirSync(REPLAY)
      .filter((file) => file.endsWith('.json'))
      .filter((_, index) => index % SAMPLE === 0)
  : [];

function asked({ method, url, requestBody }: RecordedExchange): Request {
  const [path = '', query = ''] = url.split('?', 2);
  return {
    method,
    path,
    query: new URLSearchParams(query),
    headers: {},
    body: requestBody,
    text: '',
    base: 'https://replay.test',
  };
}

describe.skipIf(!hasReplay())(`one recorded case in ${SAMPLE} (needs ${REPLAY})`, () => {
  test.each(files.map((file) => [file]))('%s answers as it was recorded', (file) => {
    // The corpus's README describes the format; a case that has another fails below.
    const { exchanges } = JSON.parse(readFileSync(join(REPLAY, file), 'utf8')) as {
      exchanges: readonly RecordedExchange[];
    };
    const recording = openRecording(exchanges);
    const wrong = exchanges
      .filter((exchange) => exchange.host === undefined)
      .flatMap((exchange) => {
        const { answer, from } = match(recording, asked(exchange));
        const sent = exchange.requestBody ?? null;
        return answer.status === exchange.status && difference(masked(sent), from?.requestBody ?? null) === undefined
          ? []
          : [`${exchange.n} ${exchange.method} ${exchange.url}: ${answer.status}, recorded ${exchange.status}`];
      });
    expect(wrong).toEqual([]);
  });
});
