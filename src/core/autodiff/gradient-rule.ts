/** @file What a gradient rule is. */

import type { Value } from '../graph/graph.ts';
import type { OpAttributes, OpType } from '../graph/operators.ts';
import type { Ops } from '../graph/ops.ts';

/** One node on the way back: its inputs, its outputs, and the gradient of its first output. */
export interface Backward<K extends OpType> {
  readonly ops: Ops;
  /** In ONNX' order. An optional one that is absent is undefined, whatever the type says. */
  readonly inputs: readonly Value[];
  readonly attributes: OpAttributes[K];
  /** First output. */
  readonly y: Value;
  /** Gradient of the loss with respect to `y`; same shape as `y`. */
  readonly dy: Value;
  /** The error to throw for a case that the rule does not cover. */
  readonly refuse: (reason: string) => Error;
}

/** Emits the gradient for one input, with that input's shape. Called only where the gradient is wanted. */
export type Emit = () => Value;

/** For every input, how its gradient is emitted; undefined where it has none. */
export type GradientRule<K extends OpType> = (backward: Backward<K>) => readonly (Emit | undefined)[];

export interface NotDifferentiable {
  readonly notDifferentiable: string;
}

/** The rules of some operators; one that is missing does not compile. */
export type GradientRules<O extends OpType> = { readonly [K in O]: GradientRule<K> | NotDifferentiable };

/** Marks an operator without a gradient. `reason` completes "it ...". */
export function notDifferentiable(reason: string): NotDifferentiable {
  return { notDifferentiable: reason };
}
