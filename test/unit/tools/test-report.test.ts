import { describe, expect, it } from 'vitest';
import { afterSecondTry, countOf, failedFiles, type Report, readReport } from '../../../tools/test-report.ts';

const file = (name: string, status: string, tests: Readonly<Record<string, string>>): object => ({
  name,
  status,
  assertionResults: Object.entries(tests).map(([fullName, result]) => ({ fullName, status: result })),
});

function read(...files: readonly object[]): Report {
  const report = readReport(JSON.stringify({ testResults: files }));
  if (report === undefined) throw new Error('it is a report');
  return report;
}

const first = read(
  file('good', 'passed', { a: 'passed', b: 'skipped' }),
  file('bad', 'failed', { c: 'passed', d: 'failed', e: 'failed' }),
  file('broken', 'failed', {}),
);

describe('a report', () => {
  it('counts tests, and a file that broke before its tests as one that failed', () => {
    expect(countOf(first)).toEqual({ passed: 2, failed: 3, skipped: 1 });
    expect(failedFiles(first)).toEqual(['bad', 'broken']);
  });

  it.each(['', '{"testResults":', '{}'])('of a run that broke off is none: %j', (text) => {
    expect(readReport(text)).toBeUndefined();
  });

  it('after a second try counts what that came to, and names what passed only then', () => {
    const second = read(
      file('bad', 'failed', { c: 'passed', d: 'passed', e: 'failed' }),
      file('broken', 'passed', { f: 'passed' }),
    );
    const { report, unsteady } = afterSecondTry(first, second);
    expect(countOf(report)).toEqual({ passed: 4, failed: 1, skipped: 1 });
    expect(unsteady).toEqual(['d', 'broken']);
  });

  it('after a second try that made no report is the first', () => {
    expect(countOf(afterSecondTry(first, new Map()).report)).toEqual(countOf(first));
  });
});
