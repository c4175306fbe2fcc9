// The search for secrets in what a run printed finds them, in plain and in base64, and takes nothing else for one.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { leaksIn, notePrinted, noteSecrets } from '../../../tools/test-record.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aso-record-'));
  vi.stubEnv('ASO_TEST_RECORD', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const SECRET = 'correct horse battery';

it.each([
  [`password is ${SECRET}`, 1, 'a secret in a line'],
  [`data: ${Buffer.from(SECRET).toString('base64')}`, 1, 'the same as Kubernetes shows it'],
  ['authorization: Bearer abcdefghijklmnopqrstuvwxyz', 1, 'a token that nobody noted'],
  [`jwt eyJ${'a'.repeat(30)}.eyJ${'b'.repeat(30)}.sig`, 1, 'a token of an API server'],
  ['nothing to see', 0, 'no secret'],
  ['https://account.blob.core.windows.net/', 0, 'addresses are no secrets'],
])('%s', (line, count, because) => {
  noteSecrets([SECRET, 'short', 'https://account.blob.core.windows.net/', 'account.blob.core.windows.net']);
  notePrinted('operator', `first line\n${line}\n`);
  const { found, secrets } = leaksIn(folder);
  expect(secrets).toBe(1);
  expect(found.length, because).toBe(count);
  if (count > 0) expect(found[0]).toMatch(/operator\.txt:2$/);
  expect(found.join()).not.toContain(SECRET);
});
