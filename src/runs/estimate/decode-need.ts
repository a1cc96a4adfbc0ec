/** @file What memory the largest examples of a training take while they are decoded. */

import type { Example } from '../../core/examples/example.ts';
import type { Modality } from '../../core/examples/modality.ts';
import { spread } from './known-features.ts';

export interface DecodeNeedOptions {
  readonly modality: Pick<Modality, 'decodeBytes'>;
  readonly examples: readonly Example[];
  /** For reading headers; of very many examples, some are looked at, evenly. Default 300. */
  readonly budgetMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Examples between two looks at the clock. */
const AT_ONCE = 32;

/**
 * Bytes that the largest example takes beside all others while it is decoded, from headers alone: larger ones are decoded
 * one at a time. 0 where all are small or read line by line.
 *
 * @throws The signal's reason, if it aborts.
 */
export async function largestDecodeBytes(options: DecodeNeedOptions): Promise<number> {
  const { modality, examples, budgetMs = 300, signal } = options;
  const started = performance.now();
  let [looked, largest] = [0, 0];
  while (looked < examples.length && performance.now() - started < budgetMs) {
    signal?.throwIfAborted();
    const some = spread(examples.length, looked, AT_ONCE);
    const bytes = await Promise.all(some.map((index) => modality.decodeBytes(examples[index]!)));
    largest = Math.max(largest, ...bytes);
    looked += some.length;
  }
  return largest;
}
