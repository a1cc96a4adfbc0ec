/** @file The features of a set of pictures, in memory, with their labels. */

/** Row `i` of `features` belongs to `labels[i]`. */
export interface FeatureSet {
  /** `[size, width]`, row-major, float32: the frozen part's output, flattened as a person sees it (NHWC). */
  readonly features: Float32Array;
  readonly width: number;
  /** Class indices, `[size]`. */
  readonly labels: Uint16Array;
  /** How many classes there are, whether or not each has a picture here. */
  readonly classes: number;
  readonly size: number;
}

/** Cuts the rows `[start, end)` out without copying. */
export function rowsOf(set: FeatureSet, start: number, end: number): Float32Array {
  return set.features.subarray(start * set.width, end * set.width);
}

/** Copies chosen rows, in the order of `indices`, to the beginning of `target`. */
export function gatherRows(set: FeatureSet, indices: Uint32Array, target: Float32Array): void {
  const { features, width } = set;
  indices.forEach((row, position) => {
    target.set(features.subarray(row * width, (row + 1) * width), position * width);
  });
}
