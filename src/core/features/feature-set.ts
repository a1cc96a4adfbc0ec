/** @file The features of a set of images, with their labels, wherever the features lie. */

import { Float16Array } from '@petamoriken/float16';

/** What is to be said of each row, where that is not one class. */
export interface RowTargets {
  /** `[size, width]`, row-major. */
  readonly values: Float32Array;
  readonly width: number;
}

/** Row `i` of the features belongs to `labels[i]`. */
export interface FeatureSet {
  /** Numbers in a row: the frozen part's output, flattened as a person sees it (NHWC). */
  readonly width: number;
  /** Class indices, `[size]`; all 0 where there are targets. */
  readonly labels: Uint32Array;
  /** Labels or numbers of the rows. */
  readonly targets?: RowTargets | undefined;
  /** How many classes there are, whether or not each has an image here. */
  readonly classes: number;
  readonly size: number;
  /**
   * Copies rows, in the order of `rows`, to the beginning of `target`, `[rows, width]`. A set on disk may have to
   * compute a row that was damaged there: then it gives a promise.
   */
  read(rows: Uint32Array, target: Float32Array): void | Promise<void>;
}

/** What a row's numbers are kept as. */
export type FeatureDType = 'float16' | 'float32';

export const FEATURE_BYTES: Readonly<Record<FeatureDType, number>> = { float16: 2, float32: 4 };

/** A set whose features are in memory: float32, or the bits of float16. */
export function featuresInMemory(
  features: Float32Array | Uint16Array,
  about: Pick<FeatureSet, 'labels' | 'targets' | 'width' | 'classes'>,
): FeatureSet {
  const { labels, targets, width, classes } = about;
  return {
    width,
    labels,
    targets,
    classes,
    size: labels.length,
    read(rows, target) {
      rows.forEach((row, position) => {
        const values = features.subarray(row * width, (row + 1) * width);
        if (values instanceof Float32Array) target.set(values, position * width);
        else widen(values, target, position * width);
      });
    },
  };
}

/** The targets of some rows, in their order, `[rows, width]`. */
export function targetsOfRows({ values, width }: RowTargets, rows: Uint32Array): Float32Array {
  const picked = new Float32Array(rows.length * width);
  rows.forEach((row, index) => {
    picked.set(values.subarray(row * width, (row + 1) * width), index * width);
  });
  return picked;
}

/** Writes float16 bits as float32, from `offset` on, one after another: the bits may lie at the end of the same memory. */
export function widen(bits: Uint16Array, target: Float32Array, offset: number): void {
  const table = wideningTable();
  const numbers = target.subarray(offset, offset + bits.length);
  for (let i = 0; i < numbers.length; i++) numbers[i] = table[bits[i]!]!;
}

let table: Float32Array | undefined;

/** All 65,536 float16 numbers: a lookup is several times faster than taking the bits apart. */
function wideningTable(): Float32Array {
  if (table === undefined) {
    const every = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
    table = Float32Array.from(new Float16Array(every.buffer));
  }
  return table;
}
