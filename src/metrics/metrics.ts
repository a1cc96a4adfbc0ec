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
  readonly binaryAccuracy: (options?: BinaryAccuracyOptions) => Metric;
  readonly categoricalAccuracy: () => Metric;
  readonly sparseCategoricalAccuracy: () => Metric;
  readonly topKCategoricalAccuracy: (options?: TopKOptions) => Metric;
  readonly sparseTopKCategoricalAccuracy: (options?: TopKOptions) => Metric;
  readonly precision: (options?: HitOptions) => Metric;
  readonly recall: (options?: HitOptions) => Metric;
  readonly f1Score: (options?: F1Options) => Metric;
  readonly auc: (options?: AucOptions) => Metric;
  readonly meanAbsoluteError: (options?: DistanceOptions) => Metric;
  readonly meanSquaredError: (options?: DistanceOptions) => Metric;
  readonly rootMeanSquaredError: (options?: DistanceOptions) => Metric;
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
