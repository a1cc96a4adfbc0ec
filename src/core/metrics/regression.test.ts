import { expect, it } from 'vitest';
import { meanAbsoluteError, r2Score, rootMeanSquaredError } from './regression.ts';

it('weighs every number alike, whatever the batches', () => {
  const metric = rootMeanSquaredError();
  metric.update(Float32Array.of(1, 2), Float32Array.of(1, 0), 2);
  metric.update(Float32Array.of(5), Float32Array.of(3), 1);
  expect(metric.name).toBe('root_mean_squared_error');
  expect(metric.result()).toBeAllClose(Math.sqrt(8 / 3), { atol: 1e-12, rtol: 0 });
});

it('takes probabilities for numbers where it is told how they are made', () => {
  const metric = meanAbsoluteError({ activation: 'softmax' });
  metric.update(Float32Array.of(0, Math.log(3)), Float32Array.of(1), 1);
  expect(metric.result()).toBeAllClose(0.25, { atol: 1e-6, rtol: 0 });
});

it('keeps the digits of R2 far from 0', () => {
  const metric = r2Score();
  const targets = Float32Array.of(1e6, 1e6 + 1, 1e6 + 2, 1e6 + 3);
  metric.update(
    targets.map((value, i) => value + (i % 2)),
    targets,
    4,
  );
  // squared distances: 0 + 1 + 0 + 1 from the targets, 5 around their mean
  expect(metric.result()).toBeAllClose(0.6, { atol: 1e-9, rtol: 0 });
});

it('gives 0 for R2 where the targets are all the same', () => {
  const metric = r2Score();
  metric.update(Float32Array.of(4, 5), Float32Array.of(4, 4), 2);
  expect(metric.result()).toBe(0);
});
