/** @file Stochastic gradient descent, with momentum. */

import { type LearningRate, rateSettings } from './learning-rate.ts';
import type { Optimizer } from './optimizer.ts';
import { requireInRange } from './ranges.ts';
import { type OptimizerOptions, settingsOf } from './settings.ts';

export interface SGDOptions extends OptimizerOptions {
  /** Default 0.01. */
  readonly learningRate?: LearningRate;
  /** In [0, 1]. Default 0. */
  readonly momentum?: number;
  /** Looks ahead along the momentum. Default false. */
  readonly nesterov?: boolean;
}

/**
 * `w -= r g`; with momentum, `m = momentum m - r g; w += m`; with Nesterov's, `w += momentum m - r g`.
 *
 * @throws {GraftError} `argument`, if an option is out of its range.
 * @see https://proceedings.mlr.press/v28/sutskever13.html
 */
export function sgd(options: SGDOptions = {}): Optimizer {
  const { learningRate = 0.01, momentum = 0, nesterov = false } = options;
  requireInRange('SGD', { momentum }, 0, 1);
  return {
    ...settingsOf('SGD', options),
    className: 'SGD',
    ...rateSettings('SGD', learningRate),
    slots: momentum === 0 ? [] : ['momentum'],
    config: { momentum, nesterov },
    update(builder, { weight, gradient, slots, learningRate: rate }) {
      const step = builder.op('Mul', [gradient, rate]);
      const [slot] = slots;
      if (slot === undefined) return { weight: builder.op('Sub', [weight, step]), slots: [] };
      const factor = builder.scalar(momentum);
      const moved = builder.op('Sub', [builder.op('Mul', [slot, factor]), step]);
      const change = nesterov ? builder.op('Sub', [builder.op('Mul', [moved, factor]), step]) : moved;
      return { weight: builder.op('Add', [weight, change]), slots: [moved] };
    },
  };
}
