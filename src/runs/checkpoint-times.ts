/** @file When checkpoints of a training are written: often enough to lose little, seldom enough to cost little. */

/** Of the time between checkpoints, writing them takes at most this fraction. */
const MAX_FRACTION = 0.05;

export interface CheckpointTimesOptions {
  /** Between checkpoints in the middle of an epoch; 0 writes one after every step. */
  readonly everySeconds: number;
  /** An epoch's end is no occasion sooner than this after the last checkpoint. */
  readonly minSeconds: number;
}

export class CheckpointTimes {
  readonly #options: CheckpointTimesOptions;
  #last = performance.now();
  #costSeconds = 0;

  constructor(options: CheckpointTimesOptions) {
    this.#options = options;
  }

  /** The training begins, or goes on, now. */
  begin(): void {
    this.#last = performance.now();
  }

  isDue(atEpochEnd: boolean): boolean {
    const { everySeconds, minSeconds } = this.#options;
    const since = (performance.now() - this.#last) / 1000;
    const seconds = atEpochEnd ? Math.min(everySeconds, minSeconds) : everySeconds;
    return since >= seconds && (everySeconds === 0 || since * MAX_FRACTION >= this.#costSeconds);
  }

  /** Writes a checkpoint, and sees how long that takes. */
  async write(save: () => Promise<void>): Promise<void> {
    const started = performance.now();
    await save();
    this.#last = performance.now();
    this.#costSeconds = (this.#last - started) / 1000;
  }
}
