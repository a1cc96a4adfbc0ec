/** @file Trainings on a table in the page, one after the other, each in a worker of its own. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { LabeledText } from '../../web/labeled-texts.ts';
import { trainTexts } from '../../web/train-texts.ts';
import type { RecipeChoice, TrainingState } from '../engine/training-state.ts';
import { chosenRecipe } from '../project/recipe-form.ts';
import { type RunningTraining, type TrainingEnd, TrainingQueue } from '../project/training-queue.ts';
import type { EndedTraining } from './queued-trainings.ts';
import { siteWork } from './site-worker.ts';
import { SITE, siteAddress } from './wasm-files.ts';

export interface TextTrainingsOptions {
  /** The labeled rows as they are when a training begins. */
  readonly texts: () => readonly LabeledText[];
  readonly onChange: (training: TrainingState | undefined) => void;
  /** Keeps what it came to; heard before the training is told to have ended. */
  readonly onEnd: (run: string, trained: EndedTraining) => Promise<void>;
}

export class TextTrainings {
  readonly #options: TextTrainingsOptions;
  readonly #queue: TrainingQueue;

  constructor(options: TextTrainingsOptions) {
    this.#options = options;
    const { onChange } = options;
    this.#queue = new TrainingQueue({ begin: (training) => this.#begin(training), onChange });
  }

  get all(): readonly TrainingState[] {
    return this.#queue.all;
  }

  /** @throws {GraftError} `argument`, if the choice is none. */
  start(run: string, choice: RecipeChoice): TrainingState {
    chosenRecipe(choice, [], 'texts');
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
    const { report, model } = await trainTexts(this.#options.texts(), {
      ...(await siteWork()),
      backbone: siteAddress(SITE.textNetwork),
      recipe: chosenRecipe(choice, [], 'texts'),
      onEvent: (event) => this.#queue.hear(run, event),
      signal,
    });
    const history = this.#queue.find(run)!.epochs.map(({ epoch, metrics }) => ({ epoch, metrics }));
    // One that was stopped has the best of its epochs, and nothing to go on with.
    await this.#options.onEnd(run, { model, history, isDone: true });
    return { status: report.ended === 'interrupted' ? 'stopped' : 'ended', error: null };
  }
}
