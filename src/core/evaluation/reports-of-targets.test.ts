import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { computeCalibration } from './calibration.ts';
import { multiLabelReport } from './multi-label-report.ts';
import { regressionReport } from './regression-report.ts';

describe('multiLabelReport', () => {
  const probabilities = Float32Array.of(0.9, 0.2, 0.6, 0.7);

  it('gives a label above the threshold', () => {
    const targets = [1, 0, 0, 1];
    expect(multiLabelReport(probabilities, targets, ['a', 'b']).labels).toMatchObject([
      { label: 'a', precision: 0.5, recall: 1, auc: 1, support: 1 },
      { label: 'b', precision: 1, recall: 1, auc: 1, support: 1 },
    ]);
    const strict = multiLabelReport(probabilities, targets, ['a', 'b'], { threshold: 0.65 });
    expect(strict).toMatchObject({ threshold: 0.65, exactMatch: 1, micro: { f1: 1 }, macro: { f1: 1 } });
  });

  it('has no AUC where no label has positives and negatives, and survives sure mistakes', () => {
    const metrics = multiLabelReport(Float32Array.of(0, 1), [1, 0], ['a', 'b']);
    expect(metrics.macro).toEqual({ precision: 0, recall: 0, f1: 0, auc: null });
    expect(metrics.loss).toBeAllClose(-Math.log(1e-7), { atol: 1e-9, rtol: 0 });
  });

  it('knows nothing of no images', () => {
    const metrics = multiLabelReport(new Float32Array(0), [], ['a']);
    expect(metrics).toMatchObject({ images: 0, loss: Number.NaN, exactMatch: Number.NaN, interval: [0, 1] });
  });
});

describe('regressionReport', () => {
  it('has no R2 where the right numbers are all the same', () => {
    const [number] = regressionReport(Float32Array.of(1, 2, 3), Float32Array.of(2, 2, 2), ['age']).numbers;
    expect(number).toMatchObject({ name: 'age', r2: null, intervals: { r2: null } });
    expect(number!.mae).toBeAllClose(2 / 3, { atol: 1e-12, rtol: 0 });
  });

  it('leaves out resamples without a spread: two images give the interval of the others', () => {
    const [number] = regressionReport(Float32Array.of(0, 1), Float32Array.of(0, 2), ['x']).numbers;
    expect(number!.r2).toBe(0.5);
    expect(number!.intervals.r2).toEqual([0.5, 0.5]);
  });
});

describe('computeCalibration', () => {
  it('puts a confidence on the border of two bins into the lower one', () => {
    const { bins, error } = computeCalibration(Float32Array.of(0.5, 0.5, 0.25, 0.75), [0, 1], { bins: 4 });
    expect(bins.map(({ images }) => images)).toEqual([0, 1, 1, 0]);
    expect(bins[1]).toEqual({ from: 0.25, to: 0.5, images: 1, confidence: 0.5, accuracy: 1 });
    expect(error).toBeAllClose((0.5 + 0.25) / 2, { atol: 1e-12, rtol: 0 });
  });

  it('is perfect where all is sure and right', () => {
    expect(computeCalibration(Float32Array.of(1, 0, 0, 1), [0, 1]).error).toBe(0);
  });

  it('refuses a number of bins that is none', () => {
    expect(() => computeCalibration(new Float32Array(0), [], { bins: 0 })).toThrow(
      withMessage('calibration: expected at least 1 bin, a whole number, received 0. Usual are 10 to 15.'),
    );
  });
});
