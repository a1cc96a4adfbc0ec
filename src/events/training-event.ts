/** @file What is heard of a training wherever it is done, on this machine or in a page: a part of `RunEvent`. */

import type { SkippedFile } from '../core/examples/sample.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { Task } from '../recipe/task.ts';
import type { DuplicateReport } from '../runs/duplicate-report.ts';
import type { ModalityName } from '../runs/example-sets.ts';
import type { MetricsResult } from './metrics-report.ts';
import type { TrainedReport } from './trained-report.ts';

/** What is heard of a training, `result` at its end. */
export type TrainingEvent<R extends TrainedReport = TrainedReport> =
  | NoteEvent
  | DataEvent
  | ModelEvent
  | PhaseEvent
  | ResumeEvent
  | ProgressEvent
  | StageEvent
  | StepEvent
  | EpochEvent
  | MetricsEvent
  | SkippedEvent
  | TrainedEvent<R>;

/** Something that a person should know, in a sentence or two. */
export interface NoteEvent {
  readonly type: 'note';
  readonly text: string;
}

/** What the work is on. */
export interface DataEvent {
  readonly type: 'data';
  /** The folder or file, as it was given. */
  readonly data: string;
  readonly modality: ModalityName;
  readonly task: Task;
  /** Names of classes, of labels, or of the values of a regression. */
  readonly classNames: readonly string[];
  readonly sets: readonly DataSet[];
  /** Copies, byte for byte. */
  readonly duplicates: DuplicateReport;
}

/** A part of the data. */
export interface DataSet {
  /** `pool` is what the folds of a cross-validation are made of; `all` is a folder that has no parts. */
  readonly set: 'train' | 'validation' | 'test' | 'pool' | 'all';
  readonly examples: number;
  /** Where they are from, or how they were chosen, where that has to be said. */
  readonly source?: string | undefined;
  /** Whether they were split off at random, with all copies of an image on one side. */
  readonly isSplit?: boolean | undefined;
  /** Into how many folds the pool is divided. */
  readonly folds?: number | undefined;
}

/** The network, before the long work. */
export interface ModelEvent {
  readonly type: 'model';
  /** Complete: with the cut and size that are used. */
  readonly recipe: Recipe;
  readonly parameters: { readonly total: number; readonly trainable: number };
  /** How pixels are scaled and who says so, where the backbone's pretrained config does not. */
  readonly preprocessing?: string | undefined;
}

/** A phase begins. */
export interface PhaseEvent {
  readonly type: 'phase';
  /** From 1. */
  readonly phase: number;
  readonly phases: number;
  /** The backbone's layer that training begins at; null for the head alone. */
  readonly unfreeze: string | null;
  /** The rank of the adapters that are trained, if some are. */
  readonly lora?: number | undefined;
  /** At most. */
  readonly epochs: number;
  /** The metric by which the best epoch is chosen. */
  readonly monitor: string;
}

/** The training goes on from a checkpoint. */
export interface ResumeEvent {
  readonly type: 'resume';
  /** The epoch that is trained next, from 1 over all phases. */
  readonly epoch: number;
  /** Steps of it that are done. */
  readonly step: number;
  /** What was told of the epochs before. Only in pages: a run's folder has its `history.csv`. */
  readonly epochs?: readonly EpochEvent[] | undefined;
}

/** A part of the work that is counted. */
export type Stage =
  | 'download'
  | 'tokens'
  | 'features'
  | 'looks'
  | 'neighbors'
  | 'labels'
  | 'views'
  | 'predictions'
  | 'explanations'
  | 'learning rates';

/** How far a stage is: when it begins, then at most every 50 ms. */
export interface ProgressEvent {
  readonly type: 'progress';
  readonly stage: Stage;
  readonly done: number;
  /** Null where it is not known. */
  readonly total: number | null;
  readonly unit: 'bytes' | 'images' | 'texts' | 'steps';
  /** Since the stage began. */
  readonly seconds: number;
  /** The epoch that views are for. */
  readonly epoch?: number | undefined;
}

/** A stage has ended. */
export interface StageEvent {
  readonly type: 'stage';
  readonly stage: Stage;
  readonly done: number;
  readonly unit: ProgressEvent['unit'];
  readonly seconds: number;
}

/** How far an epoch is: at most every 50 ms. */
export interface StepEvent {
  readonly type: 'step';
  /** From 1, within the phase. */
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  /** Mean over the epoch so far. */
  readonly loss: number;
}

/** An epoch has ended. */
export interface EpochEvent {
  readonly type: 'epoch';
  /** From 1 over all phases, as in `history.csv`. */
  readonly epoch: number;
  /** From 1; null where there is a single phase. */
  readonly phase: number | null;
  /** From 1 within the phase, of at most `epochs`. */
  readonly epochOfPhase: number;
  readonly epochs: number;
  /** By Keras' names: `loss`, `accuracy`, `val_loss`, `val_accuracy`, ... */
  readonly metrics: Readonly<Record<string, number>>;
  readonly learningRate: number;
  readonly seconds: number;
  /** Whether it is the best so far, by the metric that is monitored. */
  readonly isBest: boolean;
}

/** The trained model was measured on a set, with all that is told of single classes. */
export interface MetricsEvent {
  readonly type: 'metrics';
  readonly set: 'train' | 'validation' | 'test';
  readonly metrics: MetricsResult;
}

/** Files that were left out, and why. */
export interface SkippedEvent {
  readonly type: 'skipped';
  readonly skipped: readonly SkippedFile[];
}

/** The end of a training: what its promise resolves to. */
export interface TrainedEvent<R extends TrainedReport = TrainedReport> {
  readonly type: 'result';
  readonly useCase: 'train';
  readonly report: R;
}
