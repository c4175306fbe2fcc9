// Every request that was answered, in order, so that "how many PUTs" is a fact. Secrets in bodies are masked before they are kept.

import { isObject, type Json } from '../values/json.ts';

export interface JournalEntry {
  readonly n: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly apiVersion?: string;
  /** How long the answer took, latency included, in milliseconds. */
  readonly ms: number;
  /** 0: the connection was cut. */
  readonly status: number;
  readonly principal?: string;
  readonly body?: Json;
}

const SECRET_NAME = /password|secret|key$|connectionstring|token/i;

/** A copy in which the values of members with a secret's name are masked. */
export function maskSecrets(value: Json): Json {
  if (Array.isArray(value)) return value.map(maskSecrets);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      typeof member === 'string' && SECRET_NAME.test(name) ? 'REDACTED' : maskSecrets((member ?? null) as Json),
    ]),
  );
}

const LOGIN = /\/oauth2\/|\/\.well-known\/|\/discovery\/instance/;

/** How many requests of each verb, those to the login host left out. */
export function countByVerb(entries: readonly JournalEntry[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const entry of entries) if (!LOGIN.test(entry.url)) counts[entry.method] = (counts[entry.method] ?? 0) + 1;
  return counts;
}
