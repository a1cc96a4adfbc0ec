/** @file How far predicted numbers are from the right ones, with intervals. */

import { type BootstrapOptions, bootstrapIntervals, type Interval, type Statistic } from './bootstrap.ts';

/** Metrics of one predicted number. */
export interface ValueMetrics {
  readonly name: string;
  /** Mean absolute error, in the number's own unit. */
  readonly mae: number;
  /** Root of the mean squared error, in the number's own unit. */
  readonly rmse: number;
  /** 1 is perfect, 0 no better than always the mean; null where the right numbers are all the same. */
  readonly r2: number | null;
  /** The same errors on the same images of always giving the mean of their right numbers. */
  readonly baseline: { readonly mae: number; readonly rmse: number };
  /** Percentile bootstrap over the images. */
  readonly intervals: { readonly mae: Interval; readonly rmse: Interval; readonly r2: Interval | null };
}

/** How far predicted values are from the true ones. */
export interface RegressionReport {
  readonly images: number;
  /** Mean squared error over images and numbers. */
  readonly loss: number;
  readonly numbers: readonly ValueMetrics[];
}

/**
 * Compares predicted numbers with the right ones.
 *
 * @param predictions - `[N, names]`, row-major.
 * @param targets - `[N, names]`.
 * @param options - Of the bootstrap; 95% where nothing is said.
 * @throws {GraftError} `argument`, if an option is out of its range.
 */
export function regressionReport(
  predictions: Float32Array,
  targets: Float32Array,
  names: readonly string[],
  options: BootstrapOptions = {},
): RegressionReport {
  const width = names.length;
  const images = predictions.length / width;
  const numbers = names.map((name, column) => {
    const own = (values: Float32Array): Float64Array =>
      Float64Array.from({ length: images }, (_, image) => values[image * width + column]!);
    return metricsOf(name, own(predictions), own(targets), options);
  });
  const squared = predictions.reduce((sum, value, i) => sum + (value - targets[i]!) ** 2, 0);
  return { images, loss: images === 0 ? Number.NaN : squared / predictions.length, numbers };
}

/** Means of: absolute error, squared error, distance of the target from the mean of all, and that squared. */
const mae: Statistic = ([absolute]) => absolute!;
const rmse: Statistic = ([, squared]) => Math.sqrt(squared!);
const r2: Statistic = ([, squared, offset, spread]) => {
  const variance = spread! - offset! ** 2;
  // One image drawn over and over: its distance from itself is nothing but rounding.
  return variance <= 1e-12 * spread! ? Number.NaN : 1 - squared! / variance;
};

function metricsOf(
  name: string,
  predictions: Float64Array,
  targets: Float64Array,
  options: BootstrapOptions,
): ValueMetrics {
  const middle = targets.reduce((sum, value) => sum + value, 0) / targets.length;
  const errors = predictions.map((value, i) => value - targets[i]!);
  const columns = [
    errors.map(Math.abs),
    errors.map((error) => error * error),
    targets.map((value) => value - middle),
    targets.map((value) => (value - middle) ** 2),
  ];
  const means = columns.map((column) => column.reduce((sum, value) => sum + value, 0) / column.length);
  const isConstant = targets.every((value) => value === targets[0]);
  const [maeInterval, rmseInterval, r2Interval] = bootstrapIntervals(columns, [mae, rmse, r2], options);
  return {
    name,
    mae: mae(means),
    rmse: rmse(means),
    r2: isConstant ? null : r2(means),
    baseline: {
      mae: columns[2]!.reduce((sum, value) => sum + Math.abs(value), 0) / targets.length,
      rmse: Math.sqrt(means[3]!),
    },
    intervals: { mae: maeInterval!, rmse: rmseInterval!, r2: isConstant ? null : r2Interval! },
  };
}
