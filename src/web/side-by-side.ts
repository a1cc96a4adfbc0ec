/**
 * @file Runs of one session side by side: in workers with a session of one thread each, so that no thread waits for another, and no page
 * has to be cross-origin isolated.
 */

import { GraftError } from '../core/errors/graft-error.ts';
import type { Runtime } from '../core/runtime/runtime.ts';
import type { Session } from '../core/runtime/session.ts';
import type { Tensor } from '../core/tensor/tensor.ts';
import type { BrowserWorker } from './browser.ts';
import type { WebRuntimeOptions } from './runtime.ts';
import { buffersOf, ownTensors, type SessionAnswer, type SessionOrder } from './session-messages.ts';

export interface SideBySideOptions {
  /** Starts a worker of the program that {@link serveSession} is in. */
  readonly start: () => BrowserWorker;
  /** At most so many workers, >= 1. */
  readonly count: number;
  readonly settings: WebRuntimeOptions;
  /** The same session in this thread, where no worker is left. */
  readonly here: () => Promise<Session>;
}

/** More are of little use to batches of 16. */
const MOST_WORKERS = 8;
/** Of a worker beside its model: ONNX Runtime, and what eight images of 224 px take on their way through MobileNetV2. */
const WORKER_BYTES = 128 * 2 ** 20;
/** Of a model, as a message and as a session. */
const MODEL_COPIES = 4;
/** Workers together have at most so much of the memory that may be used. */
const MEMORY_FRACTION = 1 / 3;
/** Where no worker has been heard of for so long, this thread begins: Firefox loses workers as they start, on a busy machine. */
const HEARD_MS = 30_000;

/**
 * A runtime whose sessions for many runs do them side by side, as far as threads and memory go.
 *
 * @param count - Workers that may be used, >= 1. With one, nothing changes.
 */
export function withSideBySide(
  runtime: Runtime,
  { start, count, settings }: Omit<SideBySideOptions, 'here'>,
): Runtime {
  return {
    ...runtime,
    createSession(model, name, options) {
      const here = (): Promise<Session> => runtime.createSession(model, name, options);
      const each = WORKER_BYTES + MODEL_COPIES * model.length;
      const fitting = Math.floor((MEMORY_FRACTION * runtime.freeBytes()) / each);
      const most = Math.min(count, options.threads ?? count, MOST_WORKERS, fitting);
      if (options.sideBySide !== true || most <= 1) return here();
      return openSideBySide(model, name, { start, count: most, settings, here });
    },
  };
}

/** @throws {GraftError} As `Runtime.createSession`. */
export async function openSideBySide(
  model: Uint8Array,
  name: string,
  options: SideBySideOptions,
): Promise<Session> {
  const session = new SideBySideSession(model, name, options);
  try {
    await session.opening;
    return session;
  } catch (error) {
    await session.dispose();
    throw error;
  }
}

interface Job {
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly fetches: readonly string[];
  resolve(results: Record<string, Tensor>): void;
  reject(error: unknown): void;
}

/** A worker, and what it does. */
interface Lane {
  readonly worker: BrowserWorker;
  isOpen: boolean;
  job: Job | undefined;
}

/** Whoever is idle takes the next run. What a lost worker was doing another one does, and at last this thread, whose error is told. */
class SideBySideSession implements Session {
  readonly atOnce: number;
  /** Ends once there is somebody to run it. */
  readonly opening: Promise<void>;
  inputNames: readonly string[] = [];
  outputNames: readonly string[] = [];
  readonly #model: Uint8Array;
  readonly #name: string;
  readonly #options: SideBySideOptions;
  readonly #lanes = new Set<Lane>();
  readonly #waiting: Job[] = [];
  readonly #timer: ReturnType<typeof setTimeout>;
  /** Workers that may still be started; none, once one was lost. */
  #left: number;
  #here: Promise<Session> | undefined;
  #isBusyHere = false;
  #isDisposed = false;
  #opened: (names: Pick<Session, 'inputNames' | 'outputNames'>) => void = () => {};
  #failed: (error: unknown) => void = () => {};

