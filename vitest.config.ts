import { defineConfig } from 'vitest/config';

const layer = (name: string, testTimeoutMs: number) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: testTimeoutMs, hookTimeout: 600_000 },
});

export default defineConfig({
  test: {
    projects: [
      layer('unit', 20_000),
      layer('golden', 120_000),
      { ...layer('cluster', 300_000), test: { ...layer('cluster', 300_000).test, fileParallelism: false } },
      { ...layer('chart', 300_000), test: { ...layer('chart', 300_000).test, fileParallelism: false } },
      { ...layer('long', 3_600_000), test: { ...layer('long', 3_600_000).test, fileParallelism: false } },
    ],
  },
});
