import { defineConfig } from 'vitest/config';
import { RunReport } from './tests/support/run-report.ts';

/** Beside the source, and what holds single parts to their contract: seconds each, nothing but the source is needed. */
const UNIT = ['src/**/*.test.{ts,tsx}', 'tests/{contract,golden,property,support}/**/*.test.ts'];
/** Takes more than a second of processor time: `npm test` runs it, `npm run test:unit` does not. */
const SLOW = ['**/*.slow.test.ts'];
/** A browser that few machines have: `npm run test:webkit` runs them, every night. */
const WEBKIT = ['tests/e2e/webkit-*.test.ts'];
/** Whole programs: the built package, the documents and their samples. */
const WHOLE = ['tests/{docs,e2e}/**/*.test.ts', 'tests/*.test.ts'];

export default defineConfig({
  test: {
    globalSetup: ['tests/support/built-kernels.ts'],
    setupFiles: ['tests/support/matchers.ts'],
    reporters: ['default', new RunReport()],
    // No limit stands for speed: on a busy machine everything takes ten times as long. Only a hang takes half an hour.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    teardownTimeout: 300_000,
    expect: { poll: { timeout: 600_000, interval: 100 } },
    maxWorkers: 2,
    projects: [
      // The files of a worker share what they import, which took more time than the tests. A test replaces no module
      // (`vi.mock`), and takes back what it spies on.
      {
        extends: true,
        test: { name: 'unit', isolate: false, include: UNIT, exclude: [...SLOW, 'node_modules/**'] },
      },
      { extends: true, test: { name: 'slow', include: SLOW, exclude: ['node_modules/**'] } },
      { extends: true, test: { name: 'whole', include: WHOLE, exclude: [...WEBKIT, 'node_modules/**'] } },
      { extends: true, test: { name: 'webkit', include: WEBKIT, exclude: ['node_modules/**'] } },
    ],
  },
});
