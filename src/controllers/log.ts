// The operator's log on stderr: lines as klog writes them, or JSON (--json-logging). Constant messages, facts beside them.

import { type Logger, pino } from 'pino';

export interface LogOptions {
  /** Original levels: 0 errors only, 1 warnings, 2 information, 3 and more everything. */
  readonly verbosity: number;
  readonly isJson: boolean;
  readonly pid: number;
}

/** What pino gives to a destination, parsed. */
interface Line {
  readonly level: string;
  readonly time: string;
  readonly msg?: string;
  readonly [fact: string]: unknown;
}

export function createLog(options: LogOptions): Logger {
  const stderr = pino.destination({ dest: 2, sync: true });
  return pino(
    {
      level: ['error', 'warn', 'info'][options.verbosity] ?? 'debug',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.isJson
      ? stderr
      : { write: (line: string) => void stderr.write(`${klogLine(JSON.parse(line) as Line, options.pid)}\n`) },
  );
}

/**
 * One line in klog's text format: `I1124 23:25:37.123456       1 operator] "message" key="value"`
 * (https://github.com/kubernetes/klog, header format; structured part as textlogger writes it).
 */
export function klogLine({ level, time, msg, ...facts }: Line, pid: number): string {
  const severity = level === 'error' || level === 'fatal' ? 'E' : level === 'warn' ? 'W' : 'I';
  const at = `${time.slice(5, 7)}${time.slice(8, 10)} ${time.slice(11, 23)}000`;
  const pairs = Object.entries(facts).map(([key, value]) => ` ${key}=${factText(value)}`);
  return `${severity}${at} ${String(pid).padStart(7)} operator] ${JSON.stringify(msg ?? '')}${pairs.join('')}`;
}

/** Numbers and booleans bare, text quoted, errors by their stack, the rest as JSON. */
function factText(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'stack' in value) return JSON.stringify(value.stack);
  return JSON.stringify(value) ?? 'null';
}
