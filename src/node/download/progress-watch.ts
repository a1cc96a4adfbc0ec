/** @file Gives up a server that sends nothing, or next to nothing; never one that this machine was too busy to hear. */

export interface ProgressLimits {
  /** No answer, or no further byte, for so long is a broken connection. */
  readonly stallMs: number;
  /** Time over which the speed is measured. */
  readonly speedWindowMs: number;
  /** Fewer over a whole window are as good as none. */
  readonly minBytesPerSecond: number;
}

/** Why a wait was given up, as the end of a sentence about the server. */
export class NoProgress extends Error {}

const MAX_TICK_MS = 100;

/**
 * Watches one answer. Time is counted in ticks of the event loop, and only while something is waited for. Between two
 * ticks everything that has come is read; so a process that had no processor for minutes, or a laptop that slept,
 * counts one tick and goes on, where a clock would say that the server was silent.
 */
export class ProgressWatch {
  readonly signal: AbortSignal;
  readonly #limits: ProgressLimits;
  readonly #givenUp = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #tickMs: number;
  #isWaiting = false;
  #silentMs = 0;
  #windowMs = 0;
  #windowBytes = 0;

  constructor(limits: ProgressLimits, signal: AbortSignal | undefined) {
    this.#limits = limits;
    const { signal: givenUp } = this.#givenUp;
    this.signal = signal === undefined ? givenUp : AbortSignal.any([signal, givenUp]);
    this.#tickMs = Math.min(MAX_TICK_MS, limits.stallMs / 4, limits.speedWindowMs / 4);
    this.#timer = setInterval(() => this.#tick(), this.#tickMs);
  }

  /** Waits for one step. @throws {NoProgress} If the server is given up meanwhile; else what the step throws. */
  async during<T>(step: () => Promise<T>): Promise<T> {
    this.#isWaiting = true;
    try {
      return await step();
    } catch (error) {
      throw this.#givenUp.signal.aborted ? this.#givenUp.signal.reason : error;
    } finally {
      this.#isWaiting = false;
      this.#silentMs = 0;
    }
  }

  /** Counts what has come. */
  received(bytes: number): void {
    this.#windowBytes += bytes;
  }

  /** Harmless when done twice. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    if (!this.#isWaiting) return;
    const { stallMs, speedWindowMs, minBytesPerSecond } = this.#limits;
    this.#silentMs += this.#tickMs;
    this.#windowMs += this.#tickMs;
    if (this.#silentMs >= stallMs) {
      this.#givenUp.abort(new NoProgress(`sent nothing for ${stallMs / 1000} s`));
    } else if (this.#windowMs >= speedWindowMs) {
      if (this.#windowBytes * 1000 < minBytesPerSecond * speedWindowMs) {
        const min = minBytesPerSecond.toLocaleString('en');
        this.#givenUp.abort(
          new NoProgress(`sent less than ${min} bytes a second for ${speedWindowMs / 1000} s`),
        );
      }
      this.#windowMs = 0;
      this.#windowBytes = 0;
    }
  }
}
