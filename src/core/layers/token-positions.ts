/** @file Where the tokens that are fed stand in their text. */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';
import type { Lowering } from './layer.ts';

/**
 * Positions of the tokens along an axis, int64 `[S]`: from 0 on, or from behind the tokens that were fed before.
 *
 * @param x - A value with the tokens along that axis.
 */
export function tokenPositions({ builder: ops, decoding }: Lowering, x: Value, axis: number): Value {
  return decoding?.positions ?? countUp(ops, () => ops.squeeze(ops.sizeOf(x, axis), [0]));
}

/** From 0 on, so many: int64. @param count - Emits how many, an int64 scalar. */
export function countUp(ops: Ops, count: () => Value): Value {
  const [zero, one] = [0, 1].map((value) => ops.squeeze(ops.integers([value]), [0]));
  return ops.range(zero!, count(), one!);
}
