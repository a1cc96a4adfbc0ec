/** @file AdamW: Adam whose weights decay apart from the gradient. */

import { adam } from './adam.ts';
import { defineOptimizer } from './define-optimizer.ts';

/**
 * Adam after `w -= w weightDecay r`, where weightDecay is 0.004 unless given. Unlike in Keras, weights of one
 * dimension are spared: see `excludeFromWeightDecay`.
 *
 * @throws {GraftError} `argument`, if an option is out of its range.
 * @see https://arxiv.org/abs/1711.05101
 */
export const adamW: typeof adam = defineOptimizer({
  ...adam.descriptor,
  className: 'AdamW',
  paper: 'https://arxiv.org/abs/1711.05101',
  weightDecay: 0.004,
});
