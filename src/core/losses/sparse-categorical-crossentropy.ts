/** @file Sparse categorical crossentropy: one class among several, the target is its index. */

import { logSoftmax, softmax } from '../tensor/probabilities.ts';
import { tensor } from '../tensor/tensor.ts';
import type { Loss } from './loss.ts';

/** `-log softmax(z)[t]`, for logits z and the class's index t. Keras has no label smoothing here. */
export function sparseCategoricalCrossentropy(): Loss {
  return {
    className: 'SparseCategoricalCrossentropy',
    labelSmoothing: 0,
    activation: 'softmax',
    target: 'index',
    perSample(ops, logits, targets) {
      const width = Number(logits.shape[1]);
      const row = ops.reshape(ops.cast(targets, 'int64'), [-1]);
      const depth = ops.constant(tensor('int64', [], BigInt64Array.of(BigInt(width))), 'depth');
      const offAndOn = ops.constant(tensor('float32', [2], Float32Array.of(0, 1)), 'off_and_on');
      const wanted = ops.oneHot(row, depth, offAndOn);
      return ops.neg(ops.sum(ops.mul(wanted, ops.logSoftmax(logits, 1)), [1], 0));
    },
    evaluate(logits, targets, size) {
      const width = logits.length / size;
      const logProbabilities = logSoftmax(logits, size);
      return Float32Array.from(targets, (index, sample) => -logProbabilities[sample * width + index]!);
    },
    gradient(logits, targets, size) {
      const width = logits.length / size;
      const result = Float32Array.from(softmax(logits, size));
      targets.forEach((index, sample) => {
        result[sample * width + index]! -= 1;
      });
      return result;
    },
  };
}
