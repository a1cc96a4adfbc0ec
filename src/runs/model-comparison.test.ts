import { describe, expect, it } from 'vitest';
import { comparePairs } from './model-comparison.ts';

describe('comparePairs', () => {
  it('tells every pair, with both tests and the correction for all of them', () => {
    const better = Float64Array.from({ length: 100 }, (_, i) => Number(i < 95));
    const worse = Float64Array.from({ length: 100 }, (_, i) => Number(i < 70));
    const alike = Float64Array.from({ length: 100 }, (_, i) => Number(i !== 0 && i < 96));
    const pairs = comparePairs([better, worse, alike], { isRightOrWrong: true });
    expect(pairs.map(({ first, second }) => [first, second])).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
    ]);
    expect(pairs[0]).toMatchObject({ onlyFirst: 25, onlySecond: 0, isSignificant: true });
    expect(pairs[0]!.difference).toBeCloseTo(-0.25, 12);
    expect(pairs[0]!.interval[1]).toBeLessThan(0);
    expect(pairs[1]).toMatchObject({ onlyFirst: 1, onlySecond: 1, pValue: 1, isSignificant: false });
    for (const { pValue, adjustedPValue } of pairs) expect(adjustedPValue).toBeGreaterThanOrEqual(pValue);
  });

  it('takes the bootstrap where nothing is right or wrong', () => {
    const first = Float64Array.from({ length: 50 }, (_, i) => 1 + (i % 5) / 10);
    const [pair] = comparePairs([first, first.map((error) => error + 0.5)], { isRightOrWrong: false });
    expect(pair).toMatchObject({ onlyFirst: null, onlySecond: null, isSignificant: true });
    expect(pair!.difference).toBeCloseTo(0.5, 12);
  });
});
