/** @file Labels as a loss wants them, and logits as probabilities. */

import { type FeatureSet, targetsOfRows } from '../features/feature-set.ts';
import type { Loss } from '../losses/loss.ts';
import { oneHot, sigmoid, softmax } from '../tensor/probabilities.ts';

/**
 * What a loss compares rows of a set with: its targets where it has some, else targets for its class indices, see
 * {@link createTargets}.
 */
export function targetRows(
  { labels, targets, numClasses }: Pick<FeatureSet, 'labels' | 'targets' | 'numClasses'>,
  rows: Uint32Array,
  loss: Loss,
): Float32Array {
  if (targets !== undefined) return targetsOfRows(targets, rows);
  const own = new Uint32Array(rows.length);
  for (let row = 0; row < own.length; row++) own[row] = labels[rows[row]!]!;
  return createTargets(own, loss, numClasses);
}

/**
 * Targets for class indices: `[N, 1]` with the index where the loss takes one (and for the one sigmoid of two
 * classes), else one-hot `[N, classes]`.
 */
export function createTargets(labels: ArrayLike<number>, loss: Loss, numClasses: number): Float32Array {
  const isIndex = loss.target === 'index' || (loss.activation === 'sigmoid' && numClasses <= 2);
  return isIndex ? new Float32Array(labels) : oneHot(labels, numClasses);
}

/** Probabilities `[N, classes]` of logits `[N, K]`: `K = 1` is one sigmoid for two classes, else a softmax. */
export function computeProbabilities(logits: Float32Array, width: number): Float32Array {
  if (width > 1) return Float32Array.from(softmax(logits, logits.length / width));
  const both = new Float32Array(logits.length * 2);
  logits.forEach((logit, i) => {
    both[2 * i] = sigmoid(-logit);
    both[2 * i + 1] = sigmoid(logit);
  });
  return both;
}

/** Probabilities of logits, each a yes or no of its own. @param temperature - What they are divided by. */
export function computeSigmoids(logits: Float32Array, temperature = 1): Float32Array {
  return logits.map((logit) => sigmoid(logit / temperature));
}
