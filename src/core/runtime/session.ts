/** @file What runs a graph: the interface, which every runtime implements. */

import type { Tensor } from '../tensor/tensor.ts';

/** How a session uses the machine. */
export interface SessionOptions {
  /** Threads that one run may use, >= 1. Default: as many as the machine offers. */
  readonly threads?: number | undefined;
  /**
   * Whether weights in files are used where they are mapped, instead of being copied in an order that is faster for many rows at
   * once. Results may differ in their last bits. Default false.
   */
  readonly sparesMemory?: boolean | undefined;
  /**
   * Whether results may be 1e-3 of the largest number apart from those of the processor, so that a graphics card may compute them
   * where the runtime has one that is faster. Default false.
   */
  readonly mayApproximate?: boolean | undefined;
  /** How far ONNX Runtime rewrites the graph before the first run. Default `all`. */
  readonly graphOptimization?: 'disabled' | 'basic' | 'extended' | 'all' | undefined;
  /**
   * Whether many runs will be asked for at once: a machine may do them side by side, on one thread each, see `Session.atOnce`.
   * Results are the same. Default false: one run has all threads.
   */
  readonly sideBySide?: boolean | undefined;
}

/** How a session takes its model. */
export interface ModelOptions extends SessionOptions {
  /** The folder of the files that the model names for its numbers. They are mapped, not read, where the system can. Default none. */
  readonly filesFolder?: string | undefined;
  /** Whether the model's bytes are needed by nobody else, so that they may be freed. Default false. */
  readonly mayTakeModel?: boolean | undefined;
}

/** A graph that is ready to run. A run blocks the JavaScript thread: long work belongs in a worker thread. */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** How many runs are done side by side, if they are asked for at once, >= 1. Default 1. */
  readonly atOnce?: number | undefined;
  /**
   * Runs the graph.
   *
   * @param feeds - A tensor for every input. They are only read.
   * @param fetches - Names of the outputs that are wanted. Default all.
   * @returns New tensors by output name.
   * @throws {GraftError} `runtime`, if feeds or fetches do not fit, or ONNX Runtime fails.
   */
  run(feeds: Readonly<Record<string, Tensor>>, fetches?: readonly string[]): Promise<Record<string, Tensor>>;
  /** Frees native memory. A second call does nothing; no run may follow. */
  dispose(): Promise<void>;
}
