/** @file A mean that grows batch by batch, e.g. of the loss. */

export interface Mean {
  /** Adds a value that stands for `weight` samples. Default 1. */
  add(value: number, weight?: number): void;
  /** The mean so far; 0 before the first value. */
  result(): number;
  reset(): void;
  /** Sum and weight so far. */
  state(): Float64Array;
  restore(state: Float64Array): void;
}

/** Starts a mean. Sums are kept in float64, so that many small batches lose nothing. */
export function createMean(): Mean {
  let sum = 0;
  let total = 0;
  return {
    add(value, weight = 1) {
      sum += value * weight;
      total += weight;
    },
    result: () => (total === 0 ? 0 : sum / total),
    reset() {
      sum = 0;
      total = 0;
    },
    state: () => Float64Array.of(sum, total),
    restore([earlierSum, earlierTotal]) {
      sum = earlierSum!;
      total = earlierTotal!;
    },
  };
}
