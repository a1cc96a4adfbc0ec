import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
    setupFiles: ['tests/support/matchers.ts'],
    // No limit stands for speed: on a busy machine everything takes ten times as long. Only a hang takes half an hour.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    teardownTimeout: 300_000,
    maxWorkers: 2,
  },
});
