/** @file Metrics by the names that people write. */

import { closest } from 'fastest-levenshtein';
import { GraftError } from '../errors/graft-error.ts';
import type { Loss } from '../losses/loss.ts';
import type { Metric } from '../metrics/metric.ts';
import { metrics } from '../metrics/metrics.ts';

/** Makes the variant of a metric that fits a loss. */
type Variant = (loss: Loss) => Metric;

type ClassMetricName =
  | 'accuracy'
  | 'binary_accuracy'
  | 'categorical_accuracy'
  | 'sparse_categorical_accuracy'
  | 'top_k'
  | 'top_k_categorical_accuracy'
  | 'sparse_top_k_categorical_accuracy'
  | 'precision'
  | 'recall'
  | 'f1_score'
  | 'auc';

type NumberMetricName =
  | 'mae'
  | 'mean_absolute_error'
  | 'mse'
  | 'mean_squared_error'
  | 'rmse'
  | 'root_mean_squared_error'
  | 'r2_score';

/** For answers that are classes or labels. */
const OF_CLASSES: Readonly<Record<ClassMetricName, Variant>> = {
  accuracy: (loss) => (loss.activation === 'sigmoid' ? metrics.binaryAccuracy() : argmaxAccuracy(loss)),
  binary_accuracy: () => metrics.binaryAccuracy(),
  categorical_accuracy: argmaxAccuracy,
  sparse_categorical_accuracy: argmaxAccuracy,
  top_k: topK,
  top_k_categorical_accuracy: topK,
  sparse_top_k_categorical_accuracy: topK,
  precision: ({ activation }) => metrics.precision({ activation }),
  recall: ({ activation }) => metrics.recall({ activation }),
  f1_score: ({ activation }) => metrics.f1Score({ activation }),
  auc: ({ activation }) => metrics.auc({ activation }),
};

/** For answers that are numbers, and for probabilities taken as such. */
const OF_NUMBERS: Readonly<Record<NumberMetricName, Variant>> = {
  mae: ({ activation }) => metrics.meanAbsoluteError({ activation }),
  mean_absolute_error: ({ activation }) => metrics.meanAbsoluteError({ activation }),
  mse: ({ activation }) => metrics.meanSquaredError({ activation }),
  mean_squared_error: ({ activation }) => metrics.meanSquaredError({ activation }),
  rmse: ({ activation }) => metrics.rootMeanSquaredError({ activation }),
  root_mean_squared_error: ({ activation }) => metrics.rootMeanSquaredError({ activation }),
  r2_score: ({ activation }) => metrics.r2Score({ activation }),
};

/** The name of a metric. */
export type MetricName = ClassMetricName | NumberMetricName;

/** A name, or a metric on logits. A name takes the variant that the loss calls for, as `accuracy` does in Keras. */
export type MetricOption = Metric | MetricName;

const VARIANTS: Readonly<Record<MetricName, Variant>> = { ...OF_CLASSES, ...OF_NUMBERS };

/**
 * The metric that is meant, under the name that was given.
 *
 * @throws {GraftError} `argument`, if there is no metric of that name, or it says nothing of answers to this loss.
 */
export function resolveMetric(option: MetricOption, loss: Loss): Metric {
  if (typeof option !== 'string') return option;
  if (!Object.hasOwn(VARIANTS, option)) {
    const names = Object.keys(VARIANTS);
    throw new GraftError('argument', {
      where: 'metrics',
      expected: `one of ${names.join(', ')}, or a metric`,
      received: `"${option as string}"`,
      advice: `Did you mean "${closest(option, names)}"?`,
    });
  }
  if (loss.activation === 'linear' && option in OF_CLASSES) {
    throw unfitting(option, loss, `one of ${Object.keys(OF_NUMBERS).join(', ')}`, 'mae');
  }
  if (loss.activation === 'softmax' && option === 'binary_accuracy') {
    throw unfitting(option, loss, 'a metric of one class among several', 'accuracy');
  }
  return { ...VARIANTS[option](loss), name: option };
}

function unfitting(option: string, loss: Loss, expected: string, instead: string): GraftError {
  return new GraftError('argument', {
    where: `metrics for ${loss.className}`,
    expected,
    received: `"${option}"`,
    advice: `Take "${instead}".`,
  });
}

function argmaxAccuracy({ target }: Loss): Metric {
  return target === 'index' ? metrics.sparseCategoricalAccuracy() : metrics.categoricalAccuracy();
}

function topK({ target }: Loss): Metric {
  return target === 'index' ? metrics.sparseTopKCategoricalAccuracy() : metrics.topKCategoricalAccuracy();
}
