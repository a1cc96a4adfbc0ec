/** @file What a graph is: values, nodes and constants, a typed subset of ONNX. */

import type { DType } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { OpAttributes, OpType } from './operators.ts';

/** A size, or the name of a size known only when the graph runs: `'N'` is the batch. */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

/** One edge of the graph. */
export interface Value {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  /**
   * Of int64 vectors and scalars that are computed from shapes: the elements, as far as they are known. Of a comparison
   * of such: 0 or 1.
   */
  readonly sizes?: Shape | undefined;
}

/** One operator applied. An absent optional input is the empty string, as in ONNX. */
export interface Node<K extends OpType = OpType> {
  readonly name: string;
  readonly op: K;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: OpAttributes[K];
}

/** Nodes stand in an order in which they can run. Every name is assigned once. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: readonly Node[];
  /** Constants (ONNX' initializers) by value name. */
  readonly constants: ReadonlyMap<string, Tensor>;
  /** Every value by name: inputs, constants, and all that nodes produce. */
  readonly values: ReadonlyMap<string, Value>;
}
