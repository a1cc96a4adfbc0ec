/** @file The metrics there are. */

import {
  type BinaryAccuracyOptions,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  type TopKOptions,
  topKCategoricalAccuracy,
} from './accuracy.ts';
import { type AucOptions, auc } from './auc.ts';
import { type F1Options, f1Score, type HitOptions, precision, recall } from './hits.ts';
import type { Metric } from './metric.ts';
import {
  type DistanceOptions,
  meanAbsoluteError,
  meanSquaredError,
  r2Score,
  rootMeanSquaredError,
} from './regression.ts';

/** Makes metrics, by Keras' names: `metrics.precision({ threshold: 0.7 })`. They take logits. */
export const metrics: {
  /** Fraction of probabilities on the right side of `threshold`. */
  readonly binaryAccuracy: (options?: BinaryAccuracyOptions) => Metric;
  /** Fraction of samples whose largest output is the class, one-hot. */
  readonly categoricalAccuracy: () => Metric;
  /** Fraction of samples whose largest output is the class, an index. */
  readonly sparseCategoricalAccuracy: () => Metric;
  /** Fraction of samples whose class, one-hot, is among the `k` largest outputs. */
  readonly topKCategoricalAccuracy: (options?: TopKOptions) => Metric;
  /** Fraction of samples whose class, an index, is among the `k` largest outputs. */
  readonly sparseTopKCategoricalAccuracy: (options?: TopKOptions) => Metric;
  /** True positives of all that were predicted positive. */
  readonly precision: (options?: HitOptions) => Metric;
  /** True positives of all that are positive. */
  readonly recall: (options?: HitOptions) => Metric;
  /** Harmonic mean of precision and recall. */
  readonly f1Score: (options?: F1Options) => Metric;
  /** Area under the ROC or the precision-recall curve. */
  readonly auc: (options?: AucOptions) => Metric;
  /** Mean of the absolute differences. */
  readonly meanAbsoluteError: (options?: DistanceOptions) => Metric;
  /** Mean of the squared differences. */
  readonly meanSquaredError: (options?: DistanceOptions) => Metric;
  /** Root of the mean of the squared differences. */
  readonly rootMeanSquaredError: (options?: DistanceOptions) => Metric;
  /** Fraction of the variance that is explained: 1 is perfect, 0 as good as the mean. */
  readonly r2Score: (options?: DistanceOptions) => Metric;
} = {
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  topKCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  precision,
  recall,
  f1Score,
  auc,
  meanAbsoluteError,
  meanSquaredError,
  rootMeanSquaredError,
  r2Score,
};
