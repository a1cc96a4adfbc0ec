import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wilsonInterval } from './wilson-interval.ts';

describe('wilsonInterval', () => {
  // statsmodels.stats.proportion.proportion_confint(count, nobs, method='wilson')
  it.each([
    [485, 500, 0.9510963, 0.9817367],
    [0, 10, 0, 0.2775328],
    [10, 10, 0.7224672, 1],
    [1, 2, 0.0945312, 0.9054688],
  ])('gives the known interval for %i of %i', (successes, trials, low, high) => {
    expect([...wilsonInterval(successes, trials)]).toBeAllClose([low, high], { atol: 1e-6, rtol: 0 });
  });

  it('knows nothing from no trials', () => {
    expect(wilsonInterval(0, 0)).toEqual([0, 1]);
  });

  it('contains the proportion and stays in [0, 1]', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (trials, fraction) => {
          const successes = Math.round(trials * fraction);
          const [low, high] = wilsonInterval(successes, trials);
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          expect(low).toBeLessThanOrEqual(successes / trials);
          expect(high).toBeGreaterThanOrEqual(successes / trials);
        },
      ),
    );
  });
});
