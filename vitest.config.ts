import { defineConfig } from 'vitest/config';

const layer = (name: string, testTimeout: number) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: 600_000 },
});
/** Files that start a control plane take the machine in turn. */
const inTurn = (name: string, testTimeout: number) => ({
  test: { ...layer(name, testTimeout).test, fileParallelism: false },
});

export default defineConfig({
  test: {
    projects: [
      layer('unit', 20_000),
      layer('golden', 120_000),
      inTurn('cluster', 300_000),
      inTurn('chart', 300_000),
      inTurn('long', 3_600_000),
    ],
  },
});
