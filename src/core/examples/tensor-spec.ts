/** @file What a tensor of examples is: its name, its elements, and the sizes of one example's. */

import type { DType } from '../tensor/dtype.ts';

/** A tensor that has a row for each example. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: DType;
  /**
   * Sizes of one example's, without the batch: `[150, 150, 3]`. The first may be null: it varies from example to example (tokens
   * of a text), is the same for all such tensors of an example, and in a batch as long as that of the longest; what is short is
   * filled up with zeros at its end.
   */
  readonly shape: readonly (number | null)[];
}

/** Whether its size varies from example to example. */
export function isRagged({ shape }: Pick<TensorSpec, 'shape'>): boolean {
  return shape[0] === null;
}
