/** @file Trainings in the page, one after the other, each in a worker of its own. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { SweptReport } from '../../events/sweep-report.ts';
import { sweepGrid } from '../../runs/sweep/sweep-grid.ts';
import { requireSweepable } from '../../runs/sweep/sweep-plan.ts';
import type { ImagesByClass } from '../../web/image-classes.ts';
import { sweep } from '../../web/sweep.ts';
import { train } from '../../web/train.ts';
import type { RunHistory } from '../engine/run-state.ts';
import type { RecipeChoice, TrainingState } from '../engine/training-state.ts';
import { chosenRecipe } from '../project/recipe-form.ts';
import { type SweepChoice, sweepChoice } from '../project/sweep-form.ts';
import { type RunningTraining, type TrainingEnd, TrainingQueue } from '../project/training-queue.ts';
import { siteWork } from './site-worker.ts';

export interface QueuedTrainingsOptions {
  /** The images as they are when a training begins. */
  readonly images: () => Promise<ImagesByClass>;
  readonly onChange: (training: TrainingState | undefined) => void;
  /** Keeps what is to be trained until it has come to its end. */
  readonly onBegin: (run: string, choice: RecipeChoice) => Promise<void>;
  /** Keeps what it came to; `isDone` says that it was not stopped. Heard before the training is told to have ended. */
  readonly onEnd: (run: string, trained: EndedTraining) => Promise<void>;
  /** Hears that there is nothing to go on with: it failed before it had learned anything. */
  readonly onNothing: (run: string) => Promise<void>;
}

export interface EndedTraining {
  readonly model: Uint8Array;
  readonly history: RunHistory;
  readonly isDone: boolean;
  /** Where the model is the best of a sweep: all that were tried. */
  readonly sweep?: SweptReport | undefined;
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
    requireChoice(choice);
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
      ended: this.#work(run, choice, stop.signal).catch(async (error: Error): Promise<TrainingEnd> => {
        if (error instanceof GraftError && error.code === 'interrupted')
          return { status: 'stopped', error: null };
        if (!isSweep(choice) && this.#queue.find(run)?.epochs.length === 0)
          await this.#options.onNothing(run);
        return { status: 'failed', error: error.message };
      }),
    };
  }

  #work(run: string, choice: RecipeChoice, signal: AbortSignal): Promise<TrainingEnd> {
    return isSweep(choice) ? this.#sweep(run, sweepChoice(choice), signal) : this.#train(run, choice, signal);
  }

  /** One that is cut off has left nothing but features, with which it is soon done again. */
  async #sweep(run: string, { axes, shared }: SweepChoice, signal: AbortSignal): Promise<TrainingEnd> {
    const { report, model, history } = await sweep(await this.#options.images(), {
      ...(await siteWork()),
      recipe: chosenRecipe(shared, []),
      axes,
      onEvent: (event) => this.#queue.hear(run, event),
      signal,
    });
    await this.#options.onEnd(run, { model, history, isDone: true, sweep: report });
    return { status: report.ended === 'complete' ? 'ended' : 'stopped', error: null };
  }

  async #train(run: string, choice: RecipeChoice, signal: AbortSignal): Promise<TrainingEnd> {
    await this.#options.onBegin(run, choice);
    const { report, model } = await train(await this.#options.images(), {
      ...(await siteWork()),
      recipe: chosenRecipe(choice, []),
      checkpoint: run,
      onEvent: (event) => this.#queue.hear(run, event),
      signal,
    });
    const history = this.#queue.find(run)!.epochs.map(({ epoch, metrics }) => ({ epoch, metrics }));
    const isDone = report.ended !== 'interrupted';
    await this.#options.onEnd(run, { model, history, isDone });
    return { status: isDone ? 'ended' : 'stopped', error: null };
  }
}

function isSweep(choice: RecipeChoice): boolean {
  return sweepChoice(choice).flags.length > 0;
}

/** @throws {GraftError} `argument`, if a choice is none that can be trained or swept. */
export function requireChoice(choice: RecipeChoice): void {
  const { flags, axes, shared } = sweepChoice(choice);
  const recipe = chosenRecipe(shared, []);
  if (flags.length > 0) for (const request of sweepGrid(recipe, axes)) requireSweepable(request);
}
