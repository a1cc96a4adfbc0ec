/**
 * @file Split conformal prediction: sets of classes that hold the right one in a stated fraction of cases, whatever the network and however
 * well its probabilities are calibrated.
 */

import { GraftError } from '../errors/graft-error.ts';

/** How unlike the right class examples were that the network was not trained on: all that prediction sets need. */
export interface ConformalScores {
  /** How many examples there were. */
  readonly examples: number;
  /**
   * 1 less the probability of the right class, in ascending order, rounded up to four digits; of more than {@link MAX_SCORES} as
   * many quantiles, each that of the end of its part.
   */
  readonly scores: readonly number[];
}

/** More are told by quantiles: a threshold moves by 0.1% of the examples at most, and to the safe side. */
export const MAX_SCORES = 1000;

/**
 * Scores of examples whose classes are known, as they were not trained on.
 *
 * @param probabilities - `[N, classes]`, row-major.
 * @param labels - `[N]`, class indices.
 */
export function conformalScores(probabilities: Float32Array, labels: ArrayLike<number>): ConformalScores {
  const examples = labels.length;
  const width = examples === 0 ? 0 : probabilities.length / examples;
  const all = Float64Array.from(labels, (label, row) => 1 - probabilities[row * width + label]!).sort();
  const kept = Math.min(examples, MAX_SCORES);
  const scores = Array.from({ length: kept }, (_, part) =>
    roundedUp(all[Math.ceil(((part + 1) * examples) / kept) - 1]!),
  );
  return { examples, scores };
}

/**
 * The probability that a class of a prediction set has at least: 1 less the smallest score that enough examples do not exceed. 0, which
 * makes every set the set of all classes, where there are too few examples for so high a confidence: `n` allow for `n / (n + 1)`.
 *
 * @param confidence - Fraction of new examples whose set is to hold the right class, in (0, 1).
 * @throws {GraftError} `argument`, if the confidence is out of its range.
 * @see Sadinle, M., Lei, J. and Wasserman, L. (2019). Least ambiguous set-valued classifiers with bounded error levels.
 *   https://arxiv.org/abs/1609.00451. Angelopoulos, A. N. and Bates, S. (2021). A gentle introduction to conformal prediction.
 *   https://arxiv.org/abs/2107.07511
 */
export function conformalThreshold({ examples, scores }: ConformalScores, confidence: number): number {
  if (!(confidence > 0 && confidence < 1)) {
    throw new GraftError('argument', {
      where: 'prediction sets',
      expected: 'a confidence between 0 and 1',
      received: String(confidence),
      advice: 'Usual are 0.9 and 0.95.',
    });
  }
  const rank = Math.ceil((examples + 1) * confidence - 1e-9);
  if (rank > examples) return 0;
  const place = Math.ceil((rank * scores.length) / examples) - 1;
  return Math.max(0, 1 - scores[Math.max(0, place)]!);
}

/** Which classes a prediction set has. */
export interface PredictionSetOptions {
  /**
   * Whether the most probable class is always in it. A classifier that is right more often than the confidence asks for has empty sets
   * otherwise, so that the confidence is met exactly; with it, its sets hold the right class more often. Default true.
   */
  readonly atLeastOne?: boolean | undefined;
}

/**
 * The classes that are at least so probable.
 *
 * @param probabilities - `[classes]`, of one example.
 * @param threshold - What {@link conformalThreshold} gives.
 * @returns Indices of classes, the most probable first.
 */
export function predictionSet(
  probabilities: ArrayLike<number>,
  threshold: number,
  { atLeastOne = true }: PredictionSetOptions = {},
): number[] {
  const order = Array.from(probabilities, (_, index) => index).sort(
    (a, b) => probabilities[b]! - probabilities[a]!,
  );
  return order.filter((index, rank) => (atLeastOne && rank === 0) || probabilities[index]! >= threshold);
}

/** To the safe side: a larger score makes larger sets. */
function roundedUp(score: number): number {
  if (score <= 0) return 0;
  const unit = 10 ** (Math.floor(Math.log10(score)) - 3);
  return Math.min(1, Number((Math.ceil(score / unit - 1e-9) * unit).toPrecision(5)));
}
