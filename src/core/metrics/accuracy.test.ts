import { expect, it } from 'vitest';
import {
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  topKCategoricalAccuracy,
} from './accuracy.ts';
import { createMean } from './mean.ts';

it('compares logits with the logit of the threshold', () => {
  const metric = binaryAccuracy();
  metric.update(Float32Array.of(-1, 0, 0.1, 3), Float32Array.of(0, 0, 1, 0), 4);
  expect(metric.name).toBe('binary_accuracy');
  // 0 is not above the threshold: the answer is no
  expect(metric.result()).toBe(0.75);
  const strict = binaryAccuracy({ threshold: 0.9 });
  strict.update(Float32Array.of(2, 2.3), Float32Array.of(1, 1), 2);
  expect(strict.result()).toBe(0.5);
});

it('compares probabilities, over all outputs', () => {
  const metric = binaryAccuracy({ fromLogits: false });
  metric.update(Float32Array.of(0.2, 0.8, 0.5, 0.9), Float32Array.of(0, 1, 1, 1), 2);
  expect(metric.result()).toBe(0.75);
});

it('goes on over batches of different sizes, until reset', () => {
  const metric = categoricalAccuracy();
  metric.update(Float32Array.of(1, 2, 0), Float32Array.of(0, 1, 0), 1);
  metric.update(Float32Array.of(1, 2, 0, 5, 4, 3, 1, 1, 0), Float32Array.of(1, 0, 0, 0, 1, 0, 1, 0, 0), 3);
  expect(metric.result()).toBe(0.5);
  metric.reset();
  expect(metric.result()).toBe(0);
});

it('takes indices for targets', () => {
  const metric = sparseCategoricalAccuracy();
  metric.update(Float32Array.of(1, 2, 0, 5, 4, 3), Float32Array.of(1, 2), 2);
  expect(metric.result()).toBe(0.5);
});

it('counts the k largest', () => {
  const outputs = Float32Array.of(4, 3, 2, 1, 4, 3, 2, 1, 1, 1, 1, 1);
  const sparse = sparseTopKCategoricalAccuracy({ k: 2 });
  sparse.update(outputs, Float32Array.of(1, 2, 3), 3);
  expect(sparse.result()).toBeAllClose(2 / 3, { atol: 1e-12, rtol: 0 });
  const perClass = topKCategoricalAccuracy({ k: 3 });
  perClass.update(outputs, Float32Array.of(0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0), 3);
  expect(perClass.result()).toBeAllClose(2 / 3, { atol: 1e-12, rtol: 0 });
});

it('weighs means', () => {
  const mean = createMean();
  expect(mean.result()).toBe(0);
  mean.add(1, 20);
  mean.add(4, 10);
  expect(mean.result()).toBe(2);
  mean.reset();
  mean.add(7);
  expect(mean.result()).toBe(7);
});
