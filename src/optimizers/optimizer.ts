/** @file What an optimiser is: its slots, and one update as operators. */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';

/** What an update reads, all float32. Slots have the weight's shape and start as zeros. */
export interface UpdateInputs {
  readonly weight: Value;
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

/** One of Keras' optimisers, with Keras' formulas and defaults. Immutable. */
export interface Optimizer {
  /** Keras' class name. */
  readonly className: 'SGD' | 'RMSprop' | 'Adam' | 'AdamW';
  readonly learningRate: number;
  /** Keras' names for what is kept per weight: `momentum`, `velocity`. */
  readonly slots: readonly string[];
  /** Hyperparameters by Keras' names in camel case: `rho`, `beta1`, `epsilon`. */
  readonly config: Readonly<Record<string, number | boolean>>;
  /** Emits one update. */
  update(builder: GraphBuilder, inputs: UpdateInputs): UpdateOutputs;
}
