import { expect, it } from 'vitest';
import { klogLine } from '../../../src/controllers/log.ts';

const time = '2026-11-24T23:25:37.123Z';

it.each([
  [
    { level: 'info', time, msg: 'operator started', version: 'v1', count: 2 },
    'I1124 23:25:37.123000       1 operator] "operator started" version="v1" count=2',
    'text is quoted, numbers are bare',
  ],
  [
    { level: 'warn', time, msg: 'two\nlines' },
    'W1124 23:25:37.123000       1 operator] "two\\nlines"',
    'one event is one line, whatever its message holds',
  ],
  [
    { level: 'error', time, msg: 'cut short', err: { type: 'Error', message: 'm', stack: 'Error: m\n    at x' } },
    'E1124 23:25:37.123000       1 operator] "cut short" err="Error: m\\n    at x"',
    'an error is told by its stack',
  ],
  [
    { level: 'debug', time, again: { kind: 'after', afterMs: 5 } },
    'I1124 23:25:37.123000       1 operator] "" again={"kind":"after","afterMs":5}',
    'klog has no letter for debug',
  ],
])('%o', (line, text, because) => {
  expect(klogLine(line, 1), because).toBe(text);
});
