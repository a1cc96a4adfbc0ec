/** @file Stochastic gradient descent, with momentum. */

import { defineOptimizer, type OptimizerFactory, type OptionsOf } from './define-optimizer.ts';

const SETTINGS = {
  /** In [0, 1]. Default 0. */
  momentum: { default: 0, min: 0, max: 1 },
  /** Looks ahead along the momentum. Default false. */
  nesterov: { default: false },
} as const;

/** The learning rate is 0.01 unless given. */
export type SGDOptions = OptionsOf<typeof SETTINGS>;

/**
 * `w -= r g`; with momentum, `m = momentum m - r g; w += m`; with Nesterov's, `w += momentum m - r g`.
 *
 * @throws {GraftError} `argument`, if an option is out of its range.
 * @see https://proceedings.mlr.press/v28/sutskever13.html
 */
export const sgd: OptimizerFactory<typeof SETTINGS, 'momentum'> = defineOptimizer({
  className: 'SGD',
  paper: 'https://proceedings.mlr.press/v28/sutskever13.html',
  learningRate: 0.01,
  adaptive: false,
  settings: SETTINGS,
  inRecipes: { momentum: 0.9 },
  slots: { momentum: ({ momentum }) => momentum > 0 },
  update(ops, { weight, gradient, slots, learningRate }, { momentum: factor, nesterov }) {
    const step = ops.mul(gradient, learningRate);
    if (factor === 0) return { weight: ops.sub(weight, step), slots: {} };
    const momentum = ops.sub(ops.mul(slots.momentum, factor), step);
    const change = nesterov ? ops.sub(ops.mul(momentum, factor), step) : momentum;
    return { weight: ops.add(weight, change), slots: { momentum } };
  },
  dense({ momentum, nesterov }, weightDecay) {
    if (momentum > 0) return { formula: nesterov ? 'sgd-nesterov' : 'sgd-momentum', idle: 'update' };
    return { formula: 'sgd', idle: weightDecay > 0 ? 'update' : 'nothing' };
  },
});
