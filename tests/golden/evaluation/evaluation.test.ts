/** @file Tests, intervals and metrics agree with statsmodels, SciPy and scikit-learn. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pairedBootstrap } from '../../../src/core/evaluation/bootstrap.ts';
import { computeCalibration } from '../../../src/core/evaluation/calibration.ts';
import { classificationReport } from '../../../src/core/evaluation/classification-report.ts';
import { holm } from '../../../src/core/evaluation/holm.ts';
import { mcnemar } from '../../../src/core/evaluation/mcnemar.ts';
import { type LabelRates, multiLabelReport } from '../../../src/core/evaluation/multi-label-report.ts';
import { poissonTail } from '../../../src/core/evaluation/poisson-tail.ts';
import { regressionReport } from '../../../src/core/evaluation/regression-report.ts';

type Numbers = readonly number[];

const fixture = JSON.parse(readFileSync(new URL('evaluation.json', import.meta.url), 'utf8')) as {
  /** Table: right in both, only the first, only the second, neither. */
  readonly mcnemar: readonly {
    readonly table: readonly [number, number, number, number];
    readonly exact: number;
    readonly corrected: number;
  }[];
  readonly holm: { readonly pValues: Numbers; readonly adjusted: Numbers };
  readonly paired: readonly {
    readonly first: Numbers;
    readonly second: Numbers;
    readonly difference: number;
    readonly interval: Numbers;
    readonly pValue: number;
  }[];
  readonly poisson: readonly { readonly count: number; readonly mean: number; readonly tail: number }[];
  readonly classes: readonly {
    readonly name: string;
    readonly classes: number;
    readonly labels: Numbers;
    readonly answers: Numbers;
    readonly accuracy: number;
    readonly balancedAccuracy: number;
    readonly macroF1: number;
    readonly baseline: number;
    readonly recall: readonly (number | null)[];
  }[];
  readonly labels: {
    readonly baseline: number;
    readonly probabilities: Numbers;
    readonly targets: Numbers;
    readonly loss: number;
    readonly exactMatch: number;
    readonly precision: Numbers;
    readonly recall: readonly (number | null)[];
    readonly f1: Numbers;
    readonly support: Numbers;
    readonly auc: readonly (number | null)[];
    readonly micro: LabelRates;
    readonly macro: LabelRates;
  };
  readonly numbers: {
    readonly predictions: Numbers;
    readonly targets: Numbers;
    readonly loss: number;
    readonly numbers: readonly {
      readonly mae: number;
      readonly rmse: number;
      readonly r2: number;
      readonly baseline: { readonly mae: number; readonly rmse: number };
      readonly intervals: Readonly<Record<'mae' | 'rmse' | 'r2', Numbers>>;
    }[];
  };
  readonly calibration: readonly {
    readonly bins: number;
    readonly probabilities: Numbers;
    readonly labels: Numbers;
    readonly error: number;
    readonly counts: Numbers;
  }[];
};

const EXACT = { atol: 1e-12, rtol: 1e-9 };
/** Inputs of the fixture are float32. */
const ROUNDED = { atol: 1e-6, rtol: 1e-5 };

describe.each(fixture.mcnemar)('McNemar test of $table', ({ table, exact, corrected }) => {
  const [both, onlyFirst, onlySecond, neither] = table;
  const answers = (...counts: readonly [boolean, number][]): boolean[] =>
    counts.flatMap(([isRight, count]) => new Array<boolean>(count).fill(isRight));
  const result = mcnemar(
    answers([true, both], [true, onlyFirst], [false, onlySecond], [false, neither]),
    answers([true, both], [false, onlyFirst], [true, onlySecond], [false, neither]),
  );

  it('gives the exact p-value', () => {
    expect(result).toMatchObject({ onlyFirst, onlySecond });
    expect(result.pValue).toBeAllClose(exact, EXACT);
  });

  it('is what the corrected chi-squared statistic approximates for large numbers', () => {
    const rtol = onlyFirst + onlySecond >= 25 ? 0.12 : 0.3;
    expect(result.pValue).toBeAllClose(corrected, { atol: 0, rtol });
  });
});

it("gives Holm's p-values", () => {
  expect(holm(fixture.holm.pValues)).toBeAllClose(fixture.holm.adjusted, EXACT);
});

it.each(fixture.poisson)('at least $count of a Poisson variable of mean $mean', ({ count, mean, tail }) => {
  expect(poissonTail(count, mean)).toBeAllClose(tail, { atol: 0, rtol: 1e-8 });
});

