/** @file What the kernels need of Node: compiled files, worker threads, free memory. A browser has its own such file. */

import { readFile } from 'node:fs/promises';
import { availableParallelism, freemem } from 'node:os';
import { constrainedMemory, memoryUsage } from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { GraftError } from '../errors/graft-error.ts';
import { CONTROL_COMPLETED, CONTROL_EPOCH, CONTROL_FAILED, CONTROL_QUIT } from './dense-fields.ts';
import { type WasmMemory, type WasmModule, webAssembly } from './webassembly.ts';

/** Threads that help the caller's thread, asleep until woken. */
export interface Helpers {
  readonly count: number;
  /** Why a helper is gone, as soon as it is known. */
  readonly failure: string | undefined;
  /** Waits a moment for the reason of a failure that the kernel saw first. */
  reason(): Promise<string>;
  stop(): Promise<void>;
}

/** What a helper said as it failed is on its way; nothing comes of one that could say nothing. */
const REASON_MS = 30_000;

/** A helper's program. It must be plain JavaScript: worker threads run no TypeScript. */
const SERVE = `instance.exports.serve(workerData.control);`;

const program = (body: string): string => `
const { workerData, parentPort } = require('node:worker_threads');
const { memory, module: compiled, control } = workerData;
const instance = new WebAssembly.Instance(compiled, { env: { memory } });
parentPort.postMessage('ready');
try {
  ${body}
} catch (error) {
  const words = new Int32Array(memory.buffer, control);
  Atomics.store(words, ${CONTROL_FAILED / 4}, 1);
  Atomics.notify(words, ${CONTROL_COMPLETED / 4});
  throw error;
}`;

const compiled = new Map<string, Promise<WasmModule>>();

/**
 * Compiles a kernel, once a process.
 *
 * @throws {GraftError} `file-not-found`, if the kernels were not built.
 */
export function loadKernel(
  name: string,
  // From one folder up: in the bundled command line, this file lies in another folder of the same depth.
  folder: URL = new URL('../kernels/build/', import.meta.url),
): Promise<WasmModule> {
  const file = new URL(`${name}.wasm`, folder);
  const known = compiled.get(file.href);
  if (known !== undefined) return known;
  const loading = readFile(file).then(
    (bytes) => webAssembly.compile(bytes),
    (cause: unknown) => {
      compiled.delete(file.href);
      throw new GraftError(
        'file-not-found',
        {
          where: `kernel "${name}"`,
          expected: `a compiled kernel at ${file.pathname}`,
          received: 'no such file',
          advice: 'Run "node tools/build-kernels.mjs", or install the package again.',
        },
        { cause },
      );
    },
  );
  compiled.set(file.href, loading);
  return loading;
}

/**
 * Starts helpers on a memory. They do not keep the process alive.
 *
 * @param body - A test may give another program.
 * @throws {GraftError} `runtime`, if one does not start.
 */
export async function startHelpers(
  module: WasmModule,
  memory: WasmMemory,
  control: number,
  count: number,
  body: string = SERVE,
): Promise<Helpers> {
  let failure: string | undefined;
  let stopping = false;
  let told: (reason: string) => void = () => {};
  const telling = new Promise<string>((resolve) => {
    told = resolve;
  });
  const fail = (reason: string): void => {
    if (stopping) return;
    failure ??= reason;
    told(failure);
  };
  const workers = Array.from(
    { length: count },
    () =>
      new Worker(program(body), {
        eval: true,
        workerData: { module, memory, control },
        // The caller's flags (a loader, the kind of module) are not for this program.
        execArgv: [],
      }),
  );
  const stop = async (): Promise<void> => {
    stopping = true;
    const words = new Int32Array(memory.buffer, control);
    Atomics.store(words, CONTROL_QUIT / 4, 1);
    Atomics.notify(words, CONTROL_EPOCH / 4);
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
  const started = workers.map(
    (worker) =>
      new Promise<void>((resolve, reject) => {
        worker.once('message', () => resolve());
        worker.on('error', (error: Error) => {
          fail(error.message);
          reject(helperError(error.message));
        });
        worker.on('exit', (code) => {
          fail(`exit with code ${code}`);
          reject(helperError(`exit with code ${code}`));
        });
      }),
  );
  try {
    await Promise.all(started);
  } catch (error) {
    await stop();
    throw error;
  }
  for (const worker of workers) worker.unref();
  return {
    count,
    get failure() {
      return failure;
    },
    async reason() {
      const patience = new Promise<string>((resolve) => {
        setTimeout(() => resolve(failure ?? 'no answer'), REASON_MS);
      });
      return Promise.race([telling, patience]);
    },
    stop,
  };
}

/** An error that tells why a helper is gone. */
export function helperError(reason: string): GraftError {
  return new GraftError('runtime', {
    where: 'dense step',
    expected: 'helper threads that run',
    received: `one that failed (${reason})`,
    advice:
      'Start training again, from the last checkpoint if there is one; { threads: 1 } needs no helpers.',
  });
}

/** Lets timers, signals and messages through. */
export function yieldToEvents(): Promise<void> {
  return setImmediate();
}

/** Threads that the machine can run at once. */
export function machineThreads(): number {
  return availableParallelism();
}

/** Bytes that a new allocation may take: what is free, or what a container's limit leaves. */
export function freeMemory(): number {
  const limit = constrainedMemory();
  const free = freemem();
  return limit > 0 && limit < 2 ** 50 ? Math.min(free, limit - memoryUsage.rss()) : free;
}
