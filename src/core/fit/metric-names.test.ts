import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { losses } from '../losses/losses.ts';
import { metrics } from '../metrics/metrics.ts';
import { type MetricName, resolveMetric } from './metric-names.ts';

const TWO_ROWS = Float32Array.of(2, 1, 0, -1, 3, 1);

describe('resolveMetric', () => {
  it('leaves a metric alone', () => {
    const metric = metrics.auc();
    expect(resolveMetric(metric, losses.binaryCrossentropy())).toBe(metric);
  });

  it('keeps the name that was given', () => {
    const names: MetricName[] = [
      'accuracy',
      'top_k',
      'precision',
      'recall',
      'f1_score',
      'auc',
      'mae',
      'rmse',
    ];
    for (const name of names) {
      expect(resolveMetric(name, losses.categoricalCrossentropy()).name).toBe(name);
    }
  });

  it.each([
    ['accuracy', 0.5],
    ['categorical_accuracy', 0.5],
    ['sparse_categorical_accuracy', 0.5],
    ['top_k_categorical_accuracy', 1],
    ['precision', 0.5],
    ['recall', 0.5],
    ['f1_score', 1 / 3],
    // Softmaxes of 0.67 and 0.12 against 0.24, 0.09, 0.02 and 0.87.
    ['auc', 5 / 8],
  ] as const)('takes the index of a class where the loss does: %s', (name, value) => {
    const metric = resolveMetric(name, losses.sparseCategoricalCrossentropy());
    metric.update(TWO_ROWS, Float32Array.of(0, 2), 2);
    expect(metric.result()).toBeAllClose(value, { atol: 1e-12, rtol: 0 });
    const perClass = resolveMetric(name, losses.categoricalCrossentropy());
    perClass.update(TWO_ROWS, Float32Array.of(1, 0, 0, 0, 0, 1), 2);
    expect(perClass.result()).toBe(metric.result());
  });

  it('takes sigmoids for labels of their own', () => {
    const accuracy = resolveMetric('accuracy', losses.binaryCrossentropy());
    accuracy.update(TWO_ROWS, Float32Array.of(1, 1, 1, 0, 1, 1), 2);
    expect(accuracy.result()).toBeAllClose(5 / 6, { atol: 1e-12, rtol: 0 });
    const recall = resolveMetric('recall', losses.binaryCrossentropy());
    recall.update(TWO_ROWS, Float32Array.of(1, 1, 1, 0, 1, 1), 2);
    expect(recall.result()).toBe(4 / 5);
  });

  it('takes outputs for numbers where the loss does', () => {
    // R2 of each output: 1 - 2 / 4.5, 1 - 2 / 8, 1 - 2 / 0.5
    const expected = { mae: 1, mse: 1, r2_score: (1 - 2 / 4.5 + 1 - 2 / 8 + 1 - 2 / 0.5) / 3 };
    for (const [name, value] of Object.entries(expected)) {
      const metric = resolveMetric(name as MetricName, losses.huber());
      metric.update(TWO_ROWS, Float32Array.of(3, 0, 1, 0, 4, 0), 2);
      expect(metric.result()).toBeAllClose(value, { atol: 1e-12, rtol: 0 });
    }
  });

  it('explains an unknown name', () => {
    expect(() => resolveMetric('f1score' as MetricName, losses.binaryCrossentropy())).toThrow(
      withMessage(
        'metrics: expected one of accuracy, binary_accuracy, categorical_accuracy, sparse_categorical_accuracy, ' +
          'top_k, top_k_categorical_accuracy, sparse_top_k_categorical_accuracy, precision, recall, f1_score, auc, ' +
          'mae, mean_absolute_error, mse, mean_squared_error, rmse, root_mean_squared_error, r2_score, or a metric, ' +
          'received "f1score". Did you mean "f1_score"?',
      ),
    );
    expect(() => resolveMetric('toString' as MetricName, losses.binaryCrossentropy())).toThrow(
      /received "toString"/,
    );
  });

  it('refuses what says nothing of the answers', () => {
    expect(() => resolveMetric('accuracy', losses.meanSquaredError())).toThrow(
      withMessage(
        'metrics for MeanSquaredError: expected one of mae, mean_absolute_error, mse, mean_squared_error, rmse, ' +
          'root_mean_squared_error, r2_score, received "accuracy". Take "mae".',
      ),
    );
    expect(() => resolveMetric('binary_accuracy', losses.categoricalCrossentropy())).toThrow(
      withMessage(
        'metrics for CategoricalCrossentropy: expected a metric of one class among several, ' +
          'received "binary_accuracy". Take "accuracy".',
      ),
    );
  });
});
