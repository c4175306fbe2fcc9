// What a whole test run printed, and the secrets it used: noted while it runs, compared at its end, so that a secret in any log, status,
// event or metric fails `npm test`. The folder is in ASO_TEST_RECORD; without it nothing is noted.

import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kube } from '../src/kube/client.ts';
import { isObject, type Json, type JsonObject } from '../src/values/json.ts';

const SECRETS = 'secrets.jsonl';
const PRINTED = 'printed';
/** Shorter values are found by chance. */
const SHORTEST = 12;
const LIST_TIMEOUT_MS = 10_000;

/** Adds to what `source` printed. */
export function notePrinted(source: string, text: string): void {
  const folder = process.env.ASO_TEST_RECORD;
  if (folder === undefined) return;
  mkdirSync(join(folder, PRINTED), { recursive: true });
  appendFileSync(join(folder, PRINTED, `${source}.txt`), text);
}

/** Notes what is said of each key, when it is another text than the last one. */
export function changesNoted(source: string): (key: string, text: string) => void {
  const last = new Map<string, string>();
  return (key, text) => {
    if (last.get(key) === text) return;
    last.set(key, text);
    notePrinted(source, `${key} ${text}\n`);
  };
}

/** Notes the metrics page of an operator that is about to end. */
export async function noteMetrics(url: string): Promise<void> {
  if (process.env.ASO_TEST_RECORD === undefined) return;
  const page = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(LIST_TIMEOUT_MS) }).catch(() => undefined);
  if (page !== undefined) notePrinted('metrics', await page.text());
}

export function noteSecrets(values: readonly string[]): void {
  const folder = process.env.ASO_TEST_RECORD;
  if (folder === undefined) return;
  const lines = values.filter(isSecretive).map((value) => `${JSON.stringify(value)}\n`);
  appendFileSync(join(folder, SECRETS), lines.join(''));
}

/** Notes the Secrets of a cluster, and its events among what was printed. */
export async function noteCluster(kube: Kube, source: string): Promise<void> {
  if (process.env.ASO_TEST_RECORD === undefined) return;
  const items = async (path: string): Promise<readonly Json[]> => {
    const answer = await kube.send({ verb: 'GET', path }, AbortSignal.timeout(LIST_TIMEOUT_MS));
    return isObject(answer.body) && Array.isArray(answer.body.items) ? answer.body.items : [];
  };
  for (const secret of (await items('/api/v1/secrets')).filter(isObject)) noteSecrets(valuesOf(secret));
  const events = (await items('/api/v1/events')).filter(isObject);
  notePrinted(`${source}-events`, events.map((event) => `${event.reason}: ${event.message}\n`).join(''));
}

export interface Leaks {
  /** Different secrets that were looked for. */
  readonly secrets: number;
  readonly bytes: number;
  /** Where a secret was printed: file and line, never the secret. */
  readonly found: readonly string[];
}

export function leaksIn(folder: string): Leaks {
  const secrets = [...new Set(linesOf(join(folder, SECRETS)).map((line) => JSON.parse(line) as string))];
  // Kubernetes shows the values of Secrets in base64.
  const needles = secrets.flatMap((secret) => [secret, Buffer.from(secret).toString('base64')]);
  const files = readdirSync(join(folder, PRINTED)).map((file) => join(folder, PRINTED, file));
  let bytes = 0;
  const found: string[] = [];
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    bytes += text.length;
    // Tokens are not noted one by one: a bearer token begins like this.
    const hasToken = /Bearer [\w-]{20,}|\beyJ[\w-]{20,}\.eyJ/.test(text);
    if (!hasToken && !needles.some((needle) => text.includes(needle))) continue;
    text.split('\n').forEach((line, at) => {
      if (/Bearer [\w-]{20,}|\beyJ[\w-]{20,}\.eyJ/.test(line) || needles.some((needle) => line.includes(needle)))
        found.push(`${file}:${at + 1}`);
    });
  }
  return { secrets: secrets.length, bytes, found };
}

/** Values of a Secret without its ids, which are said aloud; those of Helm are whole releases. */
function valuesOf(secret: JsonObject): readonly string[] {
  if (secret.type === 'helm.sh/release.v1' || !isObject(secret.data)) return [];
  return Object.entries(secret.data)
    .filter(([key]) => !/(id|tenants)$/i.test(key))
    .map(([, value]) => Buffer.from(String(value), 'base64').toString('utf8'));
}

/** Addresses, paths and names of hosts are kept in Secrets too, and are said aloud; a token looks like a host. */
function isSecretive(value: string): boolean {
  const isAddress = /^(https?:\/\/\S*|[\w-]+(\.[\w-]+)+\.?|\/\S*)$/i.test(value);
  return value.length >= SHORTEST && (value.startsWith('eyJ') || !isAddress);
}

function linesOf(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}
