/** @file Finds the nearest images in a page: in a worker, so that the page goes on, or in the caller's thread. */

import type { ImagesByClass } from './named-images.ts';
import { type NearestSettings, type NearGivenImage, nearImages } from './near-images.ts';
import { inPageWorker, type WorkerChoice } from './page-worker.ts';
import { createWebRuntime, type WebRuntimeOptions } from './runtime.ts';
import { runtimeOptions } from './worker-messages.ts';

/** What one may say of a search in a page. */
export interface NearestOptions extends NearestSettings, WebRuntimeOptions, WorkerChoice {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds the images that a frozen network sees as the nearest to another one, as `graft explain --like`: exactly, by the cosine of pooled
 * features. Features of a training or a check are found again; what lacks goes through the network.
 *
 * @param images - By the names of their classes: `{ cat: files, dog: files }`.
 * @returns The nearest first, without the image itself and its copies.
 * @throws {GraftError} `image`, if the one asked about cannot be read; `argument`, `weights`, `file-not-found`, `memory`, `runtime`. And the
 *   signal's reason.
 */
export function nearestImages(
  images: ImagesByClass,
  options: NearestOptions,
): Promise<readonly NearGivenImage[]> {
  return inPageWorker('nearest', images, options, (given) =>
    nearImages(images, { ...given, runtime: createWebRuntime(runtimeOptions(given)) }),
  );
}
