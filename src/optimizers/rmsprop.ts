/** @file RMSprop: gradients divided by the root of their mean square. */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { type LearningRate, rateSettings } from './learning-rate.ts';
import type { Optimizer } from './optimizer.ts';
import { requireInRange } from './ranges.ts';
import { type OptimizerOptions, settingsOf } from './settings.ts';

export interface RMSpropOptions extends OptimizerOptions {
  /** Default 0.001. */
  readonly learningRate?: LearningRate;
  /** What stays of the mean square at every step, in [0, 1]. Default 0.9. */
  readonly rho?: number;
  /** In [0, 1]. Default 0. */
  readonly momentum?: number;
  /** Added to the mean square, inside the root. Default 1e-7. */
  readonly epsilon?: number;
  /** Whether the gradient's variance takes the place of its mean square. Default false. */
  readonly centered?: boolean;
}

/**
 * `v = rho v + (1 - rho) g^2; d = r g / sqrt(v + epsilon); w -= d`. Centred, `a = rho a + (1 - rho) g` and
 * `v - a^2` takes the place of v. With momentum, `m = momentum m + d; w -= m`.
 *
 * @throws {GraftError} `argument`, if an option is out of its range.
 * @see http://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf
 */
export function rmsprop(options: RMSpropOptions = {}): Optimizer {
  const { learningRate = 0.001, rho = 0.9, momentum = 0, epsilon = 1e-7, centered = false } = options;
  requireInRange('RMSprop', { epsilon }, 0, Number.MAX_VALUE);
  requireInRange('RMSprop', { rho, momentum }, 0, 1);
  const slotNames = [
    'velocity',
    ...(momentum > 0 ? ['momentum'] : []),
    ...(centered ? ['average_gradient'] : []),
  ];
  return {
    ...settingsOf('RMSprop', options),
    className: 'RMSprop',
    ...rateSettings('RMSprop', learningRate),
    slots: slotNames,
    config: { rho, momentum, epsilon, centered },
    update(builder, { weight, gradient, slots, learningRate: rate }) {
      const slot = (name: string): Value => slots[slotNames.indexOf(name)]!;
      const square = builder.op('Mul', [gradient, gradient]);
      const velocity = decayed(builder, slot('velocity'), square, rho);
      const updated = [velocity];
      let denominator = builder.op('Add', [velocity, builder.scalar(epsilon)]);
      let average: Value | undefined;
      if (centered) {
        average = decayed(builder, slot('average_gradient'), gradient, rho);
        const variance = builder.op('Sub', [velocity, builder.op('Mul', [average, average])]);
        denominator = builder.op('Add', [variance, builder.scalar(epsilon)]);
      }
      let step = builder.op('Div', [builder.op('Mul', [gradient, rate]), builder.op('Sqrt', [denominator])]);
      if (momentum > 0) {
        step = builder.op('Add', [builder.op('Mul', [slot('momentum'), builder.scalar(momentum)]), step]);
        updated.push(step);
      }
      if (average !== undefined) updated.push(average);
      return { weight: builder.op('Sub', [weight, step]), slots: updated };
    },
  };
}

/** `rho old + (1 - rho) fresh` */
function decayed(builder: GraphBuilder, old: Value, fresh: Value, rho: number): Value {
  return builder.op('Add', [
    builder.op('Mul', [old, builder.scalar(rho)]),
    builder.op('Mul', [fresh, builder.scalar(1 - rho)]),
  ]);
}
