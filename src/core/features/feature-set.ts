/** @file The features of a set of examples, with their labels, wherever the features lie. */

import type { TensorSpec } from '../examples/tensor-spec.ts';
import { float16Table } from '../tensor/float16.ts';
import { computeSize, type Tensor, tensor } from '../tensor/tensor.ts';

/** What is to be said of each row, where that is not one class. */
export interface RowTargets {
  /** `[size, width]`, row-major. */
  readonly values: Float32Array;
  readonly width: number;
}

/** Row `i` of the features belongs to `labels[i]`. */
export interface FeatureSet {
  /** What there is of each example: the frozen part's outputs as a person sees them (NHWC), numbers as float32. */
  readonly tensors: readonly TensorSpec[];
  /** Class indices, `[size]`; all 0 where there are targets. */
  readonly labels: Uint32Array;
  /** Labels or numbers of the rows. */
  readonly targets?: RowTargets | undefined;
  /** How many classes there are, whether or not each has an example here. */
  readonly numClasses: number;
  readonly size: number;
  /** All rows one after another, `[size, ...]`, where they are one tensor in memory: float32, or the bits of float16. */
  readonly numbers?: Float32Array | Uint16Array | undefined;
  /**
   * Reads rows, in the order of `rows`: one tensor `[rows, ...]` for each of {@link tensors}; what varies is as long as in the longest
   * of them. They may lie in the buffer, and are good until it is used again, or in the set itself: nobody writes into them. A set on disk may have to compute a row that
   * was damaged there: then it gives a promise.
   */
  read(rows: Uint32Array, buffer: RowBuffer): readonly Tensor[] | Promise<readonly Tensor[]>;
}

/** Memory that rows of one fixed size are read into, again and again: new arrays for every step would be collected late. */
export class RowBuffer {
  #numbers = new Float32Array(0);

  take(count: number): Float32Array {
    if (this.#numbers.length < count) this.#numbers = new Float32Array(count);
    return this.#numbers.subarray(0, count);
  }
}

/** A set of one tensor whose numbers are in memory: float32, or the bits of float16. */
export function featuresInMemory(
  features: Float32Array | Uint16Array,
  about: Pick<FeatureSet, 'labels' | 'targets' | 'numClasses'> & {
    /** Numbers in a row, or its sizes. */
    readonly width: number | readonly number[];
    /** Whether float16 is widened once, where it is read again and again. Default false: whenever it is read. */
    readonly widensOnce?: boolean | undefined;
  },
): FeatureSet {
  const { labels, targets, numClasses } = about;
  const shape = typeof about.width === 'number' ? [about.width] : about.width;
  const width = computeSize(shape);
  let all = features instanceof Float32Array ? features : undefined;
  let rowsRead = 0;
  return {
    tensors: [{ name: 'features', dtype: 'float32', shape }],
    labels,
    targets,
    numClasses,
    size: labels.length,
    numbers: features,
    read(rows, buffer) {
      if (all !== undefined && areInOrder(rows)) {
        const start = rows[0]! * width;
        const numbers = all.subarray(start, start + rows.length * width);
        return [tensor('float32', [rows.length, ...shape], numbers)];
      }
      rowsRead += rows.length;
      if (about.widensOnce && rowsRead > PASSES * labels.length) all ??= widenedBits(features as Uint16Array);
      const target = buffer.take(rows.length * width);
      const from = all ?? features;
      for (let position = 0; position < rows.length; position++) {
        const start = rows[position]! * width;
        const values = from.subarray(start, start + width);
        if (values instanceof Float32Array) target.set(values, position * width);
        else widen(values, target, position * width);
      }
      return [tensor('float32', [rows.length, ...shape], target)];
    },
  };
}

/** Passes over a set that are fewer than make it worth while to keep it twice. */
const PASSES = 3;

/** One after another, as all but training reads them: no copy is needed. */
function areInOrder(rows: Uint32Array): boolean {
  for (let index = 1; index < rows.length; index++) if (rows[index] !== rows[0]! + index) return false;
  return rows.length > 0;
}

/** The targets of some rows, in their order, `[rows, width]`. */
export function targetsOfRows({ values, width }: RowTargets, rows: Uint32Array): Float32Array {
  const picked = new Float32Array(rows.length * width);
  rows.forEach((row, index) => {
    picked.set(values.subarray(row * width, (row + 1) * width), index * width);
  });
  return picked;
}

/** Some rows of a set, as a set. */
export function someRows(set: FeatureSet, rows: Uint32Array): FeatureSet {
  const { targets } = set;
  return {
    tensors: set.tensors,
    numClasses: set.numClasses,
    labels: Uint32Array.from(rows, (row) => set.labels[row]!),
    targets: targets && { ...targets, values: targetsOfRows(targets, rows) },
    size: rows.length,
    read: (wanted, buffer) =>
      set.read(
        wanted.map((row) => rows[row]!),
        buffer,
      ),
  };
}

/** Writes float16 bits as float32, from `offset` on, one after another: the bits may lie at the end of the same memory. */
export function widen(bits: Uint16Array, target: Float32Array, offset: number): void {
  const table = float16Table();
  const numbers = target.subarray(offset, offset + bits.length);
  for (let i = 0; i < numbers.length; i++) numbers[i] = table[bits[i]!]!;
}

/** The bits of float16 numbers as float32. */
export function widenedBits(bits: Uint16Array): Float32Array {
  const numbers = new Float32Array(bits.length);
  widen(bits, numbers, 0);
  return numbers;
}

/** What is kept as float16, as float32; all else as it is. */
export function widened(kept: Tensor): Tensor {
  return kept.dtype === 'float16'
    ? tensor('float32', kept.shape, widenedBits(kept.data as Uint16Array))
    : kept;
}
