import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Tests that start processes or threads, train, or take seconds: all that `npm run test:fast` leaves out. */
const SLOW = ['test/cli/**', 'test/envs/pettingzoo/**', 'test/reliability/**', 'test/**/*.slow.test.ts'];

export default defineConfig({
  test: {
    globalSetup: 'test/global-setup.ts',
    testTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: SLOW,
          // A worker for every core, which imports each module once for all its files.
          maxWorkers: '100%',
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          include: SLOW.map((path) => path.replace(/\*\*$/, '**/*.test.ts')),
          // After the fast ones, on half of the cores: the processes that these start need the others.
          maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
