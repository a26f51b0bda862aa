import { defineConfig } from 'vitest/config';

/** The pages in a real browser, with the fake in the broker's place: `npm run test:browser`. */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['tests/browser/**/*.test.ts'],
    globalSetup: ['tests/browser/build.ts'],
    maxConcurrency: 2,
    testTimeout: 30_000,
    hookTimeout: 90_000,
    teardownTimeout: 10_000,
    maxWorkers: 1,
    fileParallelism: false,
  },
});
