/** @file Trainings in the page, one after the other, each in a worker of its own. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { SweptReport } from '../../events/sweep-report.ts';
import type { RunHistory } from '../engine/run-state.ts';
import type { RecipeChoice, TrainingState } from '../engine/training-state.ts';
import { type RunningTraining, type TrainingEnd, TrainingQueue } from '../project/training-queue.ts';

/** How a choice is trained, on images or on texts. */
export interface PageTraining {
  /** @throws {GraftError} `argument`, if a choice is none. */
  require(choice: RecipeChoice): void;
  /** Whether it can be gone on with when it is stopped or cut off. */
  canResume(choice: RecipeChoice): boolean;
  /** Trains on the examples as they are then. @throws {GraftError} `interrupted`, if it is stopped before it has learned anything. */
  train(run: string, choice: RecipeChoice, calls: PageTrainingCalls): Promise<TrainedChoice>;
}

export interface PageTrainingCalls {
  readonly onEvent: (event: Parameters<TrainingQueue['hear']>[1]) => void;
  readonly signal: AbortSignal;
}

export interface TrainedChoice {
  readonly model: Uint8Array;
  /** Default: the epochs that were told. */
  readonly history?: RunHistory | undefined;
  readonly isStopped: boolean;
  /** Where the model is the best of a sweep: all that were tried. */
  readonly sweep?: SweptReport | undefined;
}

/** What a training came to. */
export interface EndedTraining extends Pick<TrainedChoice, 'model' | 'sweep'> {
  readonly history: RunHistory;
  /** Whether there is nothing to go on with. */
  readonly isDone: boolean;
}

export interface QueuedTrainingsOptions {
  readonly training: PageTraining;
  readonly onChange: (training: TrainingState | undefined) => void;
  /** Keeps what is to be trained until it has come to its end, if it can be resumed. */
  readonly onBegin: (run: string, choice: RecipeChoice) => Promise<void>;
  /** Keeps what it came to; heard before the training is told to have ended. */
  readonly onEnd: (run: string, trained: EndedTraining) => Promise<void>;
  /** Hears that there is nothing to go on with: it failed before it had learned anything. */
  readonly onNothing: (run: string) => Promise<void>;
}

export class QueuedTrainings {
  readonly #options: QueuedTrainingsOptions;
  readonly #queue: TrainingQueue;

  constructor(options: QueuedTrainingsOptions) {
    this.#options = options;
    const { onChange } = options;
    this.#queue = new TrainingQueue({ begin: (training) => this.#begin(training), onChange });
  }

  get all(): readonly TrainingState[] {
    return this.#queue.all;
  }

  /** @throws {GraftError} `argument`, if the choice is none. */
  start(run: string, choice: RecipeChoice): TrainingState {
    this.#options.training.require(choice);
    return this.#queue.add(run, choice, false);
  }

  /** Goes on with a training that was stopped, or cut off. @throws {GraftError} `argument`, if it is being trained. */
  resume(run: string, choice: RecipeChoice): TrainingState {
    return this.#queue.resume(run, choice);
  }

  /** Ends a training after its step, or takes it out of the queue. */
  stop(run: string): void {
    this.#queue.stop(run);
  }

  #begin({ run, choice }: TrainingState): RunningTraining {
    const stop = new AbortController();
    return {
      interrupt: () => stop.abort(),
      ended: this.#train(run, choice, stop.signal).catch(async (error: Error): Promise<TrainingEnd> => {
        if (error instanceof GraftError && error.code === 'interrupted')
          return { status: 'stopped', error: null };
        const { training, onNothing } = this.#options;
        // On other examples it was refused: put back as they were, they go on with it.
        const isRefused = error instanceof GraftError && error.code === 'checkpoint';
        const isBegun = isRefused || this.#queue.find(run)?.epochs.length !== 0;
        if (training.canResume(choice) && !isBegun) await onNothing(run);
        return { status: 'failed', error: error.message };
      }),
    };
  }

  async #train(run: string, choice: RecipeChoice, signal: AbortSignal): Promise<TrainingEnd> {
    const { training, onBegin, onEnd } = this.#options;
    const canResume = training.canResume(choice);
    if (canResume) await onBegin(run, choice);
    const { model, history, isStopped, sweep } = await training.train(run, choice, {
      onEvent: (event) => this.#queue.hear(run, event),
      signal,
    });
    const told = this.#queue.find(run)!.epochs.map(({ epoch, metrics }) => ({ epoch, metrics }));
    await onEnd(run, { model, history: history ?? told, isDone: !(isStopped && canResume), sweep });
    return { status: isStopped ? 'stopped' : 'ended', error: null };
  }
}
