/**
 * @file What a run of the tests says at its end: which tests were skipped and what they need (needs.ts), what the fast tier
 * leaves out, and one line with the counts.
 */

import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';

/** How many files of a need are named. */
const MAX_FILES = 3;

export class RunReport implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const lines = [...skippedLines(tests), ...(await this.#leftOutLines())];
    this.#vitest?.logger.log([...lines, countLine(tests, modules)].join('\n'));
  }

  /** Of `--project unit`: which files of the whole run it has not. */
  async #leftOutLines(): Promise<string[]> {
    const vitest = this.#vitest;
    const projects = new Set(vitest?.projects.map(({ name }) => name));
    if (vitest === undefined || projects.size !== 1 || !projects.has('unit')) return [];
    return ['The fast tier leaves out tests that are slow or need the built package: npm test runs them.'];
  }
}

/** What was skipped on purpose, by what it needs; a filter of names (`-t`) and `.only` are no purpose. */
export function skippedLines(tests: readonly TestCase[]): string[] {
  const skipped = tests.filter(({ options, project }) => {
    const isFiltered = project.config.testNamePattern !== undefined;
    return !isFiltered && (options.mode === 'skip' || options.mode === 'todo');
  });
  if (skipped.length === 0) return [];
  const byNeed = new Map<string, TestCase[]>();
  for (const test of skipped) {
    const need = test.meta().need ?? '';
    byNeed.set(need, [...(byNeed.get(need) ?? []), test]);
  }
  const rows = [...byNeed].map(([need, of]) => {
    const files = [...new Set(of.map(({ module }) => module.relativeModuleId))];
    const more = files.length > MAX_FILES ? ` and ${files.length - MAX_FILES} more` : '';
    const why = need === '' ? 'no reason is given (tests/support/needs.ts)' : `needs ${need}`;
    return `  ${String(of.length).padStart(3)}  ${why}: ${files.slice(0, MAX_FILES).join(', ')}${more}`;
  });
  return ['', `Skipped tests: ${skipped.length}`, ...rows.toSorted()];
}

/** A file that could not be loaded counts as a failed test. */
function countLine(tests: readonly TestCase[], modules: readonly TestModule[]): string {
  const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
  const broken = modules.filter((module) => module.errors().length > 0).length;
  return `\n${count('passed')} passed, ${count('failed') + broken} failed, ${count('skipped')} skipped`;
}
