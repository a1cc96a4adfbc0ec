/** @file What a metric is: a mean over all samples so far. */

export interface Metric {
  /** Keras' name: `binary_accuracy`. */
  readonly name: string;
  /**
   * Adds a batch.
   *
   * @param outputs - `[size, K]`, row-major.
   * @param targets - `[size, K]`, or `[size, 1]` where the target is the class's index.
   * @param size - Samples in the batch.
   */
  update(outputs: Float32Array, targets: Float32Array, size: number): void;
  /** The mean so far; 0 before the first sample, as in Keras. */
  result(): number;
  reset(): void;
}
