/** @file Labels as a loss wants them, and logits as probabilities. */

import type { Loss } from '../losses/loss.ts';
import { type FeatureSet, targetsOfRows } from './feature-set.ts';

/**
 * What a loss compares rows of a set with: its targets where it has some, else targets for its class indices, see
 * {@link targetsOf}.
 *
 * @param rows - Undefined for all of them.
 */
export function targetRows(
  { labels, targets, classes }: Pick<FeatureSet, 'labels' | 'targets' | 'classes'>,
  rows: Uint32Array | undefined,
  loss: Loss,
): Float32Array {
  if (targets !== undefined) return rows === undefined ? targets.values : targetsOfRows(targets, rows);
  const own = rows === undefined ? labels : Uint16Array.from(rows, (row) => labels[row]!);
  return targetsOf(own, loss, classes);
}

/**
 * Targets for class indices: `[N, 1]` with the index where the loss takes one (and for the one sigmoid of two
 * classes), else one-hot `[N, classes]`.
 */
export function targetsOf(labels: ArrayLike<number>, loss: Loss, classes: number): Float32Array {
  if (loss.target === 'index' || (loss.activation === 'sigmoid' && classes <= 2))
    return Float32Array.from(labels);
  const targets = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) targets[i * classes + labels[i]!] = 1;
  return targets;
}

/** Probabilities `[N, classes]` of logits `[N, K]`: `K = 1` is one sigmoid for two classes, else a softmax. */
export function probabilitiesOf(logits: Float32Array, width: number): Float32Array {
  if (width === 1) {
    const both = new Float32Array(logits.length * 2);
    logits.forEach((logit, i) => {
      both[2 * i] = 1 / (1 + Math.exp(logit));
      both[2 * i + 1] = 1 / (1 + Math.exp(-logit));
    });
    return both;
  }
  const result = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += width) {
    const row = logits.subarray(start, start + width);
    const largest = row.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    const powers = row.map((value) => Math.exp(value - largest));
    const sum = powers.reduce((total, value) => total + value, 0);
    powers.forEach((value, i) => {
      result[start + i] = value / sum;
    });
  }
  return result;
}

/** Probabilities of logits, each a yes or no of its own. */
export function sigmoidsOf(logits: Float32Array): Float32Array {
  return logits.map((logit) => 1 / (1 + Math.exp(-logit)));
}
