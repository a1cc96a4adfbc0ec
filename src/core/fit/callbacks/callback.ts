/** @file What a callback is: what it hears while a model is trained, and what it may do. */

import type { StepState } from '../../steps/training-step.ts';
import type { CallbackState } from '../fit-state.ts';
import type { EpochRecord, History } from '../history.ts';

/** The training, as a callback may look at it and steer it. */
export interface TrainingControl {
  /** Of the next step. */
  learningRate: number;
  readonly epochs: number;
  /** Ends the training after this epoch. */
  stop(): void;
  /** A copy of the present weights. @param into - An earlier copy that is no longer needed. */
  readWeights(into?: StepState): Promise<StepState>;
  /** Gives back a copy that is no longer needed: its arrays may be used again. */
  releaseWeights(copy: StepState): void;
  /** Goes on with these weights. */
  writeWeights(state: StepState): Promise<void>;
}

/** What has been done of an epoch. */
export interface BatchProgress {
  /** From 1, as `step`. */
  readonly epoch: number;
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
}

/** Hears of a training; every method may be left out. Epochs are counted from 1. */
export interface Callback {
  /** Whether the training goes on although the loss is not finite. Default false: it ends with an error. */
  readonly toleratesNaN?: boolean;
  onTrainBegin?(control: TrainingControl): void | Promise<void>;
  onEpochBegin?(epoch: number, control: TrainingControl): void | Promise<void>;
  onBatchEnd?(progress: BatchProgress, control: TrainingControl): void;
  onEpochEnd?(record: EpochRecord, control: TrainingControl): void | Promise<void>;
  /** What it needs to go on after a restart, at the end of an epoch or step. */
  state?(): CallbackState;
  /** Goes on from what `state()` gave, after `onTrainBegin`. */
  restore?(state: CallbackState): void;
  /** Also after an interruption, with what was reached. */
  onTrainEnd?(history: History, control: TrainingControl): void | Promise<void>;
}
