/** @file Where a training stands: all that is needed to go on with it as if it had never stopped. */

import type { StateView, StepState } from '../steps/training-step.ts';
import type { EpochRecord } from './history.ts';

/** What a callback needs to go on. */
export interface CallbackState {
  readonly values: Readonly<Record<string, number>>;
  /** Weights that it keeps: those of the best epoch. */
  readonly weights?: StepState;
}

/** The present epoch's training metrics so far. */
export interface EpochSoFar {
  /** Steps that are done. */
  readonly step: number;
  /** State of the mean loss. */
  readonly loss: Float64Array;
  /** State of each metric. */
  readonly metrics: readonly Float64Array[];
}

export interface FitState<Weights = StepState> {
  /** The epoch to go on with, from 1. */
  readonly epoch: number;
  /** Undefined at the epoch's beginning. */
  readonly soFar?: EpochSoFar;
  readonly learningRate: number;
  readonly records: readonly EpochRecord[];
  /** In the callbacks' order; undefined for one that needs nothing. */
  readonly callbacks: readonly (CallbackState | undefined)[];
  /** Weights and slots. */
  readonly weights: Weights;
}

/** The same while the training goes on: its weights are not held. */
export type FitStateView = FitState<StateView>;

/** Where and how often states are kept. */
export interface FitCheckpoints {
  /** Asked after every step and every epoch. @param atEpochEnd - Else in the middle of one. */
  isDue(atEpochEnd: boolean): boolean;
  /**
   * What it throws ends the training.
   *
   * @param state - Good until the promise is settled.
   */
  save(state: FitStateView): Promise<void>;
}
