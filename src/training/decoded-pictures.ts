/** @file Decoded pictures, kept in memory where they are few, so that every epoch can look at them again. */

import { type DecodeBatchesOptions, decodeBatches, type PictureBatch } from '../data/decode-batches.ts';
import type { Sample } from '../data/sample.ts';

/** Pictures are kept up to this many bytes of pixels; more are decoded anew each time. */
const KEPT_BYTES = 512 * 1024 * 1024;

/** The pictures of a set, to be gone through several times. */
export class DecodedPictures {
  readonly #samples: readonly Sample[];
  readonly #options: DecodeBatchesOptions;
  readonly #keeps: boolean;
  #kept: readonly PictureBatch[] | undefined;
  #readable: readonly Sample[] | undefined;

  constructor(samples: readonly Sample[], options: DecodeBatchesOptions, keptBytes: number = KEPT_BYTES) {
    this.#samples = samples;
    this.#options = options;
    this.#keeps = samples.length * options.width * options.height * 3 <= keptBytes;
  }

  /** All batches, in order. Unreadable pictures are reported the first time only. The pixels are the caller's. */
  async *batches(): AsyncGenerator<PictureBatch, void, undefined> {
    if (this.#kept !== undefined) {
      for (const { pixels, samples } of this.#kept) {
        this.#options.signal?.throwIfAborted();
        yield { pixels: pixels.slice(), samples };
      }
      return;
    }
    const { onSkip, ...silent } = this.#options;
    const first = this.#readable === undefined;
    const options = first && onSkip ? { ...silent, onSkip } : silent;
    const kept: PictureBatch[] = [];
    const readable: Sample[] = [];
    for await (const batch of decodeBatches(this.#readable ?? this.#samples, options)) {
      readable.push(...batch.samples);
      if (this.#keeps) kept.push({ ...batch, pixels: batch.pixels.slice() });
      yield batch;
    }
    this.#readable = readable;
    if (this.#keeps) this.#kept = kept;
  }
}
