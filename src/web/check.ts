/** @file Checks images in a page: in a worker, so that the page goes on, or in the caller's thread. */

import type { CheckReport } from '../inspection/check-report.ts';
import { type CheckCalls, type CheckSettings, checkImages } from './check-images.ts';
import type { ImagesByClass } from './named-images.ts';
import { inPageWorker, type WorkerChoice } from './page-worker.ts';
import { createWebRuntime, type WebRuntimeOptions } from './runtime.ts';
import { runtimeOptions } from './worker-messages.ts';

/** What one may say of a check in a page. */
export interface CheckOptions extends CheckSettings, CheckCalls, WebRuntimeOptions, WorkerChoice {}

/**
 * Looks for what is wrong with images, as `graft check` does in a folder of class folders: duplicates, leaks, labels that are likely
 * wrong, outliers, images that are blank, dark or blurred. Files of the report are called as in that folder: `cat/1.jpg`; with further parts
 * `train/cat/1.jpg`.
 *
 * @param images - By the names of their classes: `{ cat: files, dog: files }`.
 * @throws {GraftError} `dataset`, if there are none; `image` (with `strict`), `argument`, `weights`, `file-not-found`, `memory`;
 *   `interrupted`, if the signal aborts: features that were computed are kept; `runtime`, if a worker cannot be started. And what
 *   `onEvent` throws.
 */
export function check(images: ImagesByClass, options: CheckOptions = {}): Promise<CheckReport> {
  return inPageWorker('check', images, options, (given) =>
    checkImages(images, { ...given, runtime: createWebRuntime(runtimeOptions(given)) }),
  );
}
