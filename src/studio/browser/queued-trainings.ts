/** @file Trainings in the page, one after the other, each in a worker of its own. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { TrainingEvent } from '../../events/training-event.ts';
import type { BrowserWorker } from '../../web/browser.ts';
import type { ImagesByClass } from '../../web/image-classes.ts';
import { train } from '../../web/train.ts';

import type { RunHistory } from '../engine/run-state.ts';
import {
  afterEvent,
  type RecipeChoice,
  type TrainingState,
  waitingTraining,
} from '../engine/training-state.ts';
import { chosenRecipe } from '../project/recipe-form.ts';
import { SITE, siteAddress, siteRuntime } from './wasm-files.ts';

/** Between two news of a training at least. */
const NEWS_MS = 200;

export interface QueuedTrainingsOptions {
  /** The images as they are when a training begins. */
  readonly images: () => Promise<ImagesByClass>;
  readonly onChange: (training: TrainingState | undefined) => void;
  /** Keeps what it came to; heard before the training is told to have ended. */
  readonly onEnd: (run: string, model: Uint8Array, history: RunHistory) => Promise<void>;
}

export class QueuedTrainings {
  readonly #options: QueuedTrainingsOptions;
  #all: TrainingState[] = [];
  #current: { readonly run: string; readonly stop: AbortController } | undefined;
  #lastNews = 0;

  constructor(options: QueuedTrainingsOptions) {
    this.#options = options;
  }

  get all(): readonly TrainingState[] {
    return this.#all;
  }

  /** @throws {GraftError} `argument`, if the choice is none. */
  start(run: string, choice: RecipeChoice): TrainingState {
    chosenRecipe(choice, []);
    const training = waitingTraining(run, choice, false);
    this.#all = [...this.#all, training];
    this.#options.onChange(undefined);
    void this.#next();
    return this.#find(run);
  }

  /** Ends a training after its step, or takes it out of the queue. */
  stop(run: string): void {
    const training = this.#all.find((each) => each.run === run);
    if (training?.status === 'waiting') this.#set({ ...training, status: 'stopped' });
    if (training?.status !== 'running' || this.#current?.run !== run) return;
    this.#set({ ...training, status: 'stopping' });
    this.#current.stop.abort();
  }

  async #next(): Promise<void> {
    if (this.#current !== undefined) return;
    const training = this.#all.find(({ status }) => status === 'waiting');
    if (training === undefined) return;
    const { run, choice } = training;
    const stop = new AbortController();
    this.#current = { run, stop };
    this.#set({ ...training, status: 'running' });
    const end = await this.#train(run, choice, stop.signal).catch(
      (error: Error): Pick<TrainingState, 'status' | 'error'> =>
        error instanceof GraftError && error.code === 'interrupted'
          ? { status: 'stopped', error: null }
          : { status: 'failed', error: error.message },
    );
    this.#current = undefined;
    this.#set({ ...this.#find(run), progress: null, step: null, ...end });
    await this.#next();
  }

  async #train(
    run: string,
    choice: RecipeChoice,
    signal: AbortSignal,
  ): Promise<Pick<TrainingState, 'status' | 'error'>> {
    const { report, model } = await train(await this.#options.images(), {
      recipe: chosenRecipe(choice, []),
      backbone: siteAddress(SITE.network),
      ...(await siteRuntime()),
      worker: () =>
        new Worker(siteAddress('training-worker.js'), { type: 'module' }) as unknown as BrowserWorker,
      onEvent: (event) => this.#onEvent(run, event),
      signal,
    });
    const history = this.#find(run).epochs.map(({ epoch, metrics }) => ({ epoch, metrics }));
    await this.#options.onEnd(run, model, history);
    return { status: report.ended === 'interrupted' ? 'stopped' : 'ended', error: null };
  }

  #onEvent(run: string, event: TrainingEvent): void {
    const training = afterEvent(this.#find(run), event);
    this.#all = this.#all.map((each) => (each.run === run ? training : each));
    const isOften = event.type === 'step' || event.type === 'progress' || event.type === 'epoch';
    if (isOften && performance.now() - this.#lastNews < NEWS_MS) return;
    this.#lastNews = performance.now();
    this.#options.onChange(training);
  }

  #set(training: TrainingState): void {
    this.#all = this.#all.map((each) => (each.run === training.run ? training : each));
    this.#options.onChange(training);
  }

  #find(run: string): TrainingState {
    return this.#all.find((each) => each.run === run)!;
  }
}
