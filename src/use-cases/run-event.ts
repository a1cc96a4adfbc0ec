/**
 * @file What is heard of a use case while it works: one stream of plain data. `JSON.stringify` and `structuredClone` lose
 * nothing of an event, so that it can be a line of JSON, or come from a worker or another machine.
 */

import type { SkippedFile } from '../core/examples/sample.ts';
import type { DuplicateReport } from '../node/training/duplicate-report.ts';
import type { ModalityName } from '../node/training/image-sets.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { Task } from '../recipe/task.ts';
import type { CheckReport } from './check-report.ts';
import type { CompareReport } from './compare-report.ts';
import type { EstimateReport, PlanReport } from './estimate-report.ts';
import type { EvaluateReport } from './evaluate-report.ts';
import type { ExplainReport } from './explain-report.ts';
import type { LearningRateReport } from './learning-rate-report.ts';
import type { ClassificationSummary, MetricsResult } from './metrics-report.ts';
import type { PredictReport } from './predict-report.ts';
import type { JudgedBackbone, RecommendReport } from './recommend-report.ts';
import type { ReportResult } from './report-result.ts';
import type { RunsReport } from './runs-report.ts';
import type { SweepReport, SweptValues } from './sweep-report.ts';
import type { TrainReport } from './train-report.ts';

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

/** What will be done, and what that needs, before the long work. */
export interface PlanEvent extends PlanReport {
  readonly type: 'plan';
}

/** What a sweep will do, before the long work. */
export interface SweepPlanEvent {
  readonly type: 'sweep-plan';
  /** The first of them: what is not varied, all combinations share. */
  readonly recipe: Recipe;
  /** As in {@link ModelEvent}. */
  readonly preprocessing?: string | undefined;
  /** What is tried: those of `cut`, `head`, `optimizer` and `learningRate` that have several values. */
  readonly varied: readonly (keyof SweptValues)[];
  readonly combinations: number;
  /** Places in the network that heads grow from: an image goes through the network once for all. */
  readonly boundaries: number;
}

/** The run goes on from a checkpoint. */
export interface ResumeEvent {
  readonly type: 'resume';
  /** The epoch that is trained next, from 1 over all phases. */
  readonly epoch: number;
  /** Steps of it that are done. */
  readonly step: number;
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

/** A combination of a sweep has ended. */
export interface CombinationEvent extends SweptValues {
  readonly type: 'combination';
  readonly done: number;
  readonly total: number;
  /** Undefined where it failed. */
  readonly validation?: ClassificationSummary | undefined;
  /** Why it failed. */
  readonly reason?: string | undefined;
  /** Accuracy of the best so far; null where there is none. */
  readonly best: number | null;
}

/** A network was judged. */
export interface BackboneEvent {
  readonly type: 'backbone';
  readonly done: number;
  readonly total: number;
  readonly judged: JudgedBackbone;
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

/** The last event: what the function's promise resolves to. */
export type ResultEvent =
  | { readonly type: 'result'; readonly useCase: 'train'; readonly report: TrainReport }
  | { readonly type: 'result'; readonly useCase: 'estimate'; readonly report: EstimateReport }
  | { readonly type: 'result'; readonly useCase: 'evaluate'; readonly report: EvaluateReport }
  | { readonly type: 'result'; readonly useCase: 'predict'; readonly report: PredictReport }
  | { readonly type: 'result'; readonly useCase: 'explain'; readonly report: ExplainReport }
  | { readonly type: 'result'; readonly useCase: 'report'; readonly report: ReportResult }
  | { readonly type: 'result'; readonly useCase: 'sweep'; readonly report: SweepReport }
  | { readonly type: 'result'; readonly useCase: 'checkDataset'; readonly report: CheckReport }
  | { readonly type: 'result'; readonly useCase: 'recommend'; readonly report: RecommendReport }
  | { readonly type: 'result'; readonly useCase: 'compare'; readonly report: CompareReport }
  | { readonly type: 'result'; readonly useCase: 'runs'; readonly report: RunsReport }
  | {
      readonly type: 'result';
      readonly useCase: 'findLearningRate';
      readonly report: LearningRateReport;
    };

/** Whatever is heard of a use case. */
export type RunEvent =
  | NoteEvent
  | DataEvent
  | ModelEvent
  | PlanEvent
  | SweepPlanEvent
  | ResumeEvent
  | PhaseEvent
  | ProgressEvent
  | StageEvent
  | StepEvent
  | EpochEvent
  | CombinationEvent
  | BackboneEvent
  | MetricsEvent
  | SkippedEvent
  | ResultEvent;

/** Hears the events, in their order. What it throws ends the work. */
export type EventListener = (event: RunEvent) => void;
