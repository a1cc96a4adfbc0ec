/** @file Temperatures, prediction sets and thresholds agree with scikit-learn, SciPy and NumPy. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { chooseTemperature } from '../../../src/core/evaluation/choose-temperature.ts';
import { conformalScores, conformalThreshold } from '../../../src/core/evaluation/conformal.ts';
import { chooseThreshold } from '../../../src/core/evaluation/decision-threshold.ts';
import { fitTemperature } from '../../../src/core/evaluation/temperature.ts';

type Numbers = readonly number[];

const fixture = JSON.parse(readFileSync(new URL('confidence.json', import.meta.url), 'utf8')) as {
  readonly temperature: readonly {
    readonly name: string;
    readonly logits: Numbers;
    readonly labels: Numbers;
    readonly sklearn: number;
    readonly smoothed: number;
    readonly lossBefore: number;
    readonly lossAfter: number;
  }[];
  readonly conformal: readonly {
    readonly probabilities: Numbers;
    readonly labels: Numbers;
    readonly levels: Numbers;
    readonly thresholds: Numbers;
  }[];
  readonly thresholds: readonly {
    readonly probabilities: Numbers;
    readonly truths: Numbers;
    readonly precisionAtRecall: Readonly<Record<string, number>>;
    readonly recallAtPrecision: Readonly<Record<string, number>>;
    readonly bestF1: number;
  }[];
  readonly choices: readonly {
    readonly name: string;
    readonly logits: Numbers;
    readonly labels: Numbers;
    readonly rowsPerExample: number;
    readonly temperature: number;
  }[];
};

describe('fitTemperature', () => {
  it.each(fixture.temperature)('agrees with scikit-learn and SciPy: $name', (given) => {
    const logits = Float32Array.from(given.logits);
    const plain = fitTemperature(logits, given.labels, { smoothing: false });
    // scikit-learn searches to 2e-4 of the logarithm or so.
    expect([plain.temperature]).toBeAllClose([given.sklearn], { atol: 0, rtol: 2e-3 });
    const fit = fitTemperature(logits, given.labels);
    expect([fit.temperature]).toBeAllClose([given.smoothed], { atol: 0, rtol: 1e-6 });
    expect([fit.lossBefore, fit.lossAfter]).toBeAllClose([given.lossBefore, given.lossAfter], {
      atol: 1e-7,
      rtol: 1e-6,
    });
  });
});

describe('chooseTemperature', () => {
  it.each(fixture.choices)('keeps a temperature that cross-validation finds better: $name', (given) => {
    const { rowsPerExample } = given;
    const found = chooseTemperature(Float32Array.from(given.logits), given.labels, { rowsPerExample });
    expect([found]).toBeAllClose([given.temperature], { atol: 0, rtol: 1e-6 });
  });

  it('is of use to some of them, and to others not', () => {
    const applied = fixture.choices.map(({ temperature }) => temperature !== 1);
    expect(applied).toEqual([true, false, true, false, true, false]);
  });

  it('keeps 1 where there are too few examples to divide', () => {
    expect(chooseTemperature(Float32Array.of(3, -3, 2, 1), [1, 0, 1, 0])).toBe(1);
  });
});

describe('conformalThreshold', () => {
  it.each(fixture.conformal)('is the quantile of the scores, to the safe side by at most 0.1%', (given) => {
    const scores = conformalScores(Float32Array.from(given.probabilities), given.labels);
    given.levels.forEach((level, index) => {
      const exact = given.thresholds[index]!;
      const threshold = conformalThreshold(scores, level);
      expect(threshold).toBeLessThanOrEqual(exact + 1e-7);
      expect(threshold).toBeGreaterThan(exact - 1e-3);
    });
  });
});

describe('chooseThreshold', () => {
  it.each(fixture.thresholds)('finds the best point of the precision-recall curve', (given) => {
    const probabilities = Float32Array.from(given.probabilities);
    for (const [value, precision] of Object.entries(given.precisionAtRecall)) {
      const { rates } = chooseThreshold(probabilities, given.truths, { metric: 'recall', value: Number(value) });
      expect(rates.precision).toBeCloseTo(precision, 9);
      expect(rates.recall).toBeGreaterThanOrEqual(Number(value));
    }
    for (const [value, recall] of Object.entries(given.recallAtPrecision)) {
      const goal = { metric: 'precision', value: Number(value) } as const;
      const { rates } = chooseThreshold(probabilities, given.truths, goal);
      expect(rates.recall).toBeCloseTo(recall, 9);
      expect(rates.precision).toBeGreaterThanOrEqual(Number(value));
    }
    const best = chooseThreshold(probabilities, given.truths, { metric: 'f1' });
    expect(best.rates.f1).toBeCloseTo(given.bestF1, 9);
  });
});
