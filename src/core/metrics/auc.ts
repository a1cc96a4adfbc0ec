/** @file The area under the ROC curve, exact: every score is kept until the end. */

import type { Metric } from './metric.ts';
import { computePredictions, type OutputActivation, targetsPerOutput } from './predictions.ts';

export interface AucOptions {
  /** What makes scores of the outputs. Default `sigmoid`. */
  readonly activation?: OutputActivation;
  /**
   * Whether each output has a curve of its own, and their mean is the result, over those that have positives and
   * negatives. Default false: all outputs are pooled, as in Keras.
   */
  readonly multiLabel?: boolean;
}

/**
 * The probability that a positive scores higher than a negative; ties count half. 0 while one of them is missing, as
 * in Keras.
 *
 * Keras' AUC sums trapezoids between 200 fixed thresholds, so scores that fall between two of them are not told apart;
 * this is the exact area, as scikit-learn's `roc_auc_score` and as Keras' with ever more thresholds.
 */
export function auc({ activation = 'sigmoid', multiLabel = false }: AucOptions = {}): Metric {
  let curves: { readonly positives: number[]; readonly negatives: number[] }[] = [];
  return {
    name: 'auc',
    update(outputs, targets, size) {
      const width = outputs.length / size;
      const columns = multiLabel ? width : 1;
      while (curves.length < columns) curves.push({ positives: [], negatives: [] });
      // A sigmoid keeps the order of its logits, and far from 0 it makes equal what was not.
      const scores = activation === 'softmax' ? computePredictions(outputs, size, activation) : outputs;
      const wanted = targetsPerOutput(targets, size, width);
      for (let i = 0; i < scores.length; i++) {
        const curve = curves[i % columns]!;
        (wanted[i]! > 0.5 ? curve.positives : curve.negatives).push(scores[i]!);
      }
    },
    result() {
      const areas = curves
        .map(({ positives, negatives }) => areaUnderRoc(positives, negatives))
        .filter((area) => area !== undefined);
      return areas.length === 0 ? 0 : areas.reduce((sum, area) => sum + area, 0) / areas.length;
    },
    reset() {
      curves = [];
    },
    // Of each curve: how many positives, how many negatives, and their scores.
    state: () =>
      Float64Array.from(
        curves.flatMap(({ positives, negatives }) => [
          positives.length,
          negatives.length,
          ...positives,
          ...negatives,
        ]),
      ),
    restore(state) {
      curves = [];
      for (let at = 0; at < state.length; ) {
        const [positives, negatives] = [state[at]!, state[at + 1]!];
        const middle = at + 2 + positives;
        const end = middle + negatives;
        curves.push({
          positives: [...state.subarray(at + 2, middle)],
          negatives: [...state.subarray(middle, end)],
        });
        at = end;
      }
    },
  };
}

/**
 * The area under the ROC curve of a score, by ranks.
 *
 * @returns In [0, 1]; undefined without a positive or without a negative.
 * @see Hanley, J. A. and McNeil, B. J. (1982). The meaning and use of the area under a ROC curve. Radiology 143.
 */
export function areaUnderRoc(positives: ArrayLike<number>, negatives: ArrayLike<number>): number | undefined {
  if (positives.length === 0 || negatives.length === 0) return undefined;
  const high = Float64Array.from(positives).sort();
  const low = Float64Array.from(negatives).sort();
  let below = 0;
  let upTo = 0;
  let wins = 0;
  for (const score of high) {
    while (below < low.length && low[below]! < score) below++;
    while (upTo < low.length && low[upTo]! <= score) upTo++;
    wins += (below + upTo) / 2;
  }
  return wins / (high.length * low.length);
}
