// The replay corpus as data (../shared/replay): cases, their documents and the bodies that the original sent.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../src/values/json.ts';

export const REPLAY = '../shared/replay/cases';

export interface ReplayDocument {
  readonly role: string;
  readonly doc: JsonObject & {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
  };
  readonly armId?: string;
  readonly expect: { readonly url: string; readonly apiVersion: string; readonly body: JsonObject } | null;
}

export interface Exchange {
  readonly n: number;
  readonly method: string;
  readonly url: string;
  readonly host?: string;
  readonly status: number;
  readonly responseBody?: unknown;
}

export interface ReplayCase {
  readonly name: string;
  readonly group: string;
  readonly namespace: string;
  readonly manifests: readonly ReplayDocument[];
  readonly exchanges: readonly Exchange[];
}

export function hasReplay(): boolean {
  return existsSync(REPLAY);
}

export function replayCases(): readonly ReplayCase[] {
  if (!hasReplay()) return [];
  return readdirSync(REPLAY)
    .sort()
    .map((file) => JSON.parse(readFileSync(join(REPLAY, file), 'utf8')) as ReplayCase);
}
