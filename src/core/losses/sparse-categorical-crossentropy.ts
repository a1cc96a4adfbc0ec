/** @file Sparse categorical crossentropy: one class among several, the target is its index. */

import type { Shortcut } from '../autodiff/shortcut.ts';
import type { Value } from '../graph/graph.ts';
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
    perPosition(ops, logits, targets) {
      const width = Number(logits.shape[1]);
      const whole = (value: number): Value =>
        ops.constant(tensor('int64', [], BigInt64Array.of(BigInt(value))), 'whole');
      const row = ops.range(whole(0), ops.squeeze(ops.sizeOf(logits, 0), [0]), whole(1));
      const wanted = ops.reshape(ops.cast(targets, 'int64'), [-1]);
      const places = ops.add(ops.mul(row, whole(width)), wanted);
      const logProbabilities = ops.logSoftmax(logits, 1);
      const chosen = ops.gather(ops.reshape(logProbabilities, [-1]), places, 0);
      const shortcut: Shortcut = {
        output: chosen,
        inputs: [logits],
        // Of the logarithm of one probability: 1 at its place, less all probabilities.
        rule: (emit, dy) => [
          () => {
            const spread = emit.neg(emit.mul(emit.exp(logProbabilities), emit.unsqueeze(dy, [1])));
            return emit.reshape(emit.scatterAdd(emit.reshape(spread, [-1]), places, dy, 0), [-1, width]);
          },
        ],
      };
      return { losses: ops.neg(chosen), shortcuts: [shortcut] };
    },
    evaluate(logits, targets, size) {
      const width = logits.length / size;
      const logProbabilities = logSoftmax(logits, size);
      return targets.map((index, sample) => -logProbabilities[sample * width + index]!);
    },
    gradient(logits, targets, size) {
      const width = logits.length / size;
      const result = new Float32Array(softmax(logits, size));
      targets.forEach((index, sample) => {
        result[sample * width + index]! -= 1;
      });
      return result;
    },
  };
}
