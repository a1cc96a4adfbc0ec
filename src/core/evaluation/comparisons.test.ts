import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { pairedBootstrap } from './bootstrap.ts';
import { holm } from './holm.ts';
import { mcnemar } from './mcnemar.ts';

describe('mcnemar', () => {
  it('finds no difference where there is none', () => {
    expect(mcnemar([1, 0, 1], [1, 0, 1])).toEqual({ onlyFirst: 0, onlySecond: 0, pValue: 1 });
    expect(mcnemar([], []).pValue).toBe(1);
  });

  it('does not care which is the first', () => {
    const [first, second] = [
      [true, true, true, true, false],
      [false, false, false, true, true],
    ];
    expect(mcnemar(first, second)).toEqual({ onlyFirst: 3, onlySecond: 1, pValue: 0.625 });
    expect(mcnemar(second, first)).toEqual({ onlyFirst: 1, onlySecond: 3, pValue: 0.625 });
  });

  it('does not underflow where one half to so high a power does', () => {
    const size = 4000;
    const first = Array.from({ length: size }, (_, i) => i % 2);
    const second = first.map((right) => 1 - right);
    expect(mcnemar(first, second).pValue).toBe(1);
  });

  it('refuses lists of different lengths', () => {
    expect(() => mcnemar([1, 0], [1])).toThrow(
      withMessage(
        'McNemar test: expected answers on the same 2 images, received 1 from the second. ' +
          'Evaluate both on the same images, in the same order.',
      ),
    );
  });
});

describe('holm', () => {
  it('keeps the order, raises every value, and leaves one alone', () => {
    expect(holm([])).toEqual([]);
    expect(holm([0.03])).toEqual([0.03]);
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (pValues) => {
        const adjusted = holm(pValues);
        adjusted.forEach((value, i) => {
          expect(value).toBeGreaterThanOrEqual(pValues[i]!);
          expect(value).toBeLessThanOrEqual(1);
          pValues.forEach((other, j) => {
            if (other > pValues[i]!) expect(adjusted[j]!).toBeGreaterThanOrEqual(value);
          });
        });
      }),
    );
  });
});

describe('pairedBootstrap', () => {
  const first = [0, 0, 1, 0, 1, 1, 0, 0];
  const second = [1, 1, 1, 0, 1, 0, 1, 1];

  it('gives the same numbers for the same seed, others for another', () => {
    const options = { resamples: 500 };
    const result = pairedBootstrap(first, second, options);
    expect(pairedBootstrap(first, second, { ...options, seed: 1 })).toEqual(result);
    expect(pairedBootstrap(first, second, { ...options, seed: 2 })).not.toEqual(result);
  });

  it('turns round with its arguments', () => {
    const { difference, interval, pValue } = pairedBootstrap(first, second);
    const other = pairedBootstrap(second, first);
    expect(difference).toBe(0.375);
    expect(other.difference).toBe(-0.375);
    expect([-other.interval[1], -other.interval[0]]).toBeAllClose(interval, { atol: 1e-12, rtol: 0 });
    expect(other.pValue).toBe(pValue);
  });

  it('is narrower the less is asked for', () => {
    const wide = pairedBootstrap(first, second, { confidence: 0.99 }).interval;
    const narrow = pairedBootstrap(first, second, { confidence: 0.5 }).interval;
    expect(narrow[1] - narrow[0]).toBeLessThan(wide[1] - wide[0]);
  });

  it('finds no difference where there is none', () => {
    expect(pairedBootstrap(first, first)).toEqual({ difference: 0, interval: [0, 0], pValue: 1 });
  });

  it('refuses what it cannot do', () => {
    const advice = 'Usual are 5000 resamples and a confidence of 0.95.';
    expect(() => pairedBootstrap(first, [1])).toThrow(
      withMessage(
        'paired bootstrap: expected answers on the same 8 images, received 1 from the second. ' +
          'Evaluate both on the same images, in the same order.',
      ),
    );
    expect(() => pairedBootstrap(first, second, { resamples: 0 })).toThrow(
      withMessage(`bootstrap: expected at least 1 resample, a whole number, received 0. ${advice}`),
    );
    expect(() => pairedBootstrap(first, second, { confidence: 95 })).toThrow(
      withMessage(`bootstrap: expected a confidence between 0 and 1, received 95. ${advice}`),
    );
  });
});
