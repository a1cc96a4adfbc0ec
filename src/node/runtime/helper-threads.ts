/** @file The dense kernel's helpers in Node: worker threads. */

import { Worker } from 'node:worker_threads';
import {
  CONTROL_COMPLETED,
  CONTROL_EPOCH,
  CONTROL_FAILED,
  CONTROL_QUIT,
} from '../../core/kernels/dense-fields.ts';
import { helperError } from '../../core/kernels/helper-error.ts';
import type { HelperJob, Helpers } from '../../core/runtime/runtime.ts';

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

/** Starts helpers on a memory, see `Runtime.startHelpers`. */
export async function startHelpers({
  module,
  memory,
  control,
  count,
  body = SERVE,
}: HelperJob): Promise<Helpers> {
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
