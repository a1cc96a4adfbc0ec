/** @file A tensor: element type, shape, and elements in row-major order. */

import { GraftError } from '../errors/graft-error.ts';
import { type DType, type TypedArrays, typedArrayFor } from './dtype.ts';

export interface Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: TypedArrays[D];
}

/** The product of the dimensions; 1 for a scalar. */
export function computeSize(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/**
 * Wraps data as a tensor; nothing is copied.
 *
 * @throws {GraftError} `shape`, if the number of elements is not that of the shape.
 */
export function tensor<D extends DType>(dtype: D, shape: readonly number[], data: TypedArrays[D]): Tensor<D> {
  if (data.length !== computeSize(shape)) {
    throw new GraftError('shape', {
      where: 'tensor',
      expected: `${computeSize(shape)} elements for shape [${shape.join(', ')}]`,
      received: `${data.length}`,
      advice: 'Check the shape.',
    });
  }
  return { dtype, shape, data };
}

/** A float32 tensor from numbers, for constants and tests. */
export function floats(shape: readonly number[], values: ArrayLike<number>): Tensor<'float32'> {
  return tensor('float32', shape, Float32Array.from(values));
}

/** "To the end" in files: as a number it is rounded up, to what no longer fits. */
const MAX_INT64 = 2n ** 63n - 1n;

/** An int64 tensor from integers: ONNX' form for shapes and axes. `shape` defaults to one dimension. */
export function integers(
  values: readonly number[],
  shape: readonly number[] = [values.length],
): Tensor<'int64'> {
  const fitting = (value: number) => (value >= 2 ** 63 ? MAX_INT64 : BigInt(value));
  return tensor('int64', shape, BigInt64Array.from(values, fitting));
}

/** A float32 scalar. */
export function scalar(value: number): Tensor<'float32'> {
  return floats([], [value]);
}

/** A tensor of zeros. */
export function zeros<D extends DType>(dtype: D, shape: readonly number[]): Tensor<D> {
  return { dtype, shape, data: new (typedArrayFor(dtype))(computeSize(shape)) };
}

/** Strides in elements, row-major. */
export function computeStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** Copies a tensor with its axes reordered, as NumPy's `transpose`: axis `i` of the result is axis `order[i]`. */
export function transpose<D extends DType>(source: Tensor<D>, order: readonly number[]): Tensor<D> {
  const sourceStrides = computeStrides(source.shape);
  const result = zeros(
    source.dtype,
    order.map((axis) => source.shape[axis]!),
  );
  // Axes of size 1 take no part: the kernel of a 1 x 1 convolution is a matrix.
  const moved = order.filter((axis) => source.shape[axis] !== 1);
  const shape = moved.map((axis) => source.shape[axis]!);
  const strides = moved.map((axis) => sourceStrides[axis]!);
  const from = source.data as unknown as number[];
  const to = result.data as unknown as number[];
  const last = shape.length - 1;
  if (last < 0) {
    to[0] = from[0]!;
    return result;
  }
  const index = new Array<number>(shape.length).fill(0);
  const lastSize = shape[last]!;
  const lastStride = strides[last]!;
  let offset = 0;
  for (let position = 0; position < to.length; position += lastSize) {
    for (let i = 0; i < lastSize; i++) to[position + i] = from[offset + i * lastStride]!;
    for (let axis = last - 1; axis >= 0; axis--) {
      offset += strides[axis]!;
      index[axis]! += 1;
      if (index[axis]! < shape[axis]!) break;
      offset -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