it.each(fixture.paired)('paired bootstrap: a difference of $difference', (expected) => {
  const options = { seed: 5, resamples: 20_000 };
  const { difference, interval, pValue } = pairedBootstrap(expected.first, expected.second, options);
  expect(difference).toBeAllClose(expected.difference, { atol: 1e-8, rtol: 0 });
  const width = expected.interval[1]! - expected.interval[0]!;
  expect(interval).toBeAllClose(expected.interval, { atol: 0.05 * width, rtol: 0 });
  expect(pValue).toBeAllClose(expected.pValue, { atol: 2e-4, rtol: 0.05 });
});

describe.each(fixture.classes)('metrics of $name', ({ classes, labels, answers, ...expected }) => {
  const probabilities = Float32Array.from(answers.flatMap((answer) => oneHot(answer, classes)));
  const names = Array.from({ length: classes }, (_, index) => `${index}`);
  const metrics = classificationReport(probabilities, labels, names);

  it.each(['accuracy', 'balancedAccuracy', 'macroF1', 'baseline'] as const)('%s', (name) => {
    expect(metrics[name]).toBeAllClose(expected[name], EXACT);
  });

  it('recall of each class, null where there are no images', () => {
    const recall = metrics.classes.map((each) => each.recall);
    expect(recall.map((value) => value === null)).toEqual(expected.recall.map((value) => value === null));
    expect(numbersAmong(recall)).toBeAllClose(numbersAmong(expected.recall), EXACT);
  });
});

it('metrics of labels', () => {
  const { labels } = fixture;
  const metrics = multiLabelReport(Float32Array.from(labels.probabilities), labels.targets, [...'abcde']);
  expect(metrics.images).toBe(60);
  expect(metrics.loss).toBeAllClose(labels.loss, ROUNDED);
  expect(metrics.exactMatch).toBeAllClose(labels.exactMatch, EXACT);
  expect(metrics.baseline).toBeAllClose(labels.baseline, EXACT);
  const recall = metrics.labels.map((each) => each.recall);
  expect(recall.map((value) => value === null)).toEqual(labels.recall.map((value) => value === null));
  expect(numbersAmong(recall)).toBeAllClose(numbersAmong(labels.recall), ROUNDED);
  for (const key of ['precision', 'f1', 'support'] as const) {
    expect(metrics.labels.map((each) => each[key])).toBeAllClose(labels[key], ROUNDED);
  }
  expect(metrics.labels.map(({ label, auc }) => [label, auc === null])).toEqual(
    [...'abcde'].map((label, i) => [label, labels.auc[i] === null]),
  );
  expect(metrics.labels.slice(0, 4).map(({ auc }) => auc!)).toBeAllClose(labels.auc.slice(0, 4) as number[], EXACT);
  for (const average of ['micro', 'macro'] as const) {
    for (const key of ['precision', 'recall', 'f1', 'auc'] as const) {
      expect(metrics[average][key]!).toBeAllClose(labels[average][key]!, EXACT);
    }
  }
});

it('metrics of numbers', () => {
  const { predictions, targets, loss, numbers } = fixture.numbers;
  const metrics = regressionReport(Float32Array.from(predictions), Float32Array.from(targets), ['a', 'b'], {
    resamples: 10_000,
  });
  expect(metrics.loss).toBeAllClose(loss, ROUNDED);
  numbers.forEach((expected, i) => {
    const actual = metrics.numbers[i]!;
    for (const key of ['mae', 'rmse', 'r2'] as const) {
      expect(actual[key]!).toBeAllClose(expected[key], ROUNDED);
      const interval = expected.intervals[key];
      const width = interval[1]! - interval[0]!;
      if (key !== 'r2') expect(actual.baseline[key]).toBeAllClose(expected.baseline[key], ROUNDED);
      expect(actual.intervals[key]!).toBeAllClose(interval, { atol: 0.05 * width, rtol: 0 });
    }
  });
});

it.each(fixture.calibration)('calibration in $bins bins', ({ bins, probabilities, labels, error, counts }) => {
  const calibration = computeCalibration(Float32Array.from(probabilities), labels, { bins });
  expect(calibration.error).toBeAllClose(error, ROUNDED);
  expect(calibration.bins.map(({ images }) => images)).toEqual(counts);
});

function oneHot(index: number, width: number): number[] {
  return Array.from({ length: width }, (_, column) => (column === index ? 1 : 0));
}

function numbersAmong(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}
