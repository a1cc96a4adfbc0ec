/** @file McNemar's test: whether two classifiers differ on the same images by more than chance. */

import { requirePairs } from './paired-predictions.ts';

/** Whether two models on the same samples differ by more than chance. */
export interface McNemarResult {
  /** Images that only the first has right. */
  readonly onlyFirst: number;
  /** Images that only the second has right. */
  readonly onlySecond: number;
  /** Probability of so uneven a division, or a more uneven one, were both equally good; two-sided, in (0, 1]. */
  readonly pValue: number;
}

/**
 * McNemar's test in its exact form: of the images that exactly one of the two has right, each falls to either side
 * like a fair coin. The chi-squared statistic that is often used, with or without Edwards' correction for continuity,
 * approximates this for large numbers; summed in full it needs no such case.
 *
 * @param firstRight - For every image, whether (1, true) or not the first classifier is right.
 * @param secondRight - The same of the second, in the same order.
 * @throws {GraftError} `argument`, if they have different lengths.
 * @see McNemar, Q. (1947). Note on the sampling error of the difference between correlated proportions or percentages.
 *   Psychometrika 12. Dietterich, T. G. (1998). Approximate statistical tests for comparing supervised classification
 *   learning algorithms. Neural Computation 10.
 */
export function mcnemar(
  firstRight: ArrayLike<boolean | number>,
  secondRight: ArrayLike<boolean | number>,
): McNemarResult {
  requirePairs('McNemar test', firstRight, secondRight);
  let onlyFirst = 0;
  let onlySecond = 0;
  for (let i = 0; i < firstRight.length; i++) {
    const [first, second] = [Boolean(firstRight[i]), Boolean(secondRight[i])];
    if (first && !second) onlyFirst++;
    else if (second && !first) onlySecond++;
  }
  const tail = fairCoinTail(Math.min(onlyFirst, onlySecond), onlyFirst + onlySecond);
  return { onlyFirst, onlySecond, pValue: Math.min(1, 2 * tail) };
}

/** Probability of at most `heads` heads in `tosses` of a fair coin; `heads <= tosses / 2`. */
function fairCoinTail(heads: number, tosses: number): number {
  // The largest term by its logarithm, since 2^-tosses alone may be too small for a number.
  let logLargest = -tosses * Math.LN2;
  for (let k = 0; k < heads; k++) logLargest += Math.log((tosses - k) / (k + 1));
  let fraction = 1;
  let sum = 0;
  for (let k = heads; k >= 0 && fraction > 0; k--) {
    sum += fraction;
    fraction *= k / (tosses - k + 1);
  }
  return Math.exp(logLargest) * sum;
}
