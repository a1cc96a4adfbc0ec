/** @file Metrics by the names that people write. */

import { closest } from 'fastest-levenshtein';
import { GraftError } from '../errors/graft-error.ts';
import type { Loss } from '../losses/loss.ts';
import {
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  topKCategoricalAccuracy,
} from '../metrics/accuracy.ts';
import type { Metric } from '../metrics/metric.ts';

/** A name, or a metric on logits. `accuracy` and `top_k` take the variant that the loss calls for, as in Keras. */
export type MetricOption = Metric | 'accuracy' | 'top_k';

/** @throws {GraftError} `argument`, if there is no metric of that name. */
export function resolveMetric(option: MetricOption, loss: Loss): Metric {
  if (typeof option !== 'string') return option;
  const sparse = loss.target === 'index';
  if (option === 'accuracy') {
    const variant =
      loss.activation === 'sigmoid'
        ? binaryAccuracy()
        : sparse
          ? sparseCategoricalAccuracy()
          : categoricalAccuracy();
    return { ...variant, name: option };
  }
  if (option === 'top_k') return sparse ? sparseTopKCategoricalAccuracy() : topKCategoricalAccuracy();
  throw new GraftError('argument', {
    where: 'metrics',
    expected: 'accuracy, top_k, or a metric',
    received: `"${option as string}"`,
    advice: `Did you mean "${closest(option, ['accuracy', 'top_k'])}"?`,
  });
}
