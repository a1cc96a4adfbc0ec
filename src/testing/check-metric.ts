/** @file What every metric must keep to, Graft's own and those of a program. */

import type { Metric } from '../core/metrics/metric.ts';
import { createRandom } from '../core/tensor/random.ts';
import { broken, ROUNDING, requireClose } from './contract-error.ts';

export interface MetricCheck {
  /** Outputs of a sample. Default 3. */
  readonly width?: number | undefined;
  /** What targets are: the index of a class, a 0 or 1 for each output, or a value for each. Default `labels`. */
  readonly targets?: 'index' | 'labels' | 'values' | undefined;
  /** Of outputs and targets. Default 1. */
  readonly seed?: number | undefined;
}

const SIZE = 12;

/**
 * Holds a metric to its contract: 0 before the first sample and after a reset; the same result however samples are divided
 * into batches; a state from which another one goes on.
 *
 * @param create - Makes a new metric.
 * @throws {GraftError} `contract`, with what it does not keep to.
 */
export function checkMetric(create: () => Metric, options: MetricCheck = {}): void {
  const { width = 3, targets: kind = 'labels', seed = 1 } = options;
  const metric = create();
  const where = `contract of metric "${metric.name}"`;
  const random = createRandom(seed);
  const outputs = Float32Array.from({ length: SIZE * width }, () => 2 * random.normal());
  const targetWidth = kind === 'index' ? 1 : width;
  const drawn = {
    index: () => random.integer(width),
    labels: () => random.integer(2),
    values: () => random.normal(),
  };
  const targets = Float32Array.from({ length: SIZE * targetWidth }, drawn[kind]);
  const update = (each: Metric, from: number, to: number): void => {
    const rows = outputs.slice(from * width, to * width);
    each.update(rows, targets.slice(from * targetWidth, to * targetWidth), to - from);
  };
  requireResult(
    where,
    'before the first sample',
    metric.result(),
    0,
    'Give 0 while there is nothing, as Keras does.',
  );
  update(metric, 0, SIZE);
  const whole = metric.result();
  if (!Number.isFinite(whole)) {
    throw broken(where, 'a finite result', `${whole}`, 'Give 0 where there is nothing to divide by.');
  }
  const divided = create();
  update(divided, 0, 5);
  const state = Float64Array.from(divided.state());
  update(divided, 5, SIZE);
  const sums = 'Keep sums over samples, not means of batches.';
  requireResult(where, 'of the same samples in two batches', divided.result(), whole, sums);
  const resumed = create();
  update(resumed, 7, 9);
  resumed.restore(state);
  update(resumed, 5, SIZE);
  const all =
    'Let state hold all that the result is made of, and restore put it in the place of what was there.';
  requireResult(where, 'of one that goes on from a state', resumed.result(), whole, all);
  metric.reset();
  requireResult(where, 'after a reset', metric.result(), 0, 'Forget all samples in reset.');
  update(metric, 0, SIZE);
  requireResult(
    where,
    'of the same samples after a reset',
    metric.result(),
    whole,
    'Forget all samples in reset.',
  );
}

function requireResult(where: string, when: string, actual: number, wanted: number, advice: string): void {
  requireClose(where, `the result ${when}`, [actual], [wanted], ROUNDING, advice);
}