  constructor(model: Uint8Array, name: string, options: SideBySideOptions) {
    this.#model = model;
    this.#name = name;
    this.#options = options;
    this.atOnce = options.count;
    this.#left = options.count;
    this.opening = new Promise((resolve, reject) => {
      this.#opened = ({ inputNames, outputNames }) => {
        this.inputNames = inputNames;
        this.outputNames = outputNames;
        resolve();
      };
      this.#failed = reject;
    });
    this.#timer = setTimeout(() => this.#begin(), HEARD_MS);
    this.#startLane();
  }

  run(
    feeds: Readonly<Record<string, Tensor>>,
    fetches: readonly string[] = this.outputNames,
  ): Promise<Record<string, Tensor>> {
    if (this.#isDisposed) return Promise.reject(disposed(this.#name));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ feeds, fetches, resolve, reject });
      this.#goOn();
    });
  }

  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    clearTimeout(this.#timer);
    for (const { worker, job } of this.#lanes) {
      worker.terminate();
      job?.reject(disposed(this.#name));
    }
    this.#lanes.clear();
    for (const { reject } of this.#waiting.splice(0)) reject(disposed(this.#name));
    await (await this.#here?.catch(() => undefined))?.dispose();
  }

  /** Gives idle workers what waits, and starts another one where that is more. */
  #goOn(): void {
    for (const lane of this.#lanes) {
      if (this.#waiting.length === 0) return;
      if (lane.isOpen && lane.job === undefined) this.#give(lane, this.#waiting.shift()!);
    }
    const starting = [...this.#lanes].filter(({ isOpen }) => !isOpen).length;
    for (let more = this.#waiting.length - starting; more > 0 && this.#left > 0; more--) this.#startLane();
    if (this.#here !== undefined) void this.#runHere(this.#here);
  }

  #give(lane: Lane, job: Job): void {
    lane.job = job;
    const feeds = ownTensors(job.feeds);
    const order: SessionOrder = { type: 'run', feeds, fetches: job.fetches };
    lane.worker.postMessage(order, buffersOf(feeds));
  }

  #startLane(): void {
    this.#left--;
    let worker: BrowserWorker;
    try {
      worker = this.#options.start();
    } catch {
      this.#left = 0;
      if (this.#lanes.size === 0) this.#begin();
      return;
    }
    const lane: Lane = { worker, isOpen: false, job: undefined };
    this.#lanes.add(lane);
    worker.onerror = (event) => {
      event.preventDefault?.();
      this.#lose(lane);
    };
    worker.onmessage = ({ data }) => this.#hear(lane, data as SessionAnswer);
  }

  #hear(lane: Lane, answer: SessionAnswer): void {
    if (answer.type === 'failed') {
      this.#lose(lane);
      return;
    }
    if (answer.type === 'ready') {
      const { settings } = this.#options;
      const order: SessionOrder = { type: 'session', model: this.#model, name: this.#name, settings };
      lane.worker.postMessage(order);
      return;
    }
    if (answer.type === 'session') {
      clearTimeout(this.#timer);
      lane.isOpen = true;
      this.#opened(answer);
    } else {
      const { job } = lane;
      lane.job = undefined;
      job?.resolve(answer.results);
    }
    this.#goOn();
  }

  /** What it was doing is done by another one. */
  #lose(lane: Lane): void {
    if (!this.#lanes.delete(lane)) return;
    lane.worker.terminate();
    this.#left = 0;
    if (lane.job !== undefined) this.#waiting.unshift(lane.job);
    if (this.#lanes.size === 0) this.#begin();
    else this.#goOn();
  }

  /** This thread takes part. */
  #begin(): void {
    if (this.#isDisposed) return;
    clearTimeout(this.#timer);
    this.#here ??= this.#options.here();
    this.#here.then(this.#opened, this.#failed);
    this.#goOn();
  }

  async #runHere(opening: Promise<Session>): Promise<void> {
    if (this.#isBusyHere) return;
    this.#isBusyHere = true;
    try {
      const session = await opening;
      for (let job = this.#waiting.shift(); job !== undefined; job = this.#waiting.shift()) {
        await session.run(job.feeds, job.fetches).then(job.resolve, job.reject);
        // A run blocks this thread; whoever is done meanwhile takes the next one.
        await new Promise((resolve) => setTimeout(resolve));
      }
    } catch (error) {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    } finally {
      this.#isBusyHere = false;
    }
  }
}

function disposed(name: string): GraftError {
  return new GraftError('runtime', {
    where: name,
    expected: 'a live session',
    received: 'one that was disposed',
    advice: 'Make a new session.',
  });
}
