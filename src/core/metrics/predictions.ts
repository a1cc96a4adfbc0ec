/** @file What a model says, from the logits that a training step gives; and targets in one form. */

import { oneHot, sigmoid, softmax } from '../tensor/probabilities.ts';

/** What makes predictions of outputs; `linear` leaves them as they are. */
export type OutputActivation = 'sigmoid' | 'softmax' | 'linear';

/**
 * Predictions from outputs: the sigmoid of each, the softmax of each row, or the outputs themselves. In float64, so
 * that a sure answer does not round to 1.
 *
 * @param outputs - `[size, K]`, row-major.
 * @returns `[size, K]`
 */
export function computePredictions(
  outputs: Float32Array,
  size: number,
  activation: OutputActivation,
): Float64Array {
  if (activation === 'softmax') return softmax(outputs, size);
  const result = Float64Array.from(outputs);
  return activation === 'sigmoid' ? result.map(sigmoid) : result;
}

/**
 * Targets as one number for each output: as they are, or one-hot where the target is the index of one among several
 * outputs.
 *
 * @param targets - `[size, width]`, or `[size, 1]`.
 * @returns `[size, width]`
 */
export function targetsPerOutput(targets: Float32Array, size: number, width: number): Float32Array {
  return targets.length === size * width ? targets : oneHot(targets, width);
}
