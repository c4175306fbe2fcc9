// Every writable type of Microsoft's type data as a kind, on a real API server: all asked about, all created and served.

import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openTypeData } from '../../src/generate/type-data.ts';
import { startCluster } from '../../tools/platform.ts';
import { establish, refusedByServer, sweepOne, writableTypes } from '../../tools/sweep.ts';
import { PUBLISHED_TYPE_DATA } from '../support/type-data.ts';

describe.skipIf(!existsSync(PUBLISHED_TYPE_DATA))(
  "Microsoft's type data (../shared/specs; skipped when it is absent)",
  () => {
    it('gives CRDs that a real API server takes, all of them, and serves', async () => {
      const types = openTypeData(PUBLISHED_TYPE_DATA);
      const swept = writableTypes(types, 'newest').map((name) => sweepOne(types, name));
      const cluster = await startCluster(() => undefined);
      try {
        expect(await refusedByServer(cluster, swept, (line) => console.info(line))).toEqual(new Map());
        const crds = swept.flatMap(({ crd }) => (crd === undefined ? [] : [crd]));
        expect(await establish(cluster, crds, (line) => console.info(line))).toEqual(new Map());
      } finally {
        await cluster.stop();
      }
    });
  },
);
