/** @file Sweeps in a page: in a worker, so that the page goes on, or in the caller's thread. */

import type { SweepCalls, SweptInPage } from './given-sweep.ts';
import type { ImagesByClass } from './named-images.ts';
import { inPageWorker, type WorkerChoice } from './page-worker.ts';
import { createWebRuntime, type WebRuntimeOptions } from './runtime.ts';
import { type SavedModel, savedResult } from './saved-result.ts';
import { type SweepSettings, sweepImages } from './sweep-images.ts';
import { runtimeOptions } from './worker-messages.ts';

/** What one may say of a sweep in a page. */
export interface SweepOptions extends SweepSettings, SweepCalls, WebRuntimeOptions, WorkerChoice {}

/** What was tried, and the best of it as a model. */
export interface SweepResult extends SweptInPage, SavedModel {}

/**
 * Trains every combination of heads, cuts, optimizers and learning rates on one pass of the backbone, as `graft sweep` does on a folder
 * of class folders, and gives the best by the validation images as a model: the bytes that `train` gives for its recipe.
 *
 * @param images - By the names of their classes: `{ cat: files, dog: files }`.
 * @param options.axes - What is tried, in every combination: `{ heads: ['linear', 'gap,dense:64:relu'], learningRates: [1e-2, 1e-3] }`.
 * @returns The combinations, the best first, as `graft sweep --json` prints them, and the bytes of the best one's `model.onnx`.
 * @throws {GraftError} As `train`; `interrupted`, if the signal aborts before the first combination has ended; `not-a-number`, if none
 *   comes to anything; `argument`, if an axis or a head cannot be read, or more than heads is trained. And what `onEvent` throws.
 */
export async function sweep(images: ImagesByClass, options: SweepOptions): Promise<SweepResult> {
  const result = await inPageWorker('sweep', images, options, (given) =>
    sweepImages(images, { ...given, runtime: createWebRuntime(runtimeOptions(given)) }),
  );
  return savedResult(result);
}
