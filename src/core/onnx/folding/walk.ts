/** @file All positions of a tensor in row-major order, with where each lies in others: broadcast, sliced, transposed. */

import { computeStrides } from '../../tensor/tensor.ts';
import { CannotFold } from './workspace.ts';

/**
 * Visits every position of `shape`.
 *
 * @param strides - For each other tensor, how far an axis moves in it; 0 stays.
 * @param visit - Gets the position, counted from 0, and an offset for each of `strides`.
 */
export function walk(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  visit: (position: number, offsets: readonly number[]) => void,
): void {
  const count = shape.reduce((product, size) => product * size, 1);
  const index = new Array<number>(shape.length).fill(0);
  const offsets = new Array<number>(strides.length).fill(0);
  for (let position = 0; position < count; position++) {
    visit(position, offsets);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      for (let i = 0; i < strides.length; i++) offsets[i]! += strides[i]![axis]!;
      if (index[axis]! < shape[axis]!) break;
      for (let i = 0; i < strides.length; i++) offsets[i]! -= strides[i]![axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}

/** NumPy's broadcasting of known shapes. */
export function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const size = sizes.find((each) => each !== 1) ?? 1;
    if (sizes.some((each) => each !== 1 && each !== size))
      throw new CannotFold('shapes that do not broadcast');
    return size;
  });
}

/** Strides by which a tensor of shape `own` is read along `shape`, to which it is broadcast. */
export function broadcastStrides(own: readonly number[], shape: readonly number[]): number[] {
  const strides = computeStrides(own);
  const missing = shape.length - own.length;
  return shape.map((_, axis) => {
    const index = axis - missing;
    return index < 0 || own[index] === 1 ? 0 : strides[index]!;
  });
}

/** An axis made positive. */
export function resolveAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!(Number.isInteger(positive) && positive >= 0 && positive < rank)) {
    throw new CannotFold(`no axis ${axis}`);
  }
  return positive;
}
