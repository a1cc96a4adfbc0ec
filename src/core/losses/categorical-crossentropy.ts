/** @file Categorical crossentropy: one class among several, targets as one number for each class. */

import { logSoftmax, softmax } from '../tensor/probabilities.ts';
import { type CrossentropyOptions, labelSmoothingOf } from './label-smoothing.ts';
import type { Loss } from './loss.ts';

/**
 * `-sum over K of: t log softmax(z)`, for logits z and targets t; with smoothing, `t (1 - s) + s / K` takes the place
 * of t.
 *
 * @throws {GraftError} `argument`, if the smoothing is not in [0, 1].
 */
export function categoricalCrossentropy(options: CrossentropyOptions = {}): Loss {
  const labelSmoothing = labelSmoothingOf('categorical crossentropy', options);
  const smooth = (target: number, width: number): number =>
    target * (1 - labelSmoothing) + labelSmoothing / width;
  return {
    className: 'CategoricalCrossentropy',
    labelSmoothing,
    activation: 'softmax',
    target: 'perClass',
    perSample(ops, logits, targets) {
      const wanted =
        labelSmoothing === 0
          ? targets
          : ops.add(ops.mul(targets, 1 - labelSmoothing), labelSmoothing / Number(logits.shape[1]));
      return ops.neg(ops.sum(ops.mul(wanted, ops.logSoftmax(logits, 1)), [1], 0));
    },
    evaluate(logits, targets, size) {
      const width = logits.length / size;
      const logProbabilities = logSoftmax(logits, size);
      return Float32Array.from({ length: size }, (_, sample) => {
        let sum = 0;
        for (let i = sample * width; i < (sample + 1) * width; i++) {
          sum -= smooth(targets[i]!, width) * logProbabilities[i]!;
        }
        return sum;
      });
    },
    gradient(logits, targets, size) {
      const width = logits.length / size;
      const probabilities = softmax(logits, size);
      const result = new Float32Array(logits.length);
      for (let start = 0; start < logits.length; start += width) {
        let mass = 0;
        for (let i = start; i < start + width; i++) mass += smooth(targets[i]!, width);
        for (let i = start; i < start + width; i++) {
          result[i] = mass * probabilities[i]! - smooth(targets[i]!, width);
        }
      }
      return result;
    },
  };
}
