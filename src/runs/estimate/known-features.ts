/** @file How many features are known already, before anything is computed. */

import type { Sample } from '../../core/examples/sample.ts';
import { featureKey } from '../../core/features/feature-extraction.ts';
import type { FeatureStore } from '../../core/runtime/feature-store.ts';
import { HASH_BYTES, hashAt, type ImageHashes } from '../../vision/images/image-hash.ts';
import type { ImageReader } from '../../vision/images/image-reader.ts';

export interface KnownFeatures {
  /** Features that are needed: of images, or of all their views. */
  readonly total: number;
  /** Of them, how many are in the store; estimated from a part of the images if there are very many. */
  readonly known: number;
  /** Some images with features that are not, evenly from the set. */
  readonly lacking: readonly Sample[];
  /** Keys of some features that are. */
  readonly knownKeys: readonly Uint8Array[];
}

export interface CountOptions {
  /** What reads the samples. */
  readonly images: ImageReader;
  readonly samples: readonly Sample[];
  /** Filled in where they are zero, as far as the time allows. */
  readonly hashes: ImageHashes;
  /** Undefined for none: nothing is known. */
  readonly store: FeatureStore | undefined;
  /** Of each image. Undefined: the images themselves. */
  readonly views: number | undefined;
  /** For reading and hashing the images. Default 150. */
  readonly budgetMs?: number;
  readonly signal?: AbortSignal;
}

/** Images between two looks at the clock. */
const AT_ONCE = 16;
/** Examples that are handed on. */
const EXAMPLES = 32;

export async function countKnown(options: CountOptions): Promise<KnownFeatures> {
  const { images, samples, hashes, store, views, budgetMs = 150, signal } = options;
  const total = samples.length * (views ?? 1);
  if (store === undefined) {
    return {
      total,
      known: 0,
      lacking: spread(samples.length, 0, EXAMPLES).map((i) => samples[i]!),
      knownKeys: [],
    };
  }
  const started = performance.now();
  const lacking: Sample[] = [];
  const knownKeys: Uint8Array[] = [];
  let [looked, known] = [0, 0];
  while (looked < samples.length && (looked === 0 || performance.now() - started < budgetMs)) {
    signal?.throwIfAborted();
    const some = spread(samples.length, looked, AT_ONCE);
    await Promise.all(some.map((index) => images.hash(samples, index, index + 1, hashes, signal)));
    for (const index of some) {
      const keys = keysOf(hashAt(hashes, index), views);
      const found = store.locate(keys).filter((location) => location >= 0).length;
      known += found;
      if (found < (views ?? 1)) lacking.push(samples[index]!);
      else knownKeys.push(keys.subarray(0, HASH_BYTES));
    }
    looked += some.length;
  }
  const fraction = looked === 0 ? 0 : known / (looked * (views ?? 1));
  return {
    total,
    known: looked === samples.length ? known : Math.round(total * fraction),
    lacking: lacking.slice(0, EXAMPLES),
    knownKeys: knownKeys.slice(0, EXAMPLES),
  };
}

function keysOf(hash: Uint8Array, views: number | undefined): Uint8Array {
  if (views === undefined) return hash;
  const keys = new Uint8Array(views * HASH_BYTES);
  for (let view = 0; view < views; view++) keys.set(featureKey(hash, view), view * HASH_BYTES);
  return keys;
}

/**
 * Some of all indices, in an order whose every beginning is spread evenly: images of a class stand together.
 *
 * @param start - Where in that order, and how many from there on; fewer at its end.
 */
export function spread(count: number, start: number, max: number): number[] {
  let stride = Math.max(1, Math.round(count * 0.618));
  while (greatestCommonDivisor(stride, count) !== 1) stride += 1;
  const length = Math.min(max, count - start);
  return Array.from({ length }, (_, i) => ((start + i) * stride) % count);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
