/** @file The one matcher for numbers: `expect(actual).toBeAllClose(expected, { atol, rtol })`. */

import { expect } from 'vitest';
import type { Tensor } from '../../src/core/tensor/tensor.ts';

/** What holds numbers: a number, an array, a typed array, or a tensor (whose shape then counts too). */
export type Numbers = number | ArrayLike<number> | ArrayLike<bigint> | Tensor;

/** Both are required: `|actual - expected| <= atol + rtol * |expected|`, element by element. */
export interface Tolerance {
  readonly atol: number;
  readonly rtol: number;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: the parameter must be declared as in vitest
  interface Matchers<T = any> {
    /** Every number is close to the expected one. NaN equals nothing; lengths (and tensors' shapes) must match. */
    toBeAllClose(expected: Numbers, tolerance: Tolerance): T;
  }
}

/** A comparison's outcome, with what to tell. */
export interface Comparison {
  readonly pass: boolean;
  readonly message: string;
}

/** Compares numbers element by element; the matcher's inner part. */
export function compareAll(actual: Numbers, expected: Numbers, { atol, rtol }: Tolerance): Comparison {
  if (typeof atol !== 'number' || typeof rtol !== 'number') {
    throw new TypeError('toBeAllClose: expected { atol, rtol }, received a tolerance that lacks one.');
  }
  if (isTensor(actual) && isTensor(expected)) {
    const [ours, theirs] = [actual.shape.join(', '), expected.shape.join(', ')];
    if (ours !== theirs) return { pass: false, message: `expected shape [${theirs}], received [${ours}]` };
  }
  const [left, right] = [toNumbers(actual), toNumbers(expected)];
  if (left.length !== right.length) {
    return { pass: false, message: `expected ${right.length} numbers, received ${left.length}` };
  }
  let failures = 0;
  let worst = -1;
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < left.length; i++) {
    const [a, e] = [left[i]!, right[i]!];
    const error = a === e ? 0 : Math.abs(a - e);
    const close = Number.isFinite(e) ? error <= atol + rtol * Math.abs(e) : a === e;
    if (!close) failures++;
    // NaN ranks above every number, so that it is what the message shows.
    const rank = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
    if (rank > largest) [worst, largest] = [i, rank];
  }
  const where = worst < 0 ? 'no elements' : place(worst, isTensor(actual) ? actual.shape : undefined);
  const values = worst < 0 ? '' : `: expected ${right[worst]}, received ${left[worst]}`;
  return {
    pass: failures === 0,
    message:
      `${failures} of ${left.length} numbers differ by more than atol ${atol} + rtol ${rtol}; ` +
      `largest error ${worst < 0 ? 0 : Math.abs(left[worst]! - right[worst]!)} at ${where}${values}`,
  };
}

expect.extend({
  toBeAllClose(actual: Numbers, expected: Numbers, tolerance: Tolerance) {
    const { pass, message } = compareAll(actual, expected, tolerance);
    return { pass, message: () => (pass ? `expected some number to differ, but ${message}` : message) };
  },
});

function isTensor(numbers: Numbers): numbers is Tensor {
  return typeof numbers === 'object' && 'dtype' in numbers && 'data' in numbers;
}

function toNumbers(numbers: Numbers): ArrayLike<number> {
  if (typeof numbers === 'number') return [numbers];
  const data: ArrayLike<number | bigint> = isTensor(numbers) ? numbers.data : numbers;
  return typeof data[0] === 'bigint' ? Array.from(data, Number) : (data as ArrayLike<number>);
}

/** `index 5`, or `[1, 2] (index 5)` where there is a shape. */
function place(index: number, shape: readonly number[] | undefined): string {
  if (shape === undefined) return `index ${index}`;
  let rest = index;
  const coordinates = shape.map((_, axis) => {
    const stride = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
    const coordinate = Math.floor(rest / stride);
    rest %= stride;
    return coordinate;
  });
  return `[${coordinates.join(', ')}] (index ${index})`;
}
