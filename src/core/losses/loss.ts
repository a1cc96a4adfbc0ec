/** @file What a loss is: a number for every sample, as operators. */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';

/** A loss, computed from logits whatever activation the model ends with. Immutable; an object of one's own will do. */
export interface Loss {
  /** Keras' class name, or that of one's own. */
  readonly className: string;
  /** How much of a target is spread over the classes, in [0, 1]; 0 for none. */
  readonly labelSmoothing: number;
  /** The activation whose input the logits are; `linear` where the outputs are numbers to be met. */
  readonly activation: 'sigmoid' | 'softmax' | 'linear';
  /** Width of a sample's target: one number, or one for each output (class, label, number). */
  readonly target: 'index' | 'perClass';
  /**
   * Emits the loss of every sample.
   *
   * @param logits - `[N, K]`, float32.
   * @param targets - float32: `[N, K]` where `target` is `perClass`, else `[N, 1]`, the class's index.
   * @returns `[N]`: Keras' value for every sample before weighting and averaging.
   */
  perSample(ops: Ops, logits: Value, targets: Value): Value;
  /** The same in plain numbers, for whoever has the logits already. Row-major; returns `[N]` as float32. */
  evaluate(logits: Float32Array, targets: Float32Array, size: number): Float32Array;
  /** Gradient of every sample's loss with respect to its logits, `[N, K]`, row-major. */
  gradient(logits: Float32Array, targets: Float32Array, size: number): Float32Array;
}
