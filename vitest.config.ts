import { defineConfig } from 'vitest/config';

/** Tests that start processes or threads, train, or take seconds: all that `npm run test:fast` leaves out. */
const SLOW = ['test/cli/**', 'test/envs/pettingzoo/**', 'test/**/*.slow.test.ts'];

export default defineConfig({
  test: {
    globalSetup: 'test/global-setup.ts',
    testTimeout: 60_000,
    projects: [
      {
        extends: true,
        // One process imports each module once for all files: half of the time would go into imports.
        test: { name: 'fast', include: ['test/**/*.test.ts'], exclude: SLOW, isolate: false },
      },
      {
        extends: true,
        test: { name: 'slow', include: SLOW.map((path) => path.replace(/\*\*$/, '**/*.test.ts')) },
      },
    ],
  },
});
