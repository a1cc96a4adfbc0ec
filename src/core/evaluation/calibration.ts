/** @file Calibration: whether a classifier that is 80% sure is right in 80% of cases. */

import { GraftError } from '../errors/graft-error.ts';
import { indexOfLargest } from '../tensor/probabilities.ts';

/** Predictions of similar confidence. */
export interface CalibrationBin {
  /** Confidences in `(from, to]`. */
  readonly from: number;
  readonly to: number;
  readonly images: number;
  /** Mean confidence, in [0, 1]; 0 of an empty bin. */
  readonly confidence: number;
  /** Fraction of right predictions, in [0, 1]; 0 of an empty bin. */
  readonly accuracy: number;
}

/** How far predicted probabilities are from how often they are right. */
export interface Calibration {
  /** Expected calibration error, in [0, 1]: mean over the images of their bin's `|accuracy - confidence|`. */
  readonly error: number;
  /** For a reliability diagram. */
  readonly bins: readonly CalibrationBin[];
}

/**
 * Compares how sure the predictions are (the largest probability) with how often they are right.
 *
 * @param probabilities - `[N, classes]`, row-major, each row summing to 1.
 * @param labels - `[N]`, class indices.
 * @param options - `bins`: of equal width over [0, 1], >= 1. Default 15.
 * @throws {GraftError} `argument`, if the number of bins is not a positive integer.
 * @see Guo, C., Pleiss, G., Sun, Y. and Weinberger, K. Q. (2017). On calibration of modern neural networks.
 *   https://arxiv.org/abs/1706.04599
 */
export function computeCalibration(
  probabilities: Float32Array,
  labels: ArrayLike<number>,
  { bins = 15 }: { readonly bins?: number } = {},
): Calibration {
  if (!Number.isInteger(bins) || bins < 1) {
    throw new GraftError('argument', {
      where: 'calibration',
      expected: 'at least 1 bin, a whole number',
      received: String(bins),
      advice: 'Usual are 10 to 15.',
    });
  }
  const images = labels.length;
  const width = probabilities.length / images;
  const sums = Array.from({ length: bins }, () => ({ images: 0, confidence: 0, right: 0 }));
  for (let image = 0; image < images; image++) {
    const row = probabilities.subarray(image * width, (image + 1) * width);
    const predicted = indexOfLargest(row);
    const confidence = row[predicted]!;
    const bin = sums[Math.min(bins, Math.max(1, Math.ceil(confidence * bins))) - 1]!;
    bin.images++;
    bin.confidence += confidence;
    if (predicted === labels[image]) bin.right++;
  }
  const gap = sums.reduce((sum, { confidence, right }) => sum + Math.abs(right - confidence), 0);
  return {
    error: images === 0 ? Number.NaN : gap / images,
    bins: sums.map((bin, i) => ({
      from: i / bins,
      to: (i + 1) / bins,
      images: bin.images,
      confidence: bin.images === 0 ? 0 : bin.confidence / bin.images,
      accuracy: bin.images === 0 ? 0 : bin.right / bin.images,
    })),
  };
}
