// What a run of vitest came to, file by file, and what a second try of its failed files makes of that. Pure.

import { isObject } from '../src/values/json.ts';

export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface FileReport extends Count {
  /** Full names of the tests that failed; the file's own name when it failed as a whole. */
  readonly failing: readonly string[];
}

/** By file. */
export type Report = ReadonlyMap<string, FileReport>;

/** The report of vitest's JSON reporter; undefined when it is none, as after a run that broke off. */
export function readReport(text: string): Report | undefined {
  let report: unknown;
  try {
    report = JSON.parse(text);
  } catch {
    return undefined;
  }
  const files = isObject(report) ? report.testResults : undefined;
  if (!Array.isArray(files)) return undefined;
  return new Map(files.filter(isObject).map((file) => [String(file.name), fileReport(file)]));
}

function fileReport(file: Record<string, unknown>): FileReport {
  const tests = Array.isArray(file.assertionResults) ? file.assertionResults.filter(isObject) : [];
  const failing = tests.filter(({ status }) => status === 'failed').map(({ fullName }) => String(fullName));
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const isBroken = file.status === 'failed' && failing.length === 0;
  return {
    passed,
    failed: isBroken ? 1 : failing.length,
    skipped: tests.length - passed - failing.length,
    failing: isBroken ? [String(file.name)] : failing,
  };
}

export function countOf(report: Report): Count {
  const sum = (of: keyof Count): number => [...report.values()].reduce((total, file) => total + file[of], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

export function failedFiles(report: Report): readonly string[] {
  return [...report].filter(([, file]) => file.failed > 0).map(([name]) => name);
}

/** The report in which a second try stands for each file that was tried again, and the tests that passed only then. */
export function afterSecondTry(
  first: Report,
  second: Report,
): { readonly report: Report; readonly unsteady: readonly string[] } {
  const unsteady = [...second].flatMap(([name, file]) =>
    (first.get(name)?.failing ?? []).filter((test) => !file.failing.includes(test)),
  );
  return { report: new Map([...first, ...second]), unsteady };
}
