/** @file Turns what the work counts into events: few enough that hearing them costs nothing. */

import type { ProgressEvent, Stage, StageEvent, StepEvent } from './training-event.ts';

/** Between two events of progress. */
const EVERY_MS = 50;

/** One stage at a time. */
export class StageEvents {
  readonly #emit: (event: ProgressEvent | StageEvent | StepEvent) => void;
  #current: Running | undefined;
  #lastEvent = 0;

  constructor(emit: (event: ProgressEvent | StageEvent | StepEvent) => void) {
    this.#emit = emit;
  }

  /**
   * Counts on. Another stage, or the same of another epoch, ends the one before.
   *
   * @param total - Null where it is not known.
   */
  update(
    stage: Stage,
    done: number,
    total: number | null,
    unit: ProgressEvent['unit'],
    epoch?: number,
  ): void {
    const now = performance.now();
    const isNew = this.#current?.stage !== stage || this.#current.epoch !== epoch;
    if (isNew) this.end();
    this.#current = { stage, done, unit, epoch, started: isNew ? now : this.#current!.started };
    if (!isNew && now - this.#lastEvent < EVERY_MS) return;
    this.#lastEvent = now;
    this.#emit({ type: 'progress', stage, done, total, unit, seconds: this.#seconds(now), epoch });
  }

  /** Tells of a step, if it is time. */
  step(progress: Omit<StepEvent, 'type'>): void {
    this.end();
    const now = performance.now();
    if (now - this.#lastEvent < EVERY_MS) return;
    this.#lastEvent = now;
    this.#emit({ type: 'step', ...progress });
  }

  /** Ends the stage, if there is one. */
  end(): void {
    if (this.#current === undefined) return;
    const { stage, done, unit, epoch } = this.#current;
    const seconds = this.#seconds(performance.now());
    this.#current = undefined;
    // Views are a part of their epoch, which tells of its own end.
    if (epoch === undefined) this.#emit({ type: 'stage', stage, done, unit, seconds });
  }

  #seconds(now: number): number {
    return (now - this.#current!.started) / 1000;
  }
}

interface Running {
  readonly stage: Stage;
  readonly done: number;
  readonly unit: ProgressEvent['unit'];
  readonly epoch: number | undefined;
  readonly started: number;
}
