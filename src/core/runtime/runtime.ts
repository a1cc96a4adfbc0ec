/** @file The machine that the engine runs on, as one interface: Node and the browser implement it, and so may others. */

import type { StoredNumbers } from '../tensor/stored-tensor.ts';
import type { ModelOptions, Session } from './session.ts';
import type { WasmMemory, WasmModule } from './webassembly.ts';

/** A compiled kernel: `dense-step-unshared` is `dense-step` for a memory of one thread alone. */
export type KernelName = 'dense-step' | 'dense-step-unshared' | 'warp';

/** A SHA-256 in the making. */
export interface Digest {
  /** Text counts as its UTF-8. @returns Itself. */
  update(data: Uint8Array | string): Digest;
  /** The 32 bytes. Nothing may follow. */
  bytes(): Uint8Array;
  /** The same as 64 hexadecimal digits. Nothing may follow. */
  hex(): string;
  /** The same of what was given so far; more may follow. */
  hexSoFar(): string;
}

/** What helpers work on. */
export interface HelperJob {
  readonly module: WasmModule;
  /** Shared. */
  readonly memory: WasmMemory;
  /** Where the control block stands, see `kernels/dense-fields.ts`. */
  readonly control: number;
  /** How many are to be started, >= 1. */
  readonly count: number;
  /** Another program for them, for tests: the body of a function of `instance` and `control`. */
  readonly body?: string | undefined;
}

/** Threads that help the caller's thread, asleep until woken. */
export interface Helpers {
  readonly count: number;
  /** Why a helper is gone, as soon as it is known. */
  readonly failure: string | undefined;
  /** Waits a moment for the reason of a failure that the kernel saw first. */
  reason(): Promise<string>;
  stop(): Promise<void>;
}

/** The text of a template, why it refused, or which limit it did not keep to. */
export type RenderedTemplate =
  | { readonly text: string }
  | { readonly problem: string }
  | { readonly exceeded: string };

/** The machine: sessions, kernels, helper threads, hashing, turns of the event loop, memory. */
export interface Runtime {
  /** Threads that can run at once, the caller's included, >= 1. */
  readonly threads: number;
  /** Whether threads can work on one memory. Where they cannot, there are no helpers, and results are the same. */
  readonly sharesMemory: boolean;
  /** Whether the caller's thread may sleep until helpers are done: the main thread of a browser may not. */
  readonly mayBlock: boolean;
  /** Whether a model may name files that hold its numbers. Default false. */
  readonly readsFiles?: boolean | undefined;
  /**
   * Makes a session of an ONNX model.
   *
   * @param name - What messages call it: `model "head"`.
   * @throws {GraftError} `runtime`, if the model is refused; `memory`, if there is too little for it.
   */
  createSession(model: Uint8Array, name: string, options: ModelOptions): Promise<Session>;
  /** Compiles a kernel, once. @throws {GraftError} `file-not-found`, if it is not where it should be. */
  loadKernel(name: KernelName): Promise<WasmModule>;
  /**
   * Starts helpers, which do not keep the program alive. Asked for only where memory is shared.
   *
   * @throws {GraftError} `runtime`, if one does not start.
   */
  startHelpers(job: HelperJob): Promise<Helpers>;
  sha256(): Digest;
  /** Lets timers, signals and messages through. */
  nextTurn(): Promise<void>;
  /**
   * Frees what nobody refers to, where a program may ask for that: a collector waits until its own objects are many, and large pieces of
   * memory wait with them.
   */
  collectGarbage?(): Promise<void>;
  /**
   * Puts arrays where they take none of the program's memory until they are read. They stay where they are without it, and where it gives
   * undefined: no such place is free.
   */
  storeNumbers?(arrays: readonly Float32Array[]): StoredNumbers[] | undefined;
  /**
   * Matches a person's expression with names, with a limit where the machine has one.
   *
   * @returns For each name the first capture group if there is one, otherwise the whole match; undefined without a match.
   * @throws {GraftError} `argument`, if the expression takes too long for a name.
   */
  matchNames(pattern: RegExp, names: readonly string[]): (string | undefined)[];
  /**
   * Renders a Jinja template that a stranger wrote, within limits of time, memory and length. Absent where the machine has
   * none: what renders it then may hang.
   */
  readonly renderTemplate?:
    | ((template: string, values: Readonly<Record<string, unknown>>) => Promise<RenderedTemplate>)
    | undefined;
  /** Bytes that a new allocation may take. */
  freeBytes(): number;
  /** Bytes of the machine, or of what limits the program. */
  totalBytes(): number;
  /** Bytes that the program has now, and had at most; 0 where that is not told. */
  usedBytes(): { readonly present: number; readonly largest: number };
  /**
   * What the speed of a session depends on, beside its graph: the same on the same machine, with the same threads and version
   * of ONNX Runtime.
   *
   * @param threads - Default {@link threads}.
   */
  identity(threads?: number): Promise<Readonly<Record<string, unknown>>>;
}

/** Of whatever runs on a machine. */
export interface RuntimeOptions {
  /** Default: the platform's own, that of Node or of the browser. */
  readonly runtime?: Runtime | undefined;
}
