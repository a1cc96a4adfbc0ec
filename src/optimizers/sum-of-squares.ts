/**
 * @file The sum of squares of a gradient, exact to float32 for any number of elements. ONNX Runtime's ReduceSum adds one
 * number after the other: over 38 million of them, what is added is lost in what is there already (1.3e-3).
 */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';

/** Added in one go: few enough to lose nothing, enough for one pass over memory to do most of the work. */
const TILE = 256;

/** Narrower rows are added more slowly than what padding costs. */
const MIN_TILE = 32;

/** The sum of the squares of all elements, a scalar. The shape must be known. */
export function sumOfSquares(builder: GraphBuilder, value: Value): Value {
  return tiledSum(builder, builder.op('Mul', [value, value]));
}

/** The sum of scalars. */
export function sumOfScalars(builder: GraphBuilder, scalars: readonly Value[]): Value {
  const one = builder.integers([1]);
  const vectors = scalars.map((scalar) => builder.op('Reshape', [scalar, one]));
  return tiledSum(builder, builder.op('Concat', vectors, { axis: 0 }));
}

/** In tiles, then the sums of the tiles in tiles, until one number is left. */
function tiledSum(builder: GraphBuilder, value: Value): Value {
  const count = (value.shape as readonly number[]).reduce((product, size) => product * size, 1);
  if (count <= TILE) return builder.op('ReduceSum', [value], { keepdims: 0 });
  const divisor = largestDivisor(count);
  const width = divisor < MIN_TILE ? TILE : divisor;
  const rows = Math.ceil(count / width);
  let vector = builder.op('Reshape', [value, builder.integers([count])]);
  const missing = rows * width - count;
  if (missing > 0) vector = builder.op('Pad', [vector, builder.integers([0, missing])]);
  const tiles = builder.op('Reshape', [vector, builder.integers([rows, width])]);
  return tiledSum(builder, builder.op('ReduceSum', [tiles, builder.integers([1])], { keepdims: 0 }));
}

function largestDivisor(count: number): number {
  let width = TILE;
  while (count % width !== 0) width--;
  return width;
}
