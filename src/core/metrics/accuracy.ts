/** @file Fraction of right predictions, in Keras' variants. */

import { indexOfLargest } from '../tensor/probabilities.ts';
import { createMean } from './mean.ts';
import type { Metric } from './metric.ts';

export interface BinaryAccuracyOptions {
  /** Whether outputs are logits; else probabilities. Default true. */
  readonly fromLogits?: boolean;
  /** Probability above which the prediction is yes, in (0, 1). Default 0.5. */
  readonly threshold?: number;
}

export interface TopKOptions {
  /** How many guesses count. Default 5. */
  readonly k?: number;
}

/** Fraction of outputs on the right side of the threshold; every one of a sample's outputs counts alike. */
export function binaryAccuracy(options: BinaryAccuracyOptions = {}): Metric {
  const { fromLogits = true, threshold = 0.5 } = options;
  const limit = fromLogits ? Math.log(threshold / (1 - threshold)) : threshold;
  return metric('binary_accuracy', (output, target) => {
    let right = 0;
    for (let i = 0; i < output.length; i++) {
      if (Number(output[i]! > limit) === target[i]) right++;
    }
    return right / output.length;
  });
}

/** Fraction of samples whose largest output stands where the largest target does. Logits or probabilities. */
export function categoricalAccuracy(): Metric {
  return metric('categorical_accuracy', (output, target) =>
    Number(indexOfLargest(output) === indexOfLargest(target)),
  );
}

/** Fraction of samples whose largest output has the target's index. Logits or probabilities. */
export function sparseCategoricalAccuracy(): Metric {
  return metric('sparse_categorical_accuracy', (output, target) =>
    Number(indexOfLargest(output) === target[0]),
  );
}

/** Fraction of samples whose class is among the k largest outputs; targets as one number for each class. */
export function topKCategoricalAccuracy({ k = 5 }: TopKOptions = {}): Metric {
  return metric('top_k_categorical_accuracy', (output, target) =>
    Number(isAmongLargest(output, indexOfLargest(target), k)),
  );
}

/** Fraction of samples whose class is among the k largest outputs; the target is the class's index. */
export function sparseTopKCategoricalAccuracy({ k = 5 }: TopKOptions = {}): Metric {
  return metric('sparse_top_k_categorical_accuracy', (output, target) =>
    Number(isAmongLargest(output, target[0]!, k)),
  );
}

/** @param rate - How right one sample's prediction is, in [0, 1]. */
function metric(name: string, rate: (output: Float32Array, target: Float32Array) => number): Metric {
  const mean = createMean();
  return {
    name,
    update(outputs, targets, size) {
      const width = outputs.length / size;
      const targetWidth = targets.length / size;
      // Used again for every sample: views of the arrays take longer than the numbers, which are few.
      const [output, target] = [new Float32Array(width), new Float32Array(targetWidth)];
      for (let sample = 0; sample < size; sample++) {
        for (let i = 0; i < width; i++) output[i] = outputs[sample * width + i]!;
        for (let i = 0; i < targetWidth; i++) target[i] = targets[sample * targetWidth + i]!;
        mean.add(rate(output, target));
      }
    },
    result: mean.result,
    reset: mean.reset,
    state: mean.state,
    restore: mean.restore,
  };
}

/** Fewer than k are larger; ties count as in, as in Keras. */
function isAmongLargest(values: Float32Array, index: number, k: number): boolean {
  let larger = 0;
  for (const value of values) if (value > values[index]!) larger++;
  return larger < k;
}
