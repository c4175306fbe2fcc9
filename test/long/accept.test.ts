// Every manifest that the original's own schema accepts is accepted here (../shared/samples; skipped when it is absent).

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const SAMPLES = '../shared/samples';

describe.skipIf(!existsSync(SAMPLES))('npm run accept', () => {
  it('refuses nothing of the samples that the original does not refuse too', () => {
    const ran = spawnSync(process.execPath, ['tools/accept.ts', SAMPLES], {
      encoding: 'utf8',
      timeout: 1_200_000,
      // It tells there how far it has come.
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { refusedByUsAlone, accepted } = JSON.parse(ran.stdout) as { refusedByUsAlone: number; accepted: number };
    expect(ran.status).toBe(0);
    expect(refusedByUsAlone).toBe(0);
    expect(accepted).toBeGreaterThanOrEqual(810);
  });
});
