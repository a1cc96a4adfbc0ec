/** @file How many features are known already, before anything is computed. */

import { type ContentHashes, HASH_BYTES, hashAt, isHashed } from '../../core/examples/content-hashes.ts';
import type { Example } from '../../core/examples/example.ts';
import type { Modality } from '../../core/examples/modality.ts';
import { featureKey } from '../../core/features/feature-extraction.ts';
import type { FeatureStore } from '../../core/runtime/feature-store.ts';
import { joinBytes } from '../../core/tensor/join-bytes.ts';

export interface KnownFeatures {
  /** Features that are needed: of examples, or of all their views. */
  readonly total: number;
  /** Of them, how many are in the store; estimated from a part of the examples if there are very many. */
  readonly known: number;
  /** Some examples with features that are not, evenly from the set. */
  readonly lacking: readonly Example[];
  /** Keys of some features that are. */
  readonly knownKeys: readonly Uint8Array[];
}

export interface CountOptions {
  readonly modality: Pick<Modality, 'hash'>;
  readonly examples: readonly Example[];
  /** Filled in where they are zero, as far as the time allows. */
  readonly hashes: ContentHashes;
  /** Undefined for none: nothing is known. */
  readonly store: FeatureStore | undefined;
  /** Of each example. Undefined: the examples themselves. */
  readonly views: number | undefined;
  /** For reading and hashing the examples. Default 150. */
  readonly budgetMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Examples between two looks at the clock. */
const AT_ONCE = 16;
/** Where all are hashed, as texts are when they are tokenized. */
const HASHED_AT_ONCE = 1024;
/** Examples that are handed on. */
const HANDED_ON = 32;

export async function countKnown(options: CountOptions): Promise<KnownFeatures> {
  const { modality, examples, hashes, store, views, budgetMs = 150, signal } = options;
  const each = views ?? 1;
  const total = examples.length * each;
  if (store === undefined) {
    return {
      total,
      known: 0,
      lacking: spread(examples.length, 0, HANDED_ON).map((i) => examples[i]!),
      knownKeys: [],
    };
  }
  const areHashed = examples.every((_, index) => isHashed(hashes.hashes, index));
  const atOnce = areHashed && views === undefined ? HASHED_AT_ONCE : AT_ONCE;
  const started = performance.now();
  const lacking: Example[] = [];
  const knownKeys: Uint8Array[] = [];
  let [looked, known] = [0, 0];
  while (looked < examples.length && (looked === 0 || performance.now() - started < budgetMs)) {
    signal?.throwIfAborted();
    const some = spread(examples.length, looked, atOnce);
    // What was hashed before needs no turn of the event loop for each.
    const unknown = some.filter((index) => !isHashed(hashes.hashes, index));
    await Promise.all(unknown.map((index) => modality.hash(examples, index, index + 1, hashes, signal)));
    const keys = some.map((index) => keysOf(hashAt(hashes, index), views));
    const locations = store.locate(joinBytes(keys));
    some.forEach((index, place) => {
      let found = 0;
      for (let view = 0; view < each; view++) if (locations[place * each + view]! >= 0) found++;
      known += found;
      if (found < each) lacking.push(examples[index]!);
      else knownKeys.push(keys[place]!.subarray(0, HASH_BYTES));
    });
    looked += some.length;
  }
  const fraction = looked === 0 ? 0 : known / (looked * each);
  return {
    total,
    known: looked === examples.length ? known : Math.round(total * fraction),
    lacking: lacking.slice(0, HANDED_ON),
    knownKeys: knownKeys.slice(0, HANDED_ON),
  };
}

function keysOf(hash: Uint8Array, views: number | undefined): Uint8Array {
  if (views === undefined) return hash;
  const keys = new Uint8Array(views * HASH_BYTES);
  for (let view = 0; view < views; view++) keys.set(featureKey(hash, view), view * HASH_BYTES);
  return keys;
}

/**
 * Some of all indices, in an order whose every beginning is spread evenly: examples of a class stand together.
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
