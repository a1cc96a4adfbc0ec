/** @file What a metric is: a metric of all samples so far, which grows batch by batch. */

/** A metric: `compile` takes it, and the history has its value after every epoch. */
export interface Metric {
  /** Keras' name: `binary_accuracy`. */
  readonly name: string;
  /**
   * Adds a batch.
   *
   * @param outputs - `[size, K]`, row-major: what the last layer gives before its sigmoid or softmax, as losses take it.
   * @param targets - `[size, K]`, or `[size, 1]` where the target is the class's index.
   * @param size - Samples in the batch.
   */
  update(outputs: Float32Array, targets: Float32Array, size: number): void;
  /** The metric of all samples since the last reset; 0 before the first one, as in Keras. */
  result(): number;
  /** Forgets all samples: a new epoch, or another set. */
  reset(): void;
  /** All that the metric is made of so far: a run that is interrupted goes on from it. */
  state(): Float64Array;
  /** Goes on from the `state()` of the same metric, in the place of all samples so far. */
  restore(state: Float64Array): void;
}
