/** @file Einstein's notation for a product of matrices, as attention is often written: `bhid,bhjd->bhij`. */

import type { Composer } from './composer.ts';

/**
 * Two tensors, and one letter at most of each kind but the common ones: rows (in the first and the result), columns (in
 * the second and the result), and what is summed over (in both alone).
 */
export function matrixProduct(c: Composer): void {
  const equation = c.text('equation', '').replaceAll(' ', '');
  const [, left, right, result] = /^([A-Za-z]+),([A-Za-z]+)->([A-Za-z]+)$/.exec(equation) ?? [];
  const refusal = () => c.refuse('an Einsum that is one product of matrices', `"${equation}"`);
  if (left === undefined || right === undefined || result === undefined || c.inputCount !== 2)
    throw refusal();
  const [a, b] = [c.required(0, 'Inputs'), c.required(1, 'Inputs')];
  const common = [...result].filter((letter) => left.includes(letter) && right.includes(letter));
  const rows = [...result].filter((letter) => left.includes(letter) && !right.includes(letter));
  const columns = [...result].filter((letter) => right.includes(letter) && !left.includes(letter));
  const summed = [...left].filter((letter) => right.includes(letter) && !result.includes(letter));
  const isWhole =
    [rows, columns, summed].every((letters) => letters.length <= 1) &&
    common.length + rows.length + summed.length === left.length &&
    common.length + columns.length + summed.length === right.length &&
    [left, right, result].every((letters) => new Set(letters).size === letters.length);
  if (!isWhole || c.value(a).shape.length !== left.length || c.value(b).shape.length !== right.length) {
    throw refusal();
  }
  const first = matrices(c, a, left, [...common, rows[0], summed[0]]);
  const second = matrices(c, b, right, [...common, summed[0], columns[0]]);
  const product = c.op('MatMul', [first, second]);
  const missing = [rows, columns].flatMap((letters, index) =>
    letters.length === 0 ? [common.length + index] : [],
  );
  const kept = missing.length === 0 ? product : c.op('Squeeze', [product, c.integers(missing)]);
  const letters = [...common, ...rows, ...columns];
  c.op('Transpose', [kept], { perm: [...result].map((letter) => letters.indexOf(letter)) }, c.outputs[0]);
}

/** The axes in another order; a letter that is not there becomes an axis of one. */
function matrices(c: Composer, x: string, letters: string, order: readonly (string | undefined)[]): string {
  const there = order.filter((letter) => letter !== undefined);
  const turned = c.op('Transpose', [x], { perm: there.map((letter) => letters.indexOf(letter)) });
  const missing = order.flatMap((letter, axis) => (letter === undefined ? [axis] : []));
  return missing.length === 0 ? turned : c.op('Unsqueeze', [turned, c.integers(missing)]);
}
