/** @file How far predicted numbers are from the right ones. */

import { createMean } from './mean.ts';
import type { Metric } from './metric.ts';
import { restored, stateOf } from './metric-state.ts';
import { computePredictions, type OutputActivation, targetsPerOutput } from './predictions.ts';

export interface DistanceOptions {
  /** What makes predictions of the outputs. Default `linear`. */
  readonly activation?: OutputActivation;
}

/** Mean of `|target - prediction|` over samples and outputs. */
export function meanAbsoluteError(options: DistanceOptions = {}): Metric {
  return distance('mean_absolute_error', options, Math.abs);
}

/** Mean of `(target - prediction)^2` over samples and outputs. */
export function meanSquaredError(options: DistanceOptions = {}): Metric {
  return distance('mean_squared_error', options, (error) => error * error);
}

/** Square root of the mean squared error of all samples so far. */
export function rootMeanSquaredError(options: DistanceOptions = {}): Metric {
  const squared = meanSquaredError(options);
  return { ...squared, name: 'root_mean_squared_error', result: () => Math.sqrt(squared.result()) };
}

/**
 * R2, the coefficient of determination: `1 - sum((t - y)^2) / sum((t - mean(t))^2)` for each output, then the mean over
 * the outputs. 1 is perfect, 0 no better than always the mean. An output whose targets are all the same has none and
 * counts as 0, as in Keras.
 */
export function r2Score({ activation = 'linear' }: DistanceOptions = {}): Metric {
  let columns: Spread[] = [];
  return {
    name: 'r2_score',
    update(outputs, targets, size) {
      const width = outputs.length / size;
      while (columns.length < width) columns.push({ count: 0, mean: 0, around: 0, residual: 0 });
      const predictions = computePredictions(outputs, size, activation);
      const wanted = targetsPerOutput(targets, size, width);
      for (let i = 0; i < predictions.length; i++) grow(columns[i % width]!, wanted[i]!, predictions[i]!);
    },
    result() {
      const each = columns.map(({ around, residual }) => (around === 0 ? 0 : 1 - residual / around));
      return each.length === 0 ? 0 : each.reduce((sum, value) => sum + value, 0) / each.length;
    },
    reset() {
      columns = [];
    },
    state: () => stateOf(columns, SPREAD_FIELDS),
    restore(state) {
      columns = restored(state, SPREAD_FIELDS);
    },
  };
}

/** Sums over one output's samples. */
interface Spread {
  count: number;
  /** Of the targets. */
  mean: number;
  /** Sum of the targets' squared distances from their mean. */
  around: number;
  /** Sum of the predictions' squared distances from their targets. */
  residual: number;
}

const SPREAD_FIELDS = ['count', 'mean', 'around', 'residual'] as const;

/** Welford's update: targets far from 0 lose no digits. */
function grow(spread: Spread, target: number, prediction: number): void {
  spread.count++;
  const before = target - spread.mean;
  spread.mean += before / spread.count;
  spread.around += before * (target - spread.mean);
  spread.residual += (target - prediction) ** 2;
}

/** @param cost - Of one output's error. */
function distance(
  name: string,
  { activation = 'linear' }: DistanceOptions,
  cost: (error: number) => number,
): Metric {
  const mean = createMean();
  return {
    name,
    update(outputs, targets, size) {
      const predictions = computePredictions(outputs, size, activation);
      const wanted = targetsPerOutput(targets, size, outputs.length / size);
      for (let i = 0; i < predictions.length; i++) mean.add(cost(wanted[i]! - predictions[i]!));
    },
    result: mean.result,
    reset: mean.reset,
    state: mean.state,
    restore: mean.restore,
  };
}
