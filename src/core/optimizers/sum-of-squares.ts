/**
 * @file The sum of squares of a gradient, exact to float32 for any number of elements. ONNX Runtime's ReduceSum adds one
 * number after the other: over 38 million of them, what is added is lost in what is there already (1.3e-3).
 */

import type { Value } from '../graph/graph.ts';
import type { Ops } from '../graph/ops.ts';

/** Added in one go: few enough to lose nothing, enough for one pass over memory to do most of the work. */
const TILE = 256;

/** Narrower rows are added more slowly than what padding costs. */
const MIN_TILE = 32;

/** The sum of the squares of all elements, a scalar. The shape must be known. */
export function sumOfSquares(ops: Ops, value: Value): Value {
  return tiledSum(ops, ops.square(value));
}

/** The sum of scalars. */
export function sumOfScalars(ops: Ops, scalars: readonly Value[]): Value {
  const vectors = scalars.map((scalar) => ops.reshape(scalar, [1]));
  return tiledSum(ops, ops.concat(vectors, 0));
}

/** In tiles, then the sums of the tiles in tiles, until one number is left. */
function tiledSum(ops: Ops, value: Value): Value {
  const count = (value.shape as readonly number[]).reduce((product, size) => product * size, 1);
  if (count <= TILE) return ops.sumOfAll(value);
  const divisor = largestDivisor(count);
  const width = divisor < MIN_TILE ? TILE : divisor;
  const rows = Math.ceil(count / width);
  const vector = ops.pad(ops.reshape(value, [count], { name: 'vector' }), [0, rows * width - count]);
  return tiledSum(ops, ops.sum(ops.reshape(vector, [rows, width]), [1], 0));
}

function largestDivisor(count: number): number {
  let width = TILE;
  while (count % width !== 0) width--;
  return width;
}
