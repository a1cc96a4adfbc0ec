/** @file What memory the largest images of a training take while they are decoded. */

import type { Sample } from '../../core/examples/sample.ts';
import type { ImageReader } from '../../vision/images/image-reader.ts';
import { spread } from './known-features.ts';

export interface DecodeNeedOptions {
  /** What reads the samples. */
  readonly images: ImageReader;
  readonly samples: readonly Sample[];
  /** For reading headers; of very many images, some are looked at, evenly. Default 300. */
  readonly budgetMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Images between two looks at the clock. */
const AT_ONCE = 32;

/**
 * Bytes that the largest image takes beside all others while it is decoded, from headers alone: larger ones are decoded
 * one at a time. 0 where all are small or read line by line.
 *
 * @throws The signal's reason, if it aborts.
 */
export async function largestDecodeBytes(options: DecodeNeedOptions): Promise<number> {
  const { images, samples, budgetMs = 300, signal } = options;
  const started = performance.now();
  let [looked, largest] = [0, 0];
  while (looked < samples.length && performance.now() - started < budgetMs) {
    signal?.throwIfAborted();
    const some = spread(samples.length, looked, AT_ONCE);
    const bytes = await Promise.all(some.map((index) => images.decodeBytes(samples[index]!)));
    largest = Math.max(largest, ...bytes);
    looked += some.length;
  }
  return largest;
}
