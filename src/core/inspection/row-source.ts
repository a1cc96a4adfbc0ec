/** @file Rows of numbers, a block at a time: from memory, or from features that lie on disk. */

import { type FeatureSet, RowBuffer } from '../features/feature-set.ts';
import type { LinearPiece } from '../fit/solver/linear-rows.ts';

/** Rows of one width. */
export interface RowSource {
  readonly size: number;
  readonly width: number;
  /** `[end - start, width]`, row-major; good until the next call. */
  read(start: number, end: number): Promise<Float32Array>;
}

/** Rows are read so many at once. */
export const BLOCK_ROWS = 2048;
/** Rows that take no more than that are kept in memory. */
const KEPT_BYTES = 256 * 1024 * 1024;

/** The first tensor of a set of features, each example's numbers as one row. */
export function rowsOfFeatures(set: FeatureSet): RowSource {
  const width = (set.tensors[0]!.shape as readonly number[]).reduce((product, size) => product * size, 1);
  const buffer = new RowBuffer();
  return {
    size: set.size,
    width,
    async read(start, end) {
      const rows = Uint32Array.from({ length: end - start }, (_, index) => start + index);
      const [read] = await set.read(rows, buffer);
      return read!.data as Float32Array;
    },
  };
}

/** Rows in memory. */
export function rowsInMemory(values: Float32Array, width: number): RowSource {
  return {
    size: values.length / width,
    width,
    read: async (start, end) => values.subarray(start * width, end * width),
  };
}

/** All rows, a block at a time, in their order. @throws The signal's reason. */
export async function* blocksOf(source: RowSource, signal?: AbortSignal): AsyncGenerator<LinearPiece> {
  for (let start = 0; start < source.size; start += BLOCK_ROWS) {
    signal?.throwIfAborted();
    const rows = Math.min(BLOCK_ROWS, source.size - start);
    yield { x: await source.read(start, start + rows), start, rows };
  }
}

/** Rows of length 1; a row of zeros stays one. */
export function unitRows(source: RowSource): Promise<RowSource> {
  return changedRows(source, (row) => {
    let squares = 0;
    for (const value of row) squares += value * value;
    const factor = squares === 0 ? 0 : 1 / Math.sqrt(squares);
    for (let i = 0; i < row.length; i++) row[i]! *= factor;
  });
}

/** Each column with mean 0 and deviation 1, over all rows; a column that is constant becomes 0. */
export async function standardizedRows(source: RowSource, signal?: AbortSignal): Promise<RowSource> {
  const { size, width } = source;
  const mean = new Float64Array(width);
  for await (const { x } of blocksOf(source, signal)) {
    for (let i = 0; i < x.length; i++) mean[i % width]! += x[i]! / size;
  }
  const variance = new Float64Array(width);
  for await (const { x } of blocksOf(source, signal)) {
    for (let i = 0; i < x.length; i++) variance[i % width]! += (x[i]! - mean[i % width]!) ** 2 / size;
  }
  const factor = variance.map((value) => (value < 1e-12 ? 0 : 1 / Math.sqrt(value)));
  return changedRows(source, (row) => {
    for (let i = 0; i < width; i++) row[i] = (row[i]! - mean[i]!) * factor[i]!;
  });
}

/** Changed once where they fit into memory, else whenever they are read. */
async function changedRows(source: RowSource, change: (row: Float32Array) => void): Promise<RowSource> {
  const { size, width } = source;
  const changed = async (start: number, end: number): Promise<Float32Array> => {
    const rows = Float32Array.from(await source.read(start, end));
    for (let row = 0; row < end - start; row++) change(rows.subarray(row * width, (row + 1) * width));
    return rows;
  };
  if (size * width * Float32Array.BYTES_PER_ELEMENT > KEPT_BYTES) return { size, width, read: changed };
  const all = new Float32Array(size * width);
  for (let start = 0; start < size; start += BLOCK_ROWS) {
    all.set(await changed(start, Math.min(start + BLOCK_ROWS, size)), start * width);
  }
  return rowsInMemory(all, width);
}
