/** @file Adam, and AdamW: Adam whose weights decay apart from the gradient. */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { type LearningRate, rateSettings } from './learning-rate.ts';
import type { Optimizer } from './optimizer.ts';
import { requireInRange } from './ranges.ts';
import { type OptimizerOptions, settingsOf } from './settings.ts';

export interface AdamOptions extends OptimizerOptions {
  /** Default 0.001. */
  readonly learningRate?: LearningRate;
  /** What stays of the mean gradient at every step, in [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** What stays of the mean square at every step, in [0, 1). Default 0.999. */
  readonly beta2?: number;
  /** Added to the root, outside of it. Default 1e-7. */
  readonly epsilon?: number;
}

/**
 * `m += (g - m) (1 - beta1); v += (g^2 - v) (1 - beta2); w -= a m / (sqrt(v) + epsilon)`, where
 * `a = r sqrt(1 - beta2^t) / (1 - beta1^t)` at step t.
 *
 * @throws {GraftError} `argument`, if an option is out of its range.
 * @see https://arxiv.org/abs/1412.6980
 */
export function adam(options: AdamOptions = {}): Optimizer {
  return make('Adam', options);
}

/**
 * Adam after `w -= w weightDecay r`, where weightDecay is 0.004 unless given. Unlike in Keras, weights of one
 * dimension are spared: see {@link OptimizerOptions.excludeFromWeightDecay}.
 *
 * @throws {GraftError} `argument`, if an option is out of its range.
 * @see https://arxiv.org/abs/1711.05101
 */
export function adamW(options: AdamOptions = {}): Optimizer {
  return make('AdamW', { ...options, weightDecay: options.weightDecay ?? 0.004 });
}

function make(className: 'Adam' | 'AdamW', options: AdamOptions): Optimizer {
  const settings = settingsOf(className, options);
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
  requireInRange(className, { epsilon }, 0, Number.MAX_VALUE);
  requireInRange(className, { beta1, beta2 }, 0, 1 - Number.EPSILON);
  const config = { beta1, beta2, epsilon };
  return {
    ...settings,
    className,
    ...rateSettings(className, learningRate),
    slots: ['momentum', 'velocity'],
    config: className === 'AdamW' ? { weightDecay: settings.weightDecay, ...config } : config,
    update(builder, { weight, gradient, slots, learningRate: rate, iteration }) {
      const square = builder.op('Mul', [gradient, gradient]);
      const momentum = approach(builder, slots[0]!, gradient, 1 - beta1);
      const velocity = approach(builder, slots[1]!, square, 1 - beta2);
      const correction1 = oneMinusPower(builder, beta1, iteration);
      const correction2 = oneMinusPower(builder, beta2, iteration);
      const scale = builder.op('Div', [
        builder.op('Mul', [rate, builder.op('Sqrt', [correction2])]),
        correction1,
      ]);
      const step = builder.op('Div', [
        builder.op('Mul', [momentum, scale]),
        builder.op('Add', [builder.op('Sqrt', [velocity]), builder.scalar(epsilon)]),
      ]);
      return { weight: builder.op('Sub', [weight, step]), slots: [momentum, velocity] };
    },
  };
}

/** `old + (fresh - old) share` */
function approach(builder: GraphBuilder, old: Value, fresh: Value, fraction: number): Value {
  const change = builder.op('Mul', [builder.op('Sub', [fresh, old]), builder.scalar(fraction)]);
  return builder.op('Add', [old, change]);
}

function oneMinusPower(builder: GraphBuilder, base: number, exponent: Value): Value {
  return builder.op('Sub', [builder.scalar(1), builder.op('Pow', [builder.scalar(base), exponent])]);
}
