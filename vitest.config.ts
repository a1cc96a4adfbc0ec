import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
    setupFiles: ['tests/support/matchers.ts'],
    testTimeout: 60_000,
    maxWorkers: 2,
  },
});
