/** @file The optimizers there are. */

import { type AdamOptions, adam, adamW } from './adam.ts';
import type { Optimizer } from './optimizer.ts';
import { type RMSpropOptions, rmsprop } from './rmsprop.ts';
import { type SGDOptions, sgd } from './sgd.ts';

/** Makes optimizers: `optimizers.rmsprop({ learningRate: 1e-4 })`. Formulas and defaults are Keras 3's. */
export const optimizers: {
  readonly sgd: (options?: SGDOptions) => Optimizer;
  readonly rmsprop: (options?: RMSpropOptions) => Optimizer;
  readonly adam: (options?: AdamOptions) => Optimizer;
  readonly adamW: (options?: AdamOptions) => Optimizer;
} = { sgd, rmsprop, adam, adamW };

export type OptimizerName = keyof typeof optimizers;
