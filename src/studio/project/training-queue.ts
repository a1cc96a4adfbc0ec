/** @file Trainings, one after the other, as the pages see them; who asks for a queue says how one is run. */

import { GraftError } from '../../core/errors/graft-error.ts';
import {
  afterEvent,
  isGoingOn,
  type RecipeChoice,
  type TrainingState,
  waitingTraining,
} from '../engine/training-state.ts';
import { inFieldWords } from './field-words.ts';

/** Between two news of a training at least. */
const NEWS_MS = 200;
/** Trainings that have ended and are still shown. */
const MAX_ENDED = 20;

/** How a training has ended. */
export type TrainingEnd = Pick<TrainingState, 'status' | 'error'>;

/** One that is run. */
export interface RunningTraining {
  /** Ends it after its step. */
  interrupt(): void;
  /** Never rejects. */
  readonly ended: Promise<TrainingEnd>;
}

export interface TrainingQueueOptions {
  readonly begin: (training: TrainingState) => RunningTraining;
  /** Hears of a training, or that there are others. */
  readonly onChange: (training: TrainingState | undefined) => void;
  /** Hears that one has ended, when that was told. */
  readonly onEnd?: (() => void) | undefined;
}

/** An event as the pages hear of it. */
type QueueEvent = Parameters<typeof afterEvent>[1];

export class TrainingQueue {
  readonly #options: TrainingQueueOptions;
  #all: readonly TrainingState[] = [];
  #current: (RunningTraining & { readonly run: string }) | undefined;
  #lastNews = 0;
  #isClosed = false;

  constructor(options: TrainingQueueOptions) {
    this.#options = options;
  }

  get all(): readonly TrainingState[] {
    return this.#all;
  }

  find(run: string): TrainingState | undefined {
    return this.#all.find((each) => each.run === run);
  }

  /** One more, in the place of one of that name. */
  add(run: string, choice: RecipeChoice, isResumed: boolean): TrainingState {
    const others = this.#all.filter((each) => each.run !== run);
    const ended = others.filter((each) => !isGoingOn(each));
    const old = new Set(ended.slice(0, Math.max(0, ended.length - MAX_ENDED)));
    this.#all = [...others.filter((each) => !old.has(each)), waitingTraining(run, choice, isResumed)];
    this.#options.onChange(undefined);
    this.#next();
    return this.find(run)!;
  }

  /** Once more one that was stopped or cut off. @throws {GraftError} `argument`, if it is being trained. */
  resume(run: string, choice: RecipeChoice): TrainingState {
    const known = this.find(run);
    if (known !== undefined && isGoingOn(known)) {
      throw new GraftError('argument', {
        where: `run "${run}"`,
        expected: 'one that has stopped',
        received: 'one that is being trained',
        advice: 'Wait for its end.',
      });
    }
    return this.add(run, choice, true);
  }

  /** Ends a training after its step, or takes it out of the queue. */
  stop(run: string): void {
    const training = this.find(run);
    if (training?.status === 'waiting') this.#set({ ...training, status: 'stopped' });
    if (training?.status !== 'running' || this.#current?.run !== run) return;
    this.#set({ ...training, status: 'stopping' });
    this.#current.interrupt();
  }

  /** Takes over what a training says; that of every step is told now and then. */
  hear(run: string, event: QueueEvent): void {
    const training = afterEvent(this.find(run)!, inWords(event));
    this.#put(training);
    const isOften = event.type === 'step' || event.type === 'progress' || event.type === 'epoch';
    if (isOften && performance.now() - this.#lastNews < NEWS_MS) return;
    this.#lastNews = performance.now();
    this.#options.onChange(training);
  }

  /** Stops what is running, and waits for it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#current?.interrupt();
    await this.#current?.ended;
  }

  #next(): void {
    if (this.#current !== undefined || this.#isClosed) return;
    const training = this.#all.find(({ status }) => status === 'waiting');
    if (training === undefined) return;
    const { run } = training;
    this.#set({ ...training, status: 'running' });
    const { ended, interrupt } = this.#options.begin(training);
    this.#current = { run, ended, interrupt };
    void ended.then((end) => {
      this.#current = undefined;
      const { error = null } = end;
      const said = error === null ? end : { ...end, error: inFieldWords(error) };
      this.#set({ ...this.find(run)!, progress: null, step: null, ...said });
      this.#options.onEnd?.();
      this.#next();
    });
  }

  #set(training: TrainingState): void {
    this.#put(training);
    this.#options.onChange(training);
  }

  #put(training: TrainingState): void {
    this.#all = this.#all.map((each) => (each.run === training.run ? training : each));
  }
}

/** A note in the words of the form. */
function inWords(event: QueueEvent): QueueEvent {
  return event.type === 'note' ? { ...event, text: inFieldWords(event.text) } : event;
}
