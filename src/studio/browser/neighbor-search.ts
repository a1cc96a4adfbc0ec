/** @file The nearest training images of an image that the browser keeps, found in a worker of its own. */

import type { ImagesByClass } from '../../web/named-images.ts';
import { nearestImages } from '../../web/nearest-images.ts';
import type { NeighborImage } from '../engine/run-state.ts';
import type { ImageIndex } from '../project/image-index.ts';
import { ASKED_NEIGHBORS, trainingNeighbors } from '../project/training-neighbors.ts';
import type { KeptRuns } from './kept-runs.ts';
import { siteWork } from './site-worker.ts';

export interface NeighborSearchOptions {
  readonly index: ImageIndex;
  readonly runs: KeptRuns;
  readonly image: (hash: string) => Promise<File>;
  readonly images: () => Promise<ImagesByClass>;
}

export class NeighborSearch {
  readonly #options: NeighborSearchOptions;
  #stop: AbortController | undefined;
  #current: Promise<unknown> = Promise.resolve();

  constructor(options: NeighborSearchOptions) {
    this.#options = options;
  }

  /** Who asks about another image does not wait for this one any more. @throws {GraftError} */
  find(run: string, hash: string): Promise<readonly NeighborImage[]> {
    this.#stop?.abort();
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    // One worker at a time has the file of kept features.
    const found = this.#current.then(() => this.#find(run, hash, signal));
    this.#current = found.catch(() => undefined);
    return found;
  }

  /** Stops what is looked for, and waits for it. */
  async close(): Promise<void> {
    this.#stop?.abort();
    await this.#current;
  }

  async #find(run: string, hash: string, signal: AbortSignal): Promise<readonly NeighborImage[]> {
    const { index, runs, image, images } = this.#options;
    signal.throwIfAborted();
    const { info, trainingImages } = await runs.model(run);
    const near = await nearestImages(await images(), {
      ...(await siteWork()),
      to: await image(hash),
      k: ASKED_NEIGHBORS,
      recipe: info.recipe,
      signal,
    });
    const found = near.flatMap(({ className, name, distance }) => {
      const known = index.at(`${className}/${name}`);
      return known === undefined || known.className === null ? [] : [{ image: known, distance }];
    });
    return trainingNeighbors(found, hash, trainingImages);
  }
}
