/** @file What one may say of a training loop. */

import type { FeatureSet } from '../features/feature-set.ts';
import type { Metric } from '../metrics/metric.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { ReusedState } from '../steps/reused-state.ts';
import type { Batch } from '../steps/training-step.ts';
import type { Random } from '../tensor/random.ts';
import type { Callback } from './callbacks/callback.ts';
import type { FitCheckpoints, FitState } from './fit-state.ts';

/** Where the training is, after every step. */
export interface FitProgress {
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  /** Mean over the epoch so far. */
  readonly loss: number;
}

/** What is trained on: the same features in every epoch, or new ones (other views of the images) for each. */
export type FeatureSource = FeatureSet | ((epoch: number) => Promise<FeatureSet>);

export interface FitOptions extends RuntimeOptions {
  readonly epochs: number;
  readonly batchSize: number;
  /** Examples that validation looks at at once. Default as many as features of a few megabytes have. */
  readonly validationBatchSize?: number | undefined;
  readonly learningRate: number;
  /**
   * The rate of every step, in the place of `learningRate`.
   *
   * @param step - Steps before it, from 0, over all epochs.
   * @param stepsPerEpoch - How many steps an epoch has.
   */
  readonly schedule?: ((step: number, stepsPerEpoch: number) => number) | undefined;
  /** Default none. */
  readonly metrics?: readonly Metric[] | undefined;
  /** In this order at every event. Default none. */
  readonly callbacks?: readonly Callback[] | undefined;
  /** By class index; an image counts this much in the loss. Default 1 for all. */
  readonly classWeights?: readonly number[] | undefined;
  /** The rows of an epoch, in order. Default: all of them, shuffled. */
  readonly order?: ((labels: Uint32Array, random: Random) => Uint32Array) | undefined;
  /** Changes a batch before it is trained on, e.g. mixes its samples. */
  readonly mix?: ((batch: Batch, random: Random) => Batch) | undefined;
  /** Validates, and chooses the best, by the weights' moving averages, which the optimizer has to keep. */
  readonly averages?: boolean | undefined;
  readonly random: Random;
  /** Stops after the step in progress. */
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((progress: FitProgress) => void) | undefined;
  /** Where callbacks leave copies of the weights that they no longer need. */
  readonly reused?: ReusedState | undefined;
  /** Default none are kept. */
  readonly checkpoints?: FitCheckpoints | undefined;
  /** Goes on from a state that `checkpoints` was given, with the same data and options. */
  readonly resume?: FitState | undefined;
}
