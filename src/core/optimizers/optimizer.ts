/** @file What an optimizer is: its slots, its settings, and one update as operators. */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import type { DenseUpdate } from './dense-update.ts';
import type { RateSettings } from './learning-rate.ts';
import type { OptimizerSettings } from './settings.ts';

/** What an update reads, all float32. Slots have the weight's shape and start as zeros. */
export interface UpdateInputs<S extends string = string> {
  /** After weight decay. */
  readonly weight: Value;
  /** After clipping. */
  readonly gradient: Value;
  /** By name; of those that the settings leave out, none. */
  readonly slots: Readonly<Record<S, Value>>;
  /** Scalar. */
  readonly learningRate: Value;
  /** Scalar: how many updates, this one included; the first is 1. */
  readonly iteration: Value;
}

/** What an update gives: the new weight and its new slots. */
export interface UpdateOutputs<S extends string = string> {
  readonly weight: Value;
  /** Every slot that there is, as it is after the update. */
  readonly slots: { readonly [K in S]?: Value | undefined };
}

/** An optimizer with its settings, made by what `defineOptimizer` gives. Immutable. */
export interface Optimizer extends OptimizerSettings, RateSettings {
  /** Keras' class name, or the one of the definition. */
  readonly className: string;
  /** Keras' names for what the formula keeps per weight: `momentum`, `velocity`. See {@link listSlots} for all. */
  readonly slots: readonly string[];
  /** The formula's hyperparameters by Keras' names in camel case: `rho`, `beta1`, `epsilon`. */
  readonly config: Readonly<Record<string, number | boolean>>;
  /** Whether even the smallest number of a slot matters; else it becomes 0 once it is too small for float32. */
  readonly keepsSmallSlots: boolean;
  /** How the dense kernel computes the formula; undefined where only a graph can. */
  readonly dense: DenseUpdate | undefined;
  /** Emits one update by the formula alone; `updateWeights` adds what the settings want. */
  update(ops: Ops, inputs: UpdateInputs): UpdateOutputs;
}

/** Keras' name for a weight's moving average. */
export const AVERAGE_SLOT = 'average';
/** Keras' name for the sum of a weight's gradients since the last update. */
export const ACCUMULATOR_SLOT = 'gradient_accumulator';

/** All that is kept per weight: the formula's slots, then what the settings need. */
export function listSlots({ slots, ema, gradientAccumulationSteps }: Optimizer): string[] {
  return [
    ...slots,
    ...(ema === undefined ? [] : [AVERAGE_SLOT]),
    ...(gradientAccumulationSteps === 1 ? [] : [ACCUMULATOR_SLOT]),
  ];
}
