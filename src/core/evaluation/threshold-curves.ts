/** @file What every threshold would give: the ROC curve and the precision-recall curve, exact. */

/** One threshold: what is at least so probable is predicted positive. */
export interface ThresholdPoint {
  readonly threshold: number;
  /** Fraction of the positives that are found: recall, the ROC curve's y. */
  readonly recall: number;
  /** Fraction of the negatives that are taken for positives: the ROC curve's x. */
  readonly falsePositiveRate: number;
  /** Fraction of what is predicted positive that is. */
  readonly precision: number;
}

export interface ThresholdCurves {
  /** From the highest threshold, which finds some, to the lowest, which takes all; one for each score that there is. */
  readonly points: readonly ThresholdPoint[];
  /** Area under the ROC curve: the probability that a positive scores higher than a negative, ties count half. */
  readonly auc: number;
  /** Average precision, as scikit-learn's `average_precision_score`. */
  readonly averagePrecision: number;
}

/**
 * @param scores - `[N]`, e.g. probabilities of the positive class.
 * @param isPositive - `[N]`.
 * @returns Undefined, where there are no positives or no negatives.
 */
export function thresholdCurves(
  scores: ArrayLike<number>,
  isPositive: ArrayLike<boolean>,
): ThresholdCurves | undefined {
  const order = Array.from(scores, (score, index) => ({ score, positive: isPositive[index]! })).sort(
    (a, b) => b.score - a.score,
  );
  const positives = order.filter(({ positive }) => positive).length;
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return undefined;
  const points: ThresholdPoint[] = [];
  let [hits, alarms, auc, averagePrecision] = [0, 0, 0, 0];
  for (let index = 0; index < order.length; ) {
    const threshold = order[index]!.score;
    const [hitsBefore, alarmsBefore] = [hits, alarms];
    for (; index < order.length && order[index]!.score === threshold; index++) {
      if (order[index]!.positive) hits++;
      else alarms++;
    }
    const precision = hits / (hits + alarms);
    auc += ((alarms - alarmsBefore) / negatives) * ((hits + hitsBefore) / 2 / positives);
    averagePrecision += ((hits - hitsBefore) / positives) * precision;
    points.push({
      threshold,
      recall: hits / positives,
      falsePositiveRate: alarms / negatives,
      precision,
    });
  }
  return { points, auc, averagePrecision };
}
