/** @file The bootstrap: how far a metric would vary, had other images been drawn. */

import { GraftError } from '../errors/graft-error.ts';
import { createRandom } from '../tensor/random.ts';
import { requirePairs } from './paired-predictions.ts';

/** How often and by which seed samples are drawn. */
export interface BootstrapOptions {
  /** Any integer; the same gives the same numbers. Default 1. */
  readonly seed?: number;
  /** How often images are drawn again, >= 1. Default 5000. */
  readonly resamples?: number;
  /** Fraction of the resamples that an interval holds, in (0, 1). Default 0.95. */
  readonly confidence?: number;
}

/** `[low, high]`. */
export type Interval = readonly [number, number];

/** A metric made of the means of some numbers over the images. */
export type Statistic = (means: readonly number[]) => number;

/** The difference of two models on the same samples, with its interval. */
export interface PairedBootstrapResult {
  /** Mean of the second less mean of the first. */
  readonly difference: number;
  readonly interval: Interval;
  /** Twice the fraction of resamples on the other side of 0, in (0, 1]: 0.05 where the 95% interval just touches 0. */
  readonly pValue: number;
}

/**
 * Whether two models differ on the same images by more than chance: images are drawn again with replacement, each
 * with the scores of both.
 *
 * @param first - A number for every image: 1 or 0 for right or wrong, a loss, an error.
 * @param second - The same of the second model, in the same order.
 * @throws {GraftError} `argument`, if they have different lengths or an option is out of its range.
 * @see Efron, B. and Tibshirani, R. J. (1993). An introduction to the bootstrap, chapters 13 and 15. The 1 added to
 *   counts: Davison, A. C. and Hinkley, D. V. (1997). Bootstrap methods and their application, 4.2.
 */
export function pairedBootstrap(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  options: BootstrapOptions = {},
): PairedBootstrapResult {
  requirePairs('paired bootstrap', first, second);
  const differences = Float64Array.from(first, (score, i) => second[i]! - score);
  const difference = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const [drawn] = resample([differences], [([mean]) => mean!], options);
  const atMost = drawn!.filter((value) => value <= 0).length;
  const atLeast = drawn!.filter((value) => value >= 0).length;
  const pValue = Math.min(1, (2 * (1 + Math.min(atMost, atLeast))) / (1 + drawn!.length));
  return { difference, interval: intervalOf(drawn!, options), pValue };
}

/**
 * Percentile intervals of metrics, all from the same resamples.
 *
 * @param columns - Numbers of every image, one column for each mean.
 * @param statistics - Each makes a metric of the columns' means. NaN leaves the resample out.
 * @throws {GraftError} `argument`, if an option is out of its range.
 */
export function bootstrapIntervals(
  columns: readonly Float64Array[],
  statistics: readonly Statistic[],
  options: BootstrapOptions = {},
): Interval[] {
  return resample(columns, statistics, options).map((drawn) => intervalOf(drawn, options));
}

/** Every statistic on every resample, sorted. */
function resample(
  columns: readonly Float64Array[],
  statistics: readonly Statistic[],
  { seed = 1, resamples = 5000 }: BootstrapOptions,
): Float64Array[] {
  requireOption(
    'at least 1 resample, a whole number',
    resamples,
    Number.isInteger(resamples) && resamples >= 1,
  );
  const size = columns[0]?.length ?? 0;
  const random = createRandom(seed);
  const drawn = statistics.map(() => new Float64Array(resamples));
  const means = columns.map(() => 0);
  for (let round = 0; round < resamples; round++) {
    means.fill(0);
    for (let i = 0; i < size; i++) {
      const image = random.integer(size);
      for (let c = 0; c < columns.length; c++) means[c]! += columns[c]![image]!;
    }
    for (let c = 0; c < columns.length; c++) means[c]! /= size;
    statistics.forEach((statistic, s) => {
      drawn[s]![round] = statistic(means);
    });
  }
  return drawn.map((values) => values.filter((value) => !Number.isNaN(value)).sort());
}

function intervalOf(sorted: Float64Array, { confidence = 0.95 }: BootstrapOptions): Interval {
  requireOption('a confidence between 0 and 1', confidence, confidence > 0 && confidence < 1);
  return [quantile(sorted, (1 - confidence) / 2), quantile(sorted, (1 + confidence) / 2)];
}

/** Linear between neighbors, as NumPy's; NaN of nothing. */
function quantile(sorted: Float64Array, fraction: number): number {
  const place = fraction * (sorted.length - 1);
  const low = Math.floor(place);
  const value = sorted[low] ?? Number.NaN;
  return value + (place - low) * ((sorted[low + 1] ?? value) - value);
}

function requireOption(expected: string, received: number, holds: boolean): void {
  if (holds) return;
  throw new GraftError('argument', {
    where: 'bootstrap',
    expected,
    received: String(received),
    advice: 'Usual are 5000 resamples and a confidence of 0.95.',
  });
}
