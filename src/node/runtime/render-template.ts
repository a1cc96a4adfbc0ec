/** @file Renders a stranger's template in a thread of its own: one that does not end, or fills the memory, ends with its thread. */

import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { RenderedTemplate } from '../../core/runtime/runtime.ts';

/** Processor time of the process while it waits. */
const LIMIT_MS = 2000;
const LIMIT_MEGABYTES = 256;
const LIMIT_CHARACTERS = 2 ** 24;

const LOOK_MS = 50;

/** Plain JavaScript, as it runs in whatever way this file was built. */
const SCRIPT = `{
  const { parentPort, workerData } = require('node:worker_threads');
  const { library, template, values, limit } = workerData;
  const { Template } = require(library);
  let answer;
  try {
    const text = new Template(template).render(values);
    answer = text.length > limit ? { exceeded: 'more than 16,777,216 characters' } : { text };
  } catch (error) {
    answer = { problem: error instanceof Error ? error.message : String(error) };
  }
  parentPort.postMessage(answer);
}`;

/** See `Runtime.renderTemplate`. */
export async function renderTemplate(
  template: string,
  values: Readonly<Record<string, unknown>>,
): Promise<RenderedTemplate> {
  const library = createRequire(import.meta.url).resolve('@huggingface/jinja');
  const worker = new Worker(SCRIPT, {
    eval: true,
    workerData: { library, template, values, limit: LIMIT_CHARACTERS },
    resourceLimits: { maxOldGenerationSizeMb: LIMIT_MEGABYTES },
    // What this process was started with is not for the thread.
    execArgv: [],
  });
  const before = process.cpuUsage();
  let look: NodeJS.Timeout | undefined;
  try {
    return await new Promise<RenderedTemplate>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') reject(error);
        resolve({ exceeded: `more than ${LIMIT_MEGABYTES} MB of memory` });
      });
      look = setInterval(() => {
        const { user, system } = process.cpuUsage(before);
        if ((user + system) / 1000 > LIMIT_MS) {
          resolve({ exceeded: `more than ${LIMIT_MS / 1000} s of processor time` });
        }
      }, LOOK_MS);
    });
  } finally {
    clearInterval(look);
    await worker.terminate();
  }
}
