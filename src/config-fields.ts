// Readers of single settings: text in, value out, or one problem that says what is allowed. Pure; src/config.ts puts them together.

import { z } from 'zod';
import { parseDuration } from './values/duration.ts';

type Read<T> = { readonly value: T } | { readonly allowed: string };

/** A field whose text (trimmed; absent is '') is read by `read`; its problem says the value found and what is allowed. */
function field<T>(read: (text: string) => Read<T>) {
  return z
    .string()
    .optional()
    .transform((text, context): T => {
      const found = (text ?? '').trim();
      const result = read(found);
      if ('value' in result) return result.value;
      context.addIssue({ code: 'custom', message: `is '${found.slice(0, 200)}'; allowed: ${result.allowed}` });
      return z.NEVER;
    });
}

/** Any text. */
export const text = (fallback = '') => field((found) => ({ value: found === '' ? fallback : found }));

/** Where to listen; '' for nowhere, which may be written as 0. */
export const address = () =>
  field((found) => {
    const value = found === '0' ? '' : found;
    const port = /^(?:[^:]*|\[[^\]]*\]):(\d{1,5})$/.exec(value)?.[1];
    return value === '' || (port !== undefined && Number(port) <= 65_535)
      ? { value }
      : { allowed: "an address such as ':8443' or '127.0.0.1:8443', or 0 for none" };
  });

/** Any text but none; `why` says what belongs there. */
export const required = (why: string) => field<string>((found) => (found === '' ? { allowed: why } : { value: found }));

/** One of these words, exactly as written here. */
export const word = <const W extends string>(words: readonly W[], fallback: W) =>
  field<W>((found) => {
    const value = found === '' ? fallback : words.find((candidate) => candidate === found);
    return value === undefined ? { allowed: words.join(', ') } : { value };
  });

/** One of these words in any case. */
export const anyCaseWord = <const W extends string>(words: readonly W[], fallback: W) =>
  field<W>((found) => {
    const value = found === '' ? fallback : words.find((candidate) => candidate === found.toLowerCase());
    return value === undefined ? { allowed: `${words.join(', ')} (in any case)` } : { value };
  });

/** Milliseconds; undefined for `never` and for 0, after which the original never syncs either. */
export const period = (fallbackMs: number) =>
  field<number | undefined>((found) => {
    if (found === '') return { value: fallbackMs };
    if (found.toLowerCase() === 'never') return { value: undefined };
    const ms = parseDuration(found);
    if (ms === undefined || ms < 0) return { allowed: 'a duration such as 15m or 1h30m, or never' };
    return { value: ms === 0 ? undefined : ms };
  });

/** A whole number within these bounds. */
export const integer = <F extends number | undefined>(bounds: {
  readonly min: number;
  readonly max?: number;
  readonly fallback: F;
}) =>
  field<number | F>((found) => {
    if (found === '') return { value: bounds.fallback };
    const { min, max = Number.MAX_SAFE_INTEGER } = bounds;
    const value = /^[+-]?\d{1,15}$/.test(found) ? Number(found) : Number.NaN;
    if (value >= min && value <= max) return { value };
    return {
      allowed: bounds.max === undefined ? `a whole number of at least ${min}` : `a whole number from ${min} to ${max}`,
    };
  });

/** A number above 0, with or without a fraction. */
export const positive = (fallback: number) =>
  field<number>((found) => {
    // Number reads 0x10 too, and 1e999 as infinite.
    const value = found === '' ? fallback : /^[0-9.e+-]+$/i.test(found) ? Number(found) : Number.NaN;
    return Number.isFinite(value) && value > 0 ? { value } : { allowed: 'a number above 0' };
  });

/** A Go boolean where what cannot be read means false, as the original has it for settings. */
export const lenientBoolean = () => field((found) => ({ value: goBoolean(found) ?? false }));

/** A Go boolean of a flag: what cannot be read is a problem. */
export const boolean = (fallback: boolean) =>
  field<boolean>((found) => {
    const value = found === '' ? fallback : goBoolean(found);
    return value === undefined ? { allowed: 'true or false' } : { value };
  });

function goBoolean(found: string): boolean | undefined {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(found)) return true;
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(found) ? false : undefined;
}

/** An https URL to which paths can be added: tokens and secrets go there. It is not quoted when it holds a password. */
export const httpsUrl = (fallback: string) =>
  z
    .string()
    .optional()
    .transform((text, context): string => {
      const found = (text ?? '').trim();
      if (found === '') return fallback;
      const url = URL.canParse(found) ? new URL(found) : undefined;
      if (url?.protocol === 'https:' && url.username + url.password + url.search + url.hash === '') return found;
      const shown = /@/.test(found) ? 'holds a user name or password' : `is '${found.slice(0, 200)}'`;
      context.addIssue({ code: 'custom', message: `${shown}; allowed: an https URL, host and path alone` });
      return z.NEVER;
    });

/** URL of a proxy, with or without a scheme. It may hold a password, so it is not quoted. */
export const proxyUrl = () =>
  z
    .string()
    .optional()
    .superRefine((text, context) => {
      const found = (text ?? '').trim();
      const url = found.includes('://') ? found : `http://${found}`;
      if (found === '' || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) return;
      context.addIssue({
        code: 'custom',
        message: 'is not the URL of a proxy; allowed: http://host:port or https://host:port',
      });
    });

/** Items between separators, trimmed, empty ones left out. */
export const list = (separator: string | RegExp) =>
  field<readonly string[]>((found) => ({
    value: found
      .split(separator)
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  }));

const RESERVED_LABEL = /^(app\.kubernetes\.io\/(name|version)$|serviceoperator\.azure\.com\/)/;

/** `key=value` pairs between ',' or ';'; labels that the operator sets itself are refused. */
export const labels = () =>
  field<Readonly<Record<string, string>>>((found) => {
    const pairs = found
      .split(/[,;]/)
      .map((pair) => pair.trim())
      .filter((pair) => pair !== '')
      .map((pair) => /^([^=]+)=(.*)$/.exec(pair));
    if (pairs.some((pair) => pair === null)) return { allowed: "key=value pairs, separated by ',' or ';'" };
    const entries = pairs.map((pair): [string, string] => [pair?.[1]?.trim() ?? '', pair?.[2]?.trim() ?? '']);
    if (entries.some(([key]) => RESERVED_LABEL.test(key))) {
      return {
        allowed:
          'labels other than app.kubernetes.io/name, app.kubernetes.io/version and those below serviceoperator.azure.com/',
      };
    }
    return { value: Object.fromEntries(entries) };
  });
