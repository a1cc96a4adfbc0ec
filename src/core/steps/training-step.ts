/** @file The one interface of a training step; graph step and dense step implement it and pass one test suite. */

import { type Tensor, tensor } from '../tensor/tensor.ts';

/**
 * What one step learns from. Row-major. A row is an example, or, where the model's output is a sequence `[N, S, K]`, one position of one
 * example: then all that has rows has `size * S` of them.
 */
export interface Batch {
  /** One tensor for each of the boundary, `[size, ...]`, see `boundarySpecs`. */
  readonly features: readonly Tensor[];
  /** Where the same lie, if in one place: a step that copies them to a memory of its own needs no copy between. */
  readonly source?: RowSource | undefined;
  /** `[rows, K]` or `[rows, 1]`, as the loss wants it: class indices up to 2^24. */
  readonly targets: Float32Array;
  /** `[rows]`. The loss is `sum(weight * loss) / rows`, as in Keras. */
  readonly sampleWeights: Float32Array;
  /** Examples. */
  readonly size: number;
  /** How much it counts in a mean over batches, where that is not its size: positions that are learned. */
  readonly count?: number | undefined;
}

/** Rows of one array, `[N, width]`: float32, or the bits of float16. */
export interface RowSource {
  readonly numbers: Float32Array | Uint16Array;
  readonly width: number;
  readonly rows: Uint32Array;
}

/** Features of a boundary of one tensor, from its numbers, row-major. */
export function oneTensor(numbers: Float32Array, size: number): readonly Tensor[] {
  return [tensor('float32', [size, numbers.length / size], numbers)];
}

export interface StepResult {
  /** Weighted mean loss before the update. */
  readonly loss: number;
  /** `[rows, K]`, before the update, dropout on. Empty where the step was made to give none. */
  readonly logits: Float32Array;
}

/** The weights and slots of a step, by `layer/weight` and `layer/weight/slot`, in Keras' layouts. */
export interface StepState {
  /** Batches learned from: with gradient accumulation more than there were updates. */
  readonly iteration: number;
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly slots: ReadonlyMap<string, Float32Array>;
}

/** Numbers that are read piece by piece, in their order. A piece is good until the next one is asked for. */
export interface NumbersView {
  readonly length: number;
  pieces(): Iterable<Float32Array>;
}

/** A state that is read and not held, by the same names as a {@link StepState}. */
export interface StateView {
  readonly iteration: number;
  readonly weights: ReadonlyMap<string, NumbersView>;
  readonly slots: ReadonlyMap<string, NumbersView>;
}

/** Numbers that are there, as one piece. */
export function createView(numbers: Float32Array): NumbersView {
  return { length: numbers.length, pieces: () => [numbers] };
}

/** A state that is held, as a view. */
export function viewOfState({ iteration, weights, slots }: StepState): StateView {
  const viewed = (numbers: StepState['weights']): StateView['weights'] =>
    new Map([...numbers].map(([key, values]) => [key, createView(values)]));
  return { iteration, weights: viewed(weights), slots: viewed(slots) };
}

export interface TrainingStep {
  readonly kind: 'graph' | 'dense';
  /**
   * Learns from one batch. With gradient accumulation, the weights move once in so many batches.
   *
   * @param next - The batch of the call that follows, if it is known: a step may begin with it where that is faster. The
   *   result is the same to the bit.
   */
  run(batch: Batch, learningRate: number, next?: Batch): Promise<StepResult>;
  /** Logits `[rows, K]` with the present weights, dropout off. */
  predict(features: readonly Tensor[], size: number): Promise<Float32Array>;
  /** The loss of every row, `[rows]`, unweighted, with the present weights, dropout off. */
  evaluate(batch: Pick<Batch, 'features' | 'targets' | 'size'>): Promise<Float32Array>;
  /**
   * A copy of the present state; with `slots: false`, without the optimizer's numbers.
   *
   * @param options - `into` is an earlier copy of the same kind that is no longer needed: its arrays may be used again.
   */
  readState(options?: {
    readonly slots?: boolean;
    readonly into?: StepState | undefined;
  }): Promise<StepState>;
  /**
   * The present state, good until the step runs again: for one that is written away, and too large to be copied as a
   * whole.
   */
  viewState(): Promise<StateView>;
  /** Goes on from a state that {@link readState} gave. What it lacks stays as it is. */
  writeState(state: StepState): Promise<void>;
  dispose(): Promise<void>;
}
