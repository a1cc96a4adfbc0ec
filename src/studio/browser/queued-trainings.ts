/** @file Trainings in the page, one after the other, each in a worker of its own. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { ImagesByClass } from '../../web/image-classes.ts';
import { train } from '../../web/train.ts';
import type { RunHistory } from '../engine/run-state.ts';
import type { RecipeChoice, TrainingState } from '../engine/training-state.ts';
import { chosenRecipe } from '../project/recipe-form.ts';
import { type RunningTraining, type TrainingEnd, TrainingQueue } from '../project/training-queue.ts';
import { siteWork } from './site-worker.ts';

export interface QueuedTrainingsOptions {
  /** The images as they are when a training begins. */
  readonly images: () => Promise<ImagesByClass>;
  readonly onChange: (training: TrainingState | undefined) => void;
  /** Keeps what it came to; heard before the training is told to have ended. */
  readonly onEnd: (run: string, model: Uint8Array, history: RunHistory) => Promise<void>;
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
    chosenRecipe(choice, []);
    return this.#queue.add(run, choice, false);
  }

  /** Ends a training after its step, or takes it out of the queue. */
  stop(run: string): void {
    this.#queue.stop(run);
  }

  #begin({ run, choice }: TrainingState): RunningTraining {
    const stop = new AbortController();
    return {
      interrupt: () => stop.abort(),
      ended: this.#train(run, choice, stop.signal).catch(
        (error: Error): TrainingEnd =>
          error instanceof GraftError && error.code === 'interrupted'
            ? { status: 'stopped', error: null }
            : { status: 'failed', error: error.message },
      ),
    };
  }

  async #train(run: string, choice: RecipeChoice, signal: AbortSignal): Promise<TrainingEnd> {
    const { report, model } = await train(await this.#options.images(), {
      ...(await siteWork()),
      recipe: chosenRecipe(choice, []),
      onEvent: (event) => this.#queue.hear(run, event),
      signal,
    });
    const history = this.#queue.find(run)!.epochs.map(({ epoch, metrics }) => ({ epoch, metrics }));
    await this.#options.onEnd(run, model, history);
    return { status: report.ended === 'interrupted' ? 'stopped' : 'ended', error: null };
  }
}
