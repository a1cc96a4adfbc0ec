/** @file Trainings as the pages see them, and how the events of one become what is shown. */

import type { TrainedReport } from '../../events/trained-report.ts';
import type { EpochEvent, ProgressEvent, StepEvent } from '../../events/training-event.ts';
import type { PlanEvent, RunEvent } from '../../use-cases/run-event.ts';

/** Values of a recipe that a person changed, as texts, by the names of the fields. */
export type RecipeChoice = Readonly<Record<string, string>>;

export type TrainingStatus = 'waiting' | 'running' | 'stopping' | 'ended' | 'stopped' | 'failed';

/** How far a part of the work is. */
export interface TrainingProgress extends Pick<ProgressEvent, 'done' | 'total'> {
  readonly stage: string;
  readonly unit: string;
}

/** A training, from its place in the queue to its end. */
export interface TrainingState {
  /** The run: the name of its folder. */
  readonly run: string;
  readonly status: TrainingStatus;
  readonly choice: RecipeChoice;
  /** Whether it goes on from a checkpoint. */
  readonly isResumed: boolean;
  /** What is being done before the first epoch, features and downloads, or in its place, combinations of a sweep. */
  readonly progress: TrainingProgress | null;
  readonly step: StepEvent | null;
  readonly epochs: readonly EpochEvent[];
  readonly plan: PlanEvent | null;
  readonly notes: readonly string[];
  readonly report: TrainedReport | null;
  /** Why it failed. */
  readonly error: string | null;
}

/** A training that is to begin. */
export function waitingTraining(run: string, choice: RecipeChoice, isResumed: boolean): TrainingState {
  return {
    run,
    status: 'waiting',
    choice,
    isResumed,
    progress: null,
    step: null,
    epochs: [],
    plan: null,
    notes: [],
    report: null,
    error: null,
  };
}

/** Whether it is still to end. */
export function isGoingOn({ status }: TrainingState): boolean {
  return status === 'waiting' || status === 'running' || status === 'stopping';
}

/** The end of a training that has no folder. */
interface TrainingResultEvent {
  readonly type: 'result';
  readonly useCase: 'train';
  readonly report: TrainedReport;
}

function isOfSweep({ progress }: TrainingState): boolean {
  return progress?.stage === 'combinations';
}

/** What is shown after an event. */
export function afterEvent(state: TrainingState, event: RunEvent | TrainingResultEvent): TrainingState {
  switch (event.type) {
    case 'note':
      return { ...state, notes: [...state.notes, event.text] };
    case 'plan':
      return { ...state, plan: event };
    case 'progress':
      return { ...state, progress: event };
    case 'stage':
      return { ...state, progress: null };
    case 'combination': {
      const { done, total } = event;
      return { ...state, progress: { stage: 'combinations', done, total, unit: 'combinations' } };
    }
    case 'step':
      // Of a sweep, how many combinations are done says more.
      return { ...state, progress: isOfSweep(state) ? state.progress : null, step: event };
    case 'resume':
      return event.epochs === undefined ? state : { ...state, epochs: event.epochs };
    case 'epoch':
      return { ...state, step: null, epochs: [...state.epochs, event] };
    case 'result':
      return event.useCase === 'train' ? { ...state, report: event.report } : state;
    default:
      return state;
  }
}
