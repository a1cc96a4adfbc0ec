/** @file RMSprop: gradients divided by the root of their mean square. */

import type { Value } from '../graph/graph.ts';
import { defineOptimizer, type OptimizerFactory, type OptionsOf } from './define-optimizer.ts';

const SETTINGS = {
  /** What stays of the mean square at every step, in [0, 1]. Default 0.9. */
  rho: { default: 0.9, min: 0, max: 1 },
  /** In [0, 1]. Default 0. */
  momentum: { default: 0, min: 0, max: 1 },
  /** Added to the mean square, inside the root. Default 1e-7. */
  epsilon: { default: 1e-7, min: 0 },
  /** Whether the gradient's variance takes the place of its mean square. Default false. */
  centered: { default: false },
} as const;

/** The learning rate is 0.001 unless given. */
export type RMSpropOptions = OptionsOf<typeof SETTINGS>;

/**
 * `v = rho v + (1 - rho) g^2; d = r g / sqrt(v + epsilon); w -= d`. Centered, `a = rho a + (1 - rho) g` and
 * `v - a^2` takes the place of v. With momentum, `m = momentum m + d; w -= m`.
 *
 * @throws {GraftError} `argument`, if an option is out of its range.
 * @see http://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf
 */
export const rmsprop: OptimizerFactory<typeof SETTINGS, 'velocity' | 'momentum' | 'average_gradient'> =
  defineOptimizer({
    className: 'RMSprop',
    paper: 'http://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf',
    learningRate: 0.001,
    adaptive: true,
    settings: SETTINGS,
    slots: {
      velocity: true,
      momentum: ({ momentum }) => momentum > 0,
      average_gradient: ({ centered }) => centered,
    },
    update(ops, { weight, gradient, slots, learningRate }, { rho, momentum: factor, epsilon, centered }) {
      const decayed = (old: Value, fresh: Value): Value =>
        ops.add(ops.mul(old, rho), ops.mul(fresh, 1 - rho));
      const velocity = decayed(slots.velocity, ops.square(gradient));
      const average = centered ? decayed(slots.average_gradient, gradient) : undefined;
      const variance = average === undefined ? velocity : ops.sub(velocity, ops.square(average));
      const square = ops.add(variance, epsilon);
      const step = ops.div(ops.mul(gradient, learningRate), ops.sqrt(square));
      const momentum = factor > 0 ? ops.add(ops.mul(slots.momentum, factor), step) : undefined;
      return {
        weight: ops.sub(weight, momentum ?? step),
        slots: { velocity, momentum, average_gradient: average },
      };
    },
    dense({ momentum, epsilon, centered }, weightDecay) {
      const kind = centered ? 'rmsprop-centered' : 'rmsprop';
      return {
        formula: momentum > 0 ? `${kind}-momentum` : kind,
        // Without epsilon a gradient of 0 gives 0 / 0, as in Keras: no short cut then.
        idle: momentum > 0 || weightDecay > 0 || epsilon === 0 ? 'update' : 'decay',
      };
    },
  });
