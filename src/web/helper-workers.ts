/** @file The dense kernel's helpers in a browser: workers. */

import {
  CONTROL_COMPLETED,
  CONTROL_EPOCH,
  CONTROL_FAILED,
  CONTROL_QUIT,
} from '../core/kernels/dense-fields.ts';
import { helperError } from '../core/kernels/helper-error.ts';
import type { HelperJob, Helpers } from '../core/runtime/runtime.ts';
import { type BrowserWorker, browser } from './browser.ts';

/** A browser that promises workers and starts none is given up after so long. */
const START_MS = 30_000;
/** What a helper said as it failed is on its way. */
const REASON_MS = 30_000;

const SERVE = 'instance.exports.serve(control);';

const program = (body: string): string => `
self.onmessage = ({ data: { module: compiled, memory, control } }) => {
  try {
    const instance = new WebAssembly.Instance(compiled, { env: { memory } });
    self.postMessage('ready');
    ${body}
  } catch (error) {
    const words = new Int32Array(memory.buffer, control);
    Atomics.store(words, ${CONTROL_FAILED / 4}, 1);
    Atomics.notify(words, ${CONTROL_COMPLETED / 4});
    self.postMessage(String(error));
  }
};`;

/** Starts helpers on a memory, see `Runtime.startHelpers`. */
export async function startHelpers({
  module,
  memory,
  control,
  count,
  body = SERVE,
}: HelperJob): Promise<Helpers> {
  const { Worker } = browser;
  if (Worker === undefined) throw helperError('there are no workers here');
  const address = URL.createObjectURL(new Blob([program(body)], { type: 'text/javascript' }));
  let failure: string | undefined;
  let told: (reason: string) => void = () => {};
  const telling = new Promise<string>((resolve) => {
    told = resolve;
  });
  const fail = (reason: string): void => {
    failure ??= reason;
    told(reason);
  };
  const workers = Array.from({ length: count }, () => new Worker(address));
  const stop = async (): Promise<void> => {
    const words = new Int32Array(memory.buffer, control);
    Atomics.store(words, CONTROL_QUIT / 4, 1);
    Atomics.notify(words, CONTROL_EPOCH / 4);
    for (const worker of workers) worker.terminate();
  };
  try {
    await Promise.all(workers.map((worker) => begin(worker, { module, memory, control }, fail)));
  } catch (error) {
    await stop();
    throw error;
  } finally {
    URL.revokeObjectURL(address);
  }
  return {
    count,
    get failure() {
      return failure;
    },
    reason: () => Promise.race([telling, later(REASON_MS).then(() => failure ?? 'no answer')]),
    stop,
  };
}

async function begin(worker: BrowserWorker, job: object, fail: (reason: string) => void): Promise<void> {
  const ready = new Promise<void>((resolve, reject) => {
    const end = (reason: string): void => {
      fail(reason);
      reject(helperError(reason));
    };
    worker.onmessage = ({ data }) => (data === 'ready' ? resolve() : end(String(data)));
    worker.onerror = ({ message = 'a worker that cannot be started' }) => end(message);
  });
  worker.postMessage(job);
  await Promise.race([
    ready,
    later(START_MS).then(() => {
      throw helperError('no answer');
    }),
  ]);
}

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
