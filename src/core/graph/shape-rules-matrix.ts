/** @file Shape rules of matrix products. */

import { compatible, formatShape } from './dimension.ts';
import type { Shape } from './graph.ts';
import type { MatrixOp } from './operator-families.ts';
import { NUMBERS, type Rules, rule } from './shape-rule.ts';

export const MATRIX_RULES: Rules<MatrixOp> = {
  MatMul: rule(2, 2, (application) => {
    const [a, b] = [application.typed(0, 'A', NUMBERS), application.typed(1, 'B', NUMBERS)];
    const dtype = application.sameDtype([a, b]);
    const both = `${formatShape(a.shape)} and ${formatShape(b.shape)}`;
    const inner = [a.shape.at(-1), b.shape.at(b.shape.length > 1 ? -2 : -1)] as const;
    if (inner[0] === undefined || inner[1] === undefined || !compatible(inner[0], inner[1])) {
      throw application.error('matrices [..., m, k] and [..., k, n]', both, 'The inner sizes must be equal.');
    }
    // A vector counts as a row on the left, as a column on the right; its extra axis is dropped again.
    const batch = application.broadcast([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
    const rows: Shape = a.shape.length > 1 ? [a.shape.at(-2)!] : [];
    const columns: Shape = b.shape.length > 1 ? [b.shape.at(-1)!] : [];
    return { dtype, shape: [...batch, ...rows, ...columns] };
  }),
  Gemm: rule(2, 3, (application) => {
    const a = application.rank(application.typed(0, 'A', NUMBERS), 'A', 2, '[m, k]');
    const b = application.rank(application.typed(1, 'B', NUMBERS), 'B', 2, '[k, n]');
    const dtype = application.sameDtype([a, b]);
    const [rows, left] =
      application.attributes.transA === 1 ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
    const [right, columns] =
      application.attributes.transB === 1 ? [b.shape[1]!, b.shape[0]!] : [b.shape[0]!, b.shape[1]!];
    if (!compatible(left, right)) {
      const both = `${formatShape([rows, left])} and ${formatShape([right, columns])}`;
      throw application.error('matrices [m, k] and [k, n]', both, 'The inner sizes must be equal.');
    }
    const shape: Shape = [rows, columns];
    const c = application.inputs[2];
    if (c !== undefined) {
      application.sameDtype([a, c]);
      const wide = application.broadcast([shape, c.shape]);
      const grows = wide.length > 2 || wide.some((size, axis) => shape[axis] === 1 && size !== 1);
      if (grows) {
        const expected = `C that broadcasts to ${formatShape(shape)}`;
        throw application.error(expected, formatShape(c.shape), 'Give one number a column.');
      }
    }
    return { dtype, shape };
  }),
};
