/** @file Decoded images, kept in memory where they are few, so that every view of them need not decode again. */

import type { ImageBatch, ImageReader, ReadBatchesOptions } from '../../vision/images/image-reader.ts';
import type { Sample } from '../examples/sample.ts';

/** Images are kept if all of them together have at most this many bytes of pixels. */
const KEPT_BYTES = 128 * 1024 * 1024;

/** Whether so many images are kept once they are decoded. */
export function keepsImages(
  count: number,
  width: number,
  height: number,
  keptBytes: number = KEPT_BYTES,
): boolean {
  return count * width * height * 3 <= keptBytes;
}

export interface DecodedImagesOptions extends Omit<ReadBatchesOptions, 'signal'> {
  /** What reads the images. */
  readonly images: ImageReader;
}

/** The images of a set, to be gone through several times. */
export class DecodedImages {
  /** What reads them. */
  readonly images: ImageReader;
  readonly #options: Omit<ReadBatchesOptions, 'signal'>;
  readonly #keeps: boolean;
  readonly #kept = new Map<Sample, Uint8Array>();
  readonly #unreadable = new Set<Sample>();

  /** @param count - Images in the set. */
  constructor(count: number, { images, ...options }: DecodedImagesOptions, keptBytes: number = KEPT_BYTES) {
    this.images = images;
    this.#options = options;
    this.#keeps = keepsImages(count, options.width, options.height, keptBytes);
  }

  /**
   * Some of the images, in batches, in order. Unreadable ones are reported the first time only, and left out from
   * then on. The pixels are the caller's until the next batch is asked for.
   */
  async *batches(
    samples: readonly Sample[],
    signal?: AbortSignal,
  ): AsyncGenerator<ImageBatch, void, undefined> {
    const wanted = samples.filter((sample) => !this.#unreadable.has(sample));
    if (this.#keeps && wanted.every((sample) => this.#kept.has(sample)))
      yield* this.#fromMemory(wanted, signal);
    else yield* this.#decoded(wanted, signal);
  }

  async *#decoded(
    samples: readonly Sample[],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ImageBatch, void, undefined> {
    const came = new Set<Sample>();
    for await (const batch of this.images.decode(samples, { ...this.#options, signal })) {
      const each = batch.pixels.length / batch.samples.length;
      batch.samples.forEach((sample, index) => {
        came.add(sample);
        if (!this.#keeps) return;
        this.#kept.set(sample, batch.pixels.slice(index * each, (index + 1) * each));
      });
      yield batch;
    }
    for (const sample of samples) if (!came.has(sample)) this.#unreadable.add(sample);
  }

  *#fromMemory(
    samples: readonly Sample[],
    signal: AbortSignal | undefined,
  ): Generator<ImageBatch, void, undefined> {
    const { batchSize, width, height } = this.#options;
    const each = width * height * 3;
    const memory = new Uint8Array(Math.min(batchSize, samples.length) * each);
    for (let start = 0; start < samples.length; start += batchSize) {
      signal?.throwIfAborted();
      const some = samples.slice(start, start + batchSize);
      const pixels = memory.subarray(0, some.length * each);
      some.forEach((sample, index) => {
        pixels.set(this.#kept.get(sample)!, index * each);
      });
      yield { pixels, samples: some };
    }
  }
}
