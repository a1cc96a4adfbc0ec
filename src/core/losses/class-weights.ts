/** @file Weights of classes as weights of samples. */

/** A weight for each class's index; a class that is absent weighs 1, as in Keras. */
export type ClassWeights = Readonly<Record<number, number>>;

/**
 * The weight of every sample by its class: the index that stands there, or the largest of its targets.
 *
 * @param targets - `[size, K]` or `[size, 1]`, row-major.
 * @returns `[size]`
 */
export function classWeightsToSampleWeights(
  weights: ClassWeights,
  targets: Float32Array,
  size: number,
): Float32Array {
  const width = targets.length / size;
  return Float32Array.from({ length: size }, (_, sample) => {
    const row = targets.subarray(sample * width, (sample + 1) * width);
    const index = width === 1 ? Math.round(row[0]!) : row.indexOf(Math.max(...row));
    return weights[index] ?? 1;
  });
}
