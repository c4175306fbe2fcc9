// The string functions of CEL's extended strings library, version 3, that the CEL library lacks. Pure.
// Source: https://pkg.go.dev/github.com/google/cel-go/ext#Strings

import type { Environment } from '@marcbachmann/cel-js';
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { spend, spendSearch } from './cel-budget.ts';

/** Holder of `strings.quote`: the library knows functions and receivers, not namespaces. */
class Strings {}

/** Adds charAt, replace, reverse, format, strings.quote, and string() of times. */
export function registerStrings(environment: Environment): void {
  environment
    .registerType('Strings', Strings)
    .registerConstant('strings', 'Strings', new Strings())
    .registerFunction('Strings.quote(string): string', (_strings: Strings, text: string) => quote(text))
    .registerFunction('string.charAt(int): string', (text: string, index: bigint) => charAt(text, Number(index)))
    .registerFunction('string.replace(string, string): string', (text: string, old: string, by: string) =>
      replaceSome(text, old, { by, limit: -1 }),
    )
    .registerFunction(
      'string.replace(string, string, int): string',
      (text: string, old: string, by: string, limit: bigint) => replaceSome(text, old, { by, limit: Number(limit) }),
    )
    .registerFunction('string.reverse(): string', (text: string) => [...text].reverse().join(''))
    .registerFunction('string.format(list): string', (text: string, values: readonly unknown[]) => format(text, values))
    .registerFunction('string(google.protobuf.Timestamp): string', (time: Date) => timeText(time))
    .registerFunction('string(google.protobuf.Duration): string', (duration: Duration) => plainText(duration));
}

function charAt(text: string, index: number): string {
  const characters = [...text];
  if (index < 0 || index > characters.length) throw new Error(`charAt: index ${index} is outside the text`);
  return characters[index] ?? '';
}

/** A negative limit is none. */
function replaceSome(text: string, old: string, how: { readonly by: string; readonly limit: number }): string {
  spendSearch(text, old);
  let done = 0;
  return text.replaceAll(old, () => {
    if (done === how.limit) return old;
    done += 1;
    spend(how.by.length);
    return how.by;
  });
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

function quote(text: string): string {
  return `"${[...text].map((character) => ESCAPES[character] ?? character).join('')}"`;
}

/** Verbs %s %d %f %e %b %o %x %X with an optional precision, and %%. */
function format(text: string, values: readonly unknown[]): string {
  let next = 0;
  const made = text.replace(
    /%(?:%|(?:\.(\d+))?(.?))/g,
    (whole: string, precision: string | undefined, verb: string | undefined) => {
      if (whole === '%%') return '%';
      if (next >= values.length) throw new Error(`format: no value for clause ${next + 1}`);
      const value = values[next++];
      return clause(verb ?? '', value, precision === undefined ? 6 : Number(precision));
    },
  );
  if (next < values.length) throw new Error(`format: ${values.length} values for ${next} clauses`);
  return made;
}

function clause(verb: string, value: unknown, precision: number): string {
  switch (verb) {
    case 's':
      return plainText(value);
    case 'd':
      return typeof value === 'number' ? String(value) : whole(value).toString();
    case 'f':
      return real(value).toFixed(precision);
    case 'e':
      return real(value)
        .toExponential(precision)
        .replace(/e([+-])(\d)$/, 'e$10$2');
    case 'b':
      return typeof value === 'boolean' ? String(Number(value)) : whole(value).toString(2);
    case 'o':
      return whole(value).toString(8);
    case 'x':
      return hexText(value);
    case 'X':
      return hexText(value).toUpperCase();
    default:
      throw new Error(`format: unknown clause '%${verb}'`);
  }
}

function whole(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof UnsignedInt) return BigInt(value.valueOf());
  throw new Error('format: the clause wants a whole number');
}

function real(value: unknown): number {
  return typeof value === 'number' ? value : Number(whole(value));
}

function hexText(value: unknown): string {
  if (typeof value === 'string') return Buffer.from(value, 'utf8').toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return whole(value).toString(16);
}

/** How %s shows a value; maps in the order of their keys. */
function plainText(value: unknown): string {
  if (value instanceof UnsignedInt) return String(value.valueOf());
  if (value instanceof Date) return timeText(value);
  if (value instanceof Duration) return `${Number(value.seconds) + value.nanos / 1e9}s`;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (Array.isArray(value)) return `[${value.map(plainText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const shown = entries
    .map(([key, held]) => [plainText(key), plainText(held)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${shown.map(([key, held]) => `${key}: ${held}`).join(', ')}}`;
}

function timeText(time: Date): string {
  return time
    .toISOString()
    .replace(/\.000Z$/, 'Z')
    .replace(/(\.\d*?)0+Z$/, '$1Z');
}
