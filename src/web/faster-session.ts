/** @file One graph by two processors: answers come from the one that has proved faster and equal, without waiting for the proof. */

import type { Session } from '../core/runtime/session.ts';
import type { Tensor } from '../core/tensor/tensor.ts';

/** Of the largest number of an output, or of 1 where all are smaller: as far as another processor may be off. */
const TOLERANCE = 1e-3;
/** The first run of a graphics card compiles its programs. */
const WARM_UP_RUNS = 2;
const TIMED_RUNS = 5;

/** Which processor answers from now on, and why. */
export interface ProcessorChoice {
  readonly processor: 'wasm' | 'webgpu';
  /** For people: `WebGPU takes 6.1 ms, WebAssembly 41.0 ms`. */
  readonly reason: string;
}

type Feeds = Readonly<Record<string, Tensor>>;
type Outputs = Readonly<Record<string, Tensor>>;

export interface FasterSessionOptions {
  /** Opens the graph on the graphics card. Called at the first run. */
  readonly openOther: () => Promise<Session>;
  readonly onChoice?: ((choice: ProcessorChoice) => void) | undefined;
  /** A clock, in milliseconds. */
  readonly now?: (() => number) | undefined;
}

/** Answers by `own`, the processor that is there at once, until `openOther`'s has proved faster and equal on what was asked first. */
export class FasterSession implements Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly #own: Session;
  readonly #options: FasterSessionOptions;
  /** The other, once it is chosen. */
  #chosen: Session | undefined;
  /** Until the choice is made; never rejects. */
  #choosing: Promise<void> | undefined;
  /** The other takes one run at a time. */
  #lastRun: Promise<unknown> = Promise.resolve();
  #isDisposed = false;

  constructor(own: Session, options: FasterSessionOptions) {
    this.#own = own;
    this.#options = options;
    this.inputNames = own.inputNames;
    this.outputNames = own.outputNames;
  }

  async run(feeds: Feeds, fetches?: readonly string[]): Promise<Record<string, Tensor>> {
    const chosen = this.#chosen;
    if (chosen !== undefined) {
      const running = this.#lastRun.then(() => chosen.run(feeds, fetches));
      this.#lastRun = running.catch(() => {});
      try {
        return await running;
      } catch (error) {
        // A graphics card may be taken away at any time.
        this.#chosen = undefined;
        await this.#leave(chosen, `WebGPU failed: ${(error as Error).message}`);
      }
    }
    const outputs = await this.#own.run(feeds, fetches);
    this.#choosing ??= this.#choose(feeds);
    return outputs;
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.#choosing;
    await this.#lastRun;
    await this.#chosen?.dispose();
    this.#chosen = undefined;
    await this.#own.dispose();
  }

  async #choose(feeds: Feeds): Promise<void> {
    let other: Session | undefined;
    try {
      other = await this.#options.openOther();
      const theirs = await this.#measure(other, feeds);
      if (this.#isDisposed) return await other.dispose();
      const ours = await this.#measure(this.#own, feeds);
      const times = `WebGPU takes ${theirs.ms.toFixed(1)} ms, WebAssembly ${ours.ms.toFixed(1)} ms`;
      const apart = largestDifference(theirs.outputs, ours.outputs);
      // Not >: what is no number is never equal.
      if (!(apart <= TOLERANCE)) return await this.#leave(other, `WebGPU's answers are ${apart} apart`);
      if (theirs.ms >= ours.ms) return await this.#leave(other, times);
      this.#chosen = other;
      this.#options.onChoice?.({ processor: 'webgpu', reason: times });
    } catch (error) {
      await this.#leave(other, `no WebGPU: ${(error as Error).message}`);
    }
  }

  async #leave(other: Session | undefined, reason: string): Promise<void> {
    await other?.dispose().catch(() => {});
    this.#options.onChoice?.({ processor: 'wasm', reason });
  }

  /** The fastest of some runs: what else a page does only adds. */
  async #measure(
    session: Session,
    feeds: Feeds,
  ): Promise<{ readonly ms: number; readonly outputs: Outputs }> {
    const { now = () => performance.now() } = this.#options;
    let outputs: Outputs = {};
    for (let run = 0; run < WARM_UP_RUNS; run++) outputs = await session.run(feeds);
    let ms = Number.POSITIVE_INFINITY;
    for (let run = 0; run < TIMED_RUNS; run++) {
      const start = now();
      outputs = await session.run(feeds);
      ms = Math.min(ms, now() - start);
    }
    return { ms, outputs };
  }
}

/** Of all outputs, as a part of the largest number of each, or of 1; NaN, if one has such. */
function largestDifference(some: Outputs, others: Outputs): number {
  let largest = 0;
  for (const [name, { data }] of Object.entries(others)) {
    const other = some[name]!.data;
    let [apart, scale] = [0, 1];
    for (let index = 0; index < data.length; index++) {
      const value = Number(data[index]);
      // What is not a number stays so.
      apart = Math.max(apart, Math.abs(value - Number(other[index])));
      scale = Math.max(scale, Math.abs(value));
    }
    largest = Math.max(largest, apart / scale);
  }
  return largest;
}
