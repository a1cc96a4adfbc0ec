/** @file What a model says, from the logits that a training step gives; and targets in one form. */

/** What makes predictions of outputs; `linear` leaves them as they are. */
export type OutputActivation = 'sigmoid' | 'softmax' | 'linear';

/**
 * Predictions from outputs: the sigmoid of each, the softmax of each row, or the outputs themselves. In float64, so
 * that a sure answer does not round to 1.
 *
 * @param outputs - `[size, K]`, row-major.
 * @returns `[size, K]`
 */
export function predictionsOf(
  outputs: Float32Array,
  size: number,
  activation: OutputActivation,
): Float64Array {
  const result = Float64Array.from(outputs);
  if (activation === 'sigmoid') return result.map((logit) => 1 / (1 + Math.exp(-logit)));
  if (activation === 'linear') return result;
  const width = outputs.length / size;
  for (let start = 0; start < result.length; start += width) {
    const row = result.subarray(start, start + width);
    let largest = Number.NEGATIVE_INFINITY;
    for (const logit of row) largest = Math.max(largest, logit);
    let sum = 0;
    for (let i = 0; i < width; i++) {
      row[i] = Math.exp(row[i]! - largest);
      sum += row[i]!;
    }
    for (let i = 0; i < width; i++) row[i]! /= sum;
  }
  return result;
}

/**
 * Targets as one number for each output: as they are, or one-hot where the target is the index of one among several
 * outputs.
 *
 * @param targets - `[size, width]`, or `[size, 1]`.
 * @returns `[size, width]`
 */
export function targetsPerOutput(targets: Float32Array, size: number, width: number): Float32Array {
  if (targets.length === size * width) return targets;
  const result = new Float32Array(size * width);
  targets.forEach((index, sample) => {
    result[sample * width + index] = 1;
  });
  return result;
}
