/** @file Adam: a moving mean of the gradients, divided by the root of one of their squares. */

import type { Value } from '../graph/graph.ts';
import { defineOptimizer, type OptimizerFactory, type OptionsOf } from './define-optimizer.ts';

const SETTINGS = {
  /** What stays of the mean gradient at every step, in [0, 1). Default 0.9. */
  beta1: { default: 0.9, min: 0, below: 1 },
  /** What stays of the mean square at every step, in [0, 1). Default 0.999. */
  beta2: { default: 0.999, min: 0, below: 1 },
  /** Added to the root, outside of it. Default 1e-7. */
  epsilon: { default: 1e-7, min: 0 },
} as const;

/** The learning rate is 0.001 unless given. */
export type AdamOptions = OptionsOf<typeof SETTINGS>;

/**
 * `m += (g - m) (1 - beta1); v += (g^2 - v) (1 - beta2); w -= a m / (sqrt(v) + epsilon)`, where
 * `a = r sqrt(1 - beta2^t) / (1 - beta1^t)` at step t.
 *
 * @throws {GraftError} `argument`, if an option is out of its range.
 * @see https://arxiv.org/abs/1412.6980
 */
export const adam: OptimizerFactory<typeof SETTINGS, 'momentum' | 'velocity'> = defineOptimizer({
  className: 'Adam',
  paper: 'https://arxiv.org/abs/1412.6980',
  learningRate: 0.001,
  adaptive: true,
  settings: SETTINGS,
  slots: { momentum: true, velocity: true },
  update(ops, { weight, gradient, slots, learningRate, iteration }, { beta1, beta2, epsilon }) {
    const toward = (mean: Value, fresh: Value, rate: number): Value =>
      ops.add(mean, ops.mul(ops.sub(fresh, mean), rate));
    const square = ops.square(gradient);
    const momentum = toward(slots.momentum, gradient, 1 - beta1);
    const velocity = toward(slots.velocity, square, 1 - beta2);
    const correction1 = ops.sub(1, ops.pow(beta1, iteration));
    const correction2 = ops.sub(1, ops.pow(beta2, iteration));
    const alpha = ops.div(ops.mul(learningRate, ops.sqrt(correction2)), correction1);
    const step = ops.div(ops.mul(momentum, alpha), ops.add(ops.sqrt(velocity), epsilon));
    return { weight: ops.sub(weight, step), slots: { momentum, velocity } };
  },
  dense: ({ beta1, beta2 }) => ({
    formula: 'adam',
    idle: 'update',
    alpha(learningRate, iteration) {
      const round = Math.fround;
      const rest = (beta: number): number => round(1 - round(round(beta) ** iteration));
      const scaled = round(round(learningRate) * round(Math.sqrt(rest(beta2))));
      return round(scaled / rest(beta1));
    },
  }),
});
