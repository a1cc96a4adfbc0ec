import { describe, expect, it } from 'vitest';
import type { TestCase } from 'vitest/node';
import { needs } from './needs.ts';
import { skippedLines } from './run-report.ts';

const testIn = (file: string, mode: string, need?: string, testNamePattern?: RegExp): TestCase =>
  ({
    options: { mode },
    meta: () => ({ ...(need === undefined ? {} : { need }) }),
    module: { relativeModuleId: file },
    project: { config: { testNamePattern } },
  }) as unknown as TestCase;

describe('the end of a run', () => {
  it('lists what was skipped by what it needs', () => {
    const lines = skippedLines([
      testIn('a.test.ts', 'skip', 'strace'),
      testIn('b.test.ts', 'skip', 'strace'),
      testIn('b.test.ts', 'run'),
      ...['c', 'd', 'e', 'f'].map((name) => testIn(`${name}.test.ts`, 'skip', 'root')),
      testIn('g.test.ts', 'todo'),
    ]);
    expect(lines).toEqual([
      '',
      'Skipped tests: 7',
      '    1  no reason is given (tests/support/needs.ts): g.test.ts',
      '    2  needs strace: a.test.ts, b.test.ts',
      '    4  needs root: c.test.ts, d.test.ts, e.test.ts and 1 more',
    ]);
  });

  it('lists nothing where all tests ran, or a filter of names left some out', () => {
    expect(skippedLines([testIn('a.test.ts', 'run')])).toEqual([]);
    expect(skippedLines([testIn('a.test.ts', 'skip', undefined, /name/)])).toEqual([]);
  });
});

describe('a need', () => {
  it('skips where it is not met, and says what it is', () => {
    expect(needs.file('package.json')).toEqual({ skip: false, meta: { need: 'package.json' } });
    expect(needs.file('../missing')).toEqual({ skip: true, meta: { need: '../missing' } });
  });
});
