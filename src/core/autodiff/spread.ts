/** @file Zeros between the elements along an axis: the backward of taking every n-th. */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';

/** Spreads `n` elements to `(n - 1) * step + 1`, with zeros between. The axis' size must be a number. */
export function spread(ops: Ops, x: Value, axis: number, step: number): Value {
  const count = x.shape[axis] as number;
  if (step === 1 || count <= 1) return x;
  const rank = x.shape.length;
  const apart = ops.unsqueeze(x, [axis + 1]);
  const pads = new Array<number>(2 * (rank + 1)).fill(0);
  pads[rank + 1 + axis + 1] = step - 1;
  const padded = ops.pad(apart, pads);
  // 0 copies a size, so that axes of unknown size stay what they are.
  const shape = [...Array(axis).fill(0), count * step, ...Array(rank - axis - 1).fill(0)] as number[];
  const rest = x.shape.slice(axis + 1);
  const merged = ops.reshape(padded, mergedShape(shape, axis, rest));
  return ops.slice(merged, [axis], [0], [(count - 1) * step + 1]);
}

/** Axes behind the merged one have moved by one: 0 would copy the wrong size there, so they are written out. */
function mergedShape(shape: readonly number[], axis: number, rest: readonly (number | string)[]): number[] {
  return shape.map((size, i) => {
    if (i <= axis) return size;
    const original = rest[i - axis - 1]!;
    return typeof original === 'number' ? original : -1;
  });
}
