/** @file What an optimizer is: its slots, its settings, and one update as operators. */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import type { RateSettings } from './learning-rate.ts';
import type { OptimizerSettings } from './settings.ts';

/** What an update reads, all float32. Slots have the weight's shape and start as zeros. */
export interface UpdateInputs {
  /** After weight decay. */
  readonly weight: Value;
  /** After clipping. */
  readonly gradient: Value;
  /** In the order of {@link Optimizer.slots}. */
  readonly slots: readonly Value[];
  /** Scalar. */
  readonly learningRate: Value;
  /** Scalar: how many updates, this one included; the first is 1. */
  readonly iteration: Value;
}

export interface UpdateOutputs {
  readonly weight: Value;
  readonly slots: readonly Value[];
}

/** One of Keras' optimizers, with Keras' formulas and defaults. Immutable. */
export interface Optimizer extends OptimizerSettings, RateSettings {
  /** Keras' class name. */
  readonly className: 'SGD' | 'RMSprop' | 'Adam' | 'AdamW';
  /** Keras' names for what the formula keeps per weight: `momentum`, `velocity`. See {@link slotsOf} for all. */
  readonly slots: readonly string[];
  /** The formula's hyperparameters by Keras' names in camel case: `rho`, `beta1`, `epsilon`. */
  readonly config: Readonly<Record<string, number | boolean>>;
  /** Emits one update by the formula alone; `updateWeights` adds what the settings want. */
  update(builder: GraphBuilder, inputs: UpdateInputs): UpdateOutputs;
}

/** Keras' name for a weight's moving average. */
export const AVERAGE_SLOT = 'average';
/** Keras' name for the sum of a weight's gradients since the last update. */
export const ACCUMULATOR_SLOT = 'gradient_accumulator';

/** All that is kept per weight: the formula's slots, then what the settings need. */
export function slotsOf({ slots, ema, gradientAccumulationSteps }: Optimizer): string[] {
  return [
    ...slots,
    ...(ema === undefined ? [] : [AVERAGE_SLOT]),
    ...(gradientAccumulationSteps === 1 ? [] : [ACCUMULATOR_SLOT]),
  ];
}
