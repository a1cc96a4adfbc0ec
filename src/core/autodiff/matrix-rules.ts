/** @file Gradients of matrix products. */

import type { Value } from '../graph/graph.ts';
import type { MatrixOp } from '../graph/operator-families.ts';
import type { Ops } from '../graph/ops.ts';
import type { GradientRules } from './gradient-rule.ts';

export const MATRIX_GRADIENTS: GradientRules<MatrixOp> = {
  MatMul: ({ ops: e, inputs: [a, b], dy }) => {
    // A vector counts as a row on the left, as a column on the right.
    const rows = a!.shape.length === 1 ? e.unsqueeze(a!, [0]) : a!;
    const columns = b!.shape.length === 1 ? e.unsqueeze(b!, [1]) : b!;
    let full = dy;
    if (b!.shape.length === 1) full = e.unsqueeze(full, [-1]);
    if (a!.shape.length === 1) full = e.unsqueeze(full, [-2]);
    return [
      () => e.reshapeLike(e.sumTo(timesTransposed(e, full, columns), rows), a!),
      () => e.reshapeLike(transposedTimes(e, rows, full, columns), b!),
    ];
  },
  Gemm: ({ ops: e, attributes, inputs: [a, b, c], dy }) => {
    const { alpha = 1, beta = 1, transA = 0, transB = 0 } = attributes;
    const gemm = (left: Value, right: Value, ta: number, tb: number) =>
      e.gemm([left, right], { alpha, transA: ta as 0 | 1, transB: tb as 0 | 1 });
    return [
      () => (transA ? gemm(b!, dy, transB, 1) : gemm(dy, b!, 0, 1 - transB)),
      () => (transB ? gemm(dy, a!, 1, transA) : gemm(a!, dy, 1 - transA, 0)),
      c && (() => e.sumTo(e.mul(dy, beta), c)),
    ];
  },
};

/** `dy b'`: Gemm where it can be, for it needs no transposed copy. */
function timesTransposed(e: Ops, dy: Value, b: Value): Value {
  if (dy.shape.length === 2 && b.shape.length === 2) return e.gemm([dy, b], { transB: 1 });
  return e.matMul(dy, e.transposeMatrix(b));
}

/** `a' dy`, summed to the shape of `b`. A plain matrix `b` takes one Gemm over all batches together. */
function transposedTimes(e: Ops, a: Value, dy: Value, b: Value): Value {
  const [depth, width] = [a.shape.at(-1)!, dy.shape.at(-1)!];
  const plain = b.shape.length === 2 && a.shape.length === dy.shape.length;
  if (plain && typeof depth === 'number' && typeof width === 'number') {
    const rows = (x: Value, size: number) => (x.shape.length === 2 ? x : e.reshape(x, [-1, size]));
    return e.gemm([rows(a, depth), rows(dy, width)], { transA: 1 });
  }
  return e.sumTo(e.matMul(e.transposeMatrix(a), dy), b);
}
