/** @file Where the tokens that are fed stand in their text. */

import type { Value } from '../graph/graph.ts';
import type { Lowering } from './layer.ts';

/**
 * Positions of the tokens along an axis, int64 `[S]`: from 0 on, or from behind the tokens that were fed before.
 *
 * @param x - A value with the tokens along that axis.
 */
export function tokenPositions({ builder: ops, decoding }: Lowering, x: Value, axis: number): Value {
  const zero = ops.squeeze(ops.integers([0]), [0]);
  const one = ops.squeeze(ops.integers([1]), [0]);
  const fed = ops.range(zero, ops.squeeze(ops.sizeOf(x, axis), [0]), one);
  return decoding === undefined ? fed : ops.add(fed, decoding.pastLength);
}
