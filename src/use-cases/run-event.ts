/**
 * @file What is heard of a use case while it works: one stream of plain data. `JSON.stringify` and `structuredClone` lose
 * nothing of an event, so that it can be a line of JSON, or come from a worker or another machine.
 */

import type { CombinationEvent, SweptValues } from '../events/sweep-report.ts';
import type { TrainedEvent, TrainingEvent } from '../events/training-event.ts';
import type { CheckReport } from '../inspection/check-report.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { CompareReport } from './compare-report.ts';
import type { EstimateReport, PlanReport } from './estimate-report.ts';
import type { EvaluateReport } from './evaluate-report.ts';
import type { ExplainReport } from './explain-report.ts';
import type { LearningRateReport } from './learning-rate-report.ts';
import type { PredictReport } from './predict-report.ts';
import type { JudgedBackbone, RecommendReport } from './recommend-report.ts';
import type { ReportResult } from './report-result.ts';
import type { RunsReport } from './runs-report.ts';
import type { SweepReport } from './sweep-report.ts';
import type { TrainReport } from './train-report.ts';

/** What will be done, and what that needs, before the long work. */
export interface PlanEvent extends PlanReport {
  readonly type: 'plan';
}

/** What a sweep will do, before the long work. */
export interface SweepPlanEvent {
  readonly type: 'sweep-plan';
  /** The first of them: what is not varied, all combinations share. */
  readonly recipe: Recipe;
  /** As in a `ModelEvent`. */
  readonly preprocessing?: string | undefined;
  /** What is tried: those of `cut`, `head`, `optimizer` and `learningRate` that have several values. */
  readonly varied: readonly (keyof SweptValues)[];
  readonly combinations: number;
  /** Places in the network that heads grow from: an image goes through the network once for all. */
  readonly boundaries: number;
}

/** A network was judged. */
export interface BackboneEvent {
  readonly type: 'backbone';
  readonly done: number;
  readonly total: number;
  readonly judged: JudgedBackbone;
}

/** The last event: what the function's promise resolves to. */
export type ResultEvent =
  | TrainedEvent<TrainReport>
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
  | TrainingEvent<TrainReport>
  | PlanEvent
  | SweepPlanEvent
  | CombinationEvent
  | BackboneEvent
  | ResultEvent;

/** Hears the events, in their order. What it throws ends the work. */
export type EventListener = (event: RunEvent) => void;
