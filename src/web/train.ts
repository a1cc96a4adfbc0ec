/** @file Trains a classifier in a page: in a worker, so that the page goes on, or in the caller's thread. */

import type { ImagesByClass } from './named-images.ts';
import { inPageWorker, type WorkerChoice } from './page-worker.ts';
import { createWebRuntime, type WebRuntimeOptions } from './runtime.ts';
import { savedResult, type TrainResult } from './saved-result.ts';
import { type TrainingCalls, type TrainingSettings, trainImages } from './train-images.ts';
import { runtimeOptions } from './worker-messages.ts';

/** What one may say of a training in a page. */
export interface TrainOptions extends TrainingSettings, TrainingCalls, WebRuntimeOptions, WorkerChoice {}

/**
 * Trains a classifier on images, as `graft train` does on a folder of class folders: the same recipe on the same pixels with the same seed gives the
 * file that Node writes with onnxruntime-web, to the byte.
 *
 * @param images - By the names of their classes: `{ cat: files, dog: files }`.
 * @returns The bytes of `model.onnx`, and plain data as `graft train --json` prints.
 * @throws {GraftError} `argument`, `dataset`, `image` (with `strict`), `weights`, `file-not-found`, `memory`, `not-a-number`; `interrupted`, if
 *   the signal aborts before the first epoch has ended; `runtime`, if a worker cannot be started. And what `onEvent` throws.
 */
export async function train(images: ImagesByClass, options: TrainOptions = {}): Promise<TrainResult> {
  const result = await inPageWorker('train', images, options, (given) =>
    trainImages(images, { ...given, runtime: createWebRuntime(runtimeOptions(given)) }),
  );
  return savedResult(result);
}
