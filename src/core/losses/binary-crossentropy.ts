/** @file Binary crossentropy: every output is a yes or no of its own. */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import { sigmoid } from '../tensor/probabilities.ts';
import { type CrossentropyOptions, readLabelSmoothing } from './label-smoothing.ts';
import type { Loss } from './loss.ts';

/**
 * `mean over K of: t softplus(-z) + (1 - t) softplus(z)`, for logits z and targets t in [0, 1]; with smoothing,
 * `t (1 - s) + s / 2` takes the place of t. In this form neither the value nor its gradient loses digits, and at
 * z = 0 the gradient is right, too: there, `max(z, 0) - z t + log(1 + exp(-|z|))` has two kinks.
 *
 * @throws {GraftError} `argument`, if the smoothing is not in [0, 1].
 */
export function binaryCrossentropy(options: CrossentropyOptions = {}): Loss {
  const labelSmoothing = readLabelSmoothing('binary crossentropy', options);
  const smooth = (target: number): number => target * (1 - labelSmoothing) + 0.5 * labelSmoothing;
  return {
    className: 'BinaryCrossentropy',
    labelSmoothing,
    activation: 'sigmoid',
    target: 'perClass',
    perSample(ops, logits, targets) {
      const yes = labelSmoothing === 0 ? targets : smoothed(ops, targets, labelSmoothing);
      const no = ops.sub(1, yes);
      const costOfNo = ops.softplus(logits);
      const costOfYes = ops.softplus(ops.neg(logits));
      const loss = ops.add(ops.mul(yes, costOfYes), ops.mul(no, costOfNo));
      return ops.mean(loss, [1], 0);
    },
    evaluate(logits, targets, size) {
      const width = logits.length / size;
      const losses = new Float32Array(size);
      for (let sample = 0; sample < size; sample++) {
        let sum = 0;
        for (let i = sample * width; i < (sample + 1) * width; i++) {
          const logit = logits[i]!;
          const target = smooth(targets[i]!);
          // `softplus(-z)` and `softplus(z)`, `log(1 + exp(z))` without overflow, have this in common.
          const common = Math.log1p(Math.exp(-Math.abs(logit)));
          sum += target * (Math.max(-logit, 0) + common) + (1 - target) * (Math.max(logit, 0) + common);
        }
        losses[sample] = sum / width;
      }
      return losses;
    },
    gradient(logits, targets, size) {
      const width = logits.length / size;
      const result = new Float32Array(logits.length);
      for (let i = 0; i < result.length; i++) result[i] = (sigmoid(logits[i]!) - smooth(targets[i]!)) / width;
      return result;
    },
  };
}

function smoothed(ops: Ops, targets: Value, labelSmoothing: number): Value {
  return ops.add(ops.mul(targets, 1 - labelSmoothing), 0.5 * labelSmoothing);
}
