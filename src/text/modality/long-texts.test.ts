/** @file Which tokens are taken of a long text. */

import { describe, expect, it } from 'vitest';
import { fitTokens, type LongText } from './long-texts.ts';

const IDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const fit = (maxTokens: number, long: LongText, ids = IDS) =>
  fitTokens(ids, { maxTokens, long, prefix: [100], suffix: [200] });

describe('fitTokens', () => {
  it.each(['head', 'head+tail', 'windows'] as const)('takes a text that fits as it is: %s', (long) => {
    expect(fit(12, long)).toEqual([[100, ...IDS, 200]]);
    expect(fit(12, long, [])).toEqual([[100, 200]]);
  });

  it('takes the beginning', () => {
    expect(fit(6, 'head')).toEqual([[100, 1, 2, 3, 4, 200]]);
  });

  it('takes the first quarter and the end', () => {
    expect(fit(10, 'head+tail')).toEqual([[100, 1, 2, 5, 6, 7, 8, 9, 10, 200]]);
  });

  it('takes everything in windows of about equal length', () => {
    expect(fit(6, 'windows')).toEqual([
      [100, 1, 2, 3, 200],
      [100, 4, 5, 6, 200],
      [100, 7, 8, 9, 10, 200],
    ]);
  });

  it('has room for nothing but what stands around', () => {
    expect(fit(2, 'windows')).toEqual([[100, 200]]);
  });
});
