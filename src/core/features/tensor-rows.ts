/** @file Rows of tensors that have one for each example. */

import { computeSize, type Tensor, tensor, zeros } from '../tensor/tensor.ts';

/** Rows from `start` to `end`, which may lie behind the last: a view. */
export function sliceRows({ dtype, shape, data }: Tensor, start: number, end: number): Tensor {
  const [count = 0, ...sizes] = shape;
  const width = computeSize(sizes);
  const last = Math.min(end, count);
  return tensor(dtype, [last - start, ...sizes], data.subarray(start * width, last * width) as typeof data);
}

/** Rows from `start` to `end` of several tensors, by their names. */
export function rowsOfAll(
  tensors: Readonly<Record<string, Tensor>>,
  start: number,
  end: number,
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, each]) => [name, sliceRows(each, start, end)]),
  );
}

/** The rows of all parts, one after another. */
export function joinRows(parts: readonly Tensor[]): Tensor {
  const [{ dtype, shape }] = parts as [Tensor];
  const count = parts.reduce((sum, part) => sum + part.shape[0]!, 0);
  const all = zeros(dtype, [count, ...shape.slice(1)]);
  let offset = 0;
  for (const { data } of parts) {
    // All of them have the same type.
    (all.data as Uint8Array).set(data as Uint8Array, offset);
    offset += data.length;
  }
  return all;
}
