/** @file Runs the frozen part over those images whose features are not known yet. */

import { HASH_BYTES, hashAt, type ImageHashes } from '../../vision/images/image-hash.ts';
import { GraftError } from '../errors/graft-error.ts';
import type { Sample } from '../examples/sample.ts';
import type { FeatureStore } from '../runtime/feature-store.ts';
import { platform } from '../runtime/platform.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { Session } from '../runtime/session.ts';
import { hexOf } from '../tensor/hex.ts';
import { tensor } from '../tensor/tensor.ts';
import type { DecodedImages } from './decoded-images.ts';
import { FEATURE_BYTES, type FeatureDType, type FeatureSet } from './feature-set.ts';
import { FeatureTable, type MemoryBudget } from './feature-table.ts';

/** A view of every image, instead of the image itself. */
export interface ImageView {
  /** From 0. */
  readonly number: number;
  /** Changes an image's pixels in place. @param key - What identifies the image. */
  readonly draw: (pixels: Uint8Array, key: string) => void;
}

/** Features of one kind: what one frozen tensor says of an image. */
export interface FeatureTarget {
  /** Name of the session's output. */
  readonly output: string;
  /** Numbers in one image's features. */
  readonly width: number;
  /** Where features are kept between runs. Undefined keeps them in memory. */
  readonly store?: FeatureStore | undefined;
}

/** What an extraction is, whatever it extracts. */
interface Extracting extends RuntimeOptions {
  readonly samples: readonly Sample[];
  /** One for each sample, filled in here where it is zero. */
  readonly hashes: ImageHashes;
  readonly images: DecodedImages;
  readonly view?: ImageView | undefined;
  /** Size of the images that the network sees, in pixels. */
  readonly widthPx: number;
  readonly heightPx: number;
  readonly dtype: FeatureDType;
  readonly classes: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of images done, unreadable ones included. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Called with the number of images that went through the network. */
  readonly onComputed?: (images: number) => void;
}

export interface ExtractionOptions extends Extracting {
  /** Takes `image`, uint8 `[N, height, width, 3]`, and gives `features`, `[N, ...]`. Asked for only when needed. */
  readonly session: () => Promise<Session>;
  /** Where features are kept between runs. Undefined keeps them in memory. */
  readonly store?: FeatureStore | undefined;
  readonly memory: MemoryBudget;
  /** Numbers in one image's features. */
  readonly width: number;
}

export interface JointExtractionOptions extends Extracting {
  readonly targets: readonly FeatureTarget[];
  /** Takes `image` and gives the outputs of some targets. Asked for whenever they are needed. */
  readonly session: (targets: readonly FeatureTarget[]) => Promise<Session>;
}

/** Features that are stored or kept, ready to be read. */
export interface ExtractedFeatures {
  /** The features of all readable images, in their order. */
  table(memory: MemoryBudget): Promise<FeatureSet>;
}

/**
 * Images that are decoded at once, and go through the network before the JavaScript thread has its turn again; in one
 * pass or in several, see batched-session.ts. While the network runs, the next images are decoded in sharp's threads.
 */
export const FORWARD_BATCH = 16;

/** Images that are hashed and looked up at once, before those that are not known go through the network. */
const SLAB = 2048;

/**
 * Features of images, in their order; those of unreadable ones are missing.
 *
 * @throws {GraftError} `image` in strict mode; `runtime`, if a feature is too large for float16; `not-a-number`, if it
 *   is not finite. And the signal's reason, if it aborts.
 */
export async function extractFeatures(options: ExtractionOptions): Promise<FeatureSet> {
  const { width, store, session, memory, ...extracting } = options;
  const targets = [{ output: 'features', width, store }];
  const [extracted] = await extractJointly({ ...extracting, targets, session: () => session() });
  return extracted!.table(memory);
}

/**
 * Features of several kinds in one pass: an image is decoded once, and goes through the network once, for all kinds
 * that are not known of it.
 *
 * @returns One for each target.
 * @throws As {@link extractFeatures}.
 */
export async function extractJointly(options: JointExtractionOptions): Promise<ExtractedFeatures[]> {
  const { samples, signal, hashes, targets, dtype, classes } = options;
  const extraction = new Extraction(options);
  for (let start = 0; start < samples.length; start += SLAB) {
    const end = Math.min(start + SLAB, samples.length);
    await options.images.images.hash(samples, start, end, hashes, signal);
    await extraction.complete(start, end);
  }
  for (const { store } of targets) await store?.flush();
  return targets.map((target) => ({
    table: (memory) =>
      FeatureTable.make({
        samples,
        keys: extraction.keys,
        kept: extraction.keptOf(target),
        compute: (positions) => extraction.computeAgain(target, positions),
        width: target.width,
        dtype,
        classes,
        store: target.store,
        memory,
      }),
  }));
}

/** Rows by position of their sample. */
type Rows = Map<number, Uint8Array>;

class Extraction {
  readonly keys: Uint8Array;
  readonly #options: JointExtractionOptions;
  /** Rows that no store holds. */
  readonly #kept: ReadonlyMap<FeatureTarget, Rows>;

  constructor(options: JointExtractionOptions) {
    this.#options = options;
    this.#kept = new Map(options.targets.map((target) => [target, new Map()]));
    // Images as they are, are known by their hashes: a second list of a million would take 32 MB.
    const { view, hashes, samples } = options;
    this.keys = view === undefined ? hashes.hashes : new Uint8Array(samples.length * HASH_BYTES);
  }

  keptOf(target: FeatureTarget): Rows {
    return this.#kept.get(target)!;
  }

  /** Sees to it that the features of all readable images in `[start, end)` are stored or kept. */
  async complete(start: number, end: number): Promise<void> {
    const { targets, onProgress } = this.#options;
    this.#writeKeys(start, end);
    const keys = this.keys.subarray(start * HASH_BYTES, end * HASH_BYTES);
    const lacking = new Map<FeatureTarget, ReadonlySet<number>>();
    const missing = new Set<number>();
    for (const target of targets) {
      const located = target.store?.locate(keys);
      const own = new Set<number>();
      for (let position = start; position < end; position++) {
        if ((located?.[position - start] ?? -1) < 0) own.add(position);
      }
      if (own.size > 0) lacking.set(target, own);
      for (const position of own) missing.add(position);
    }
    if (missing.size < end - start) onProgress?.(end - missing.size);
    const positions = [...missing].sort((a, b) => a - b);
    await this.#compute(positions, lacking, (done) => onProgress?.(end - missing.size + done));
  }

  /** Computes rows that were lost; they are stored again, or kept where that cannot be. */
  async computeAgain(target: FeatureTarget, positions: readonly number[]): Promise<Rows> {
    const rows: Rows = new Map();
    await this.#compute(positions, new Map([[target, new Set(positions)]]), undefined, rows);
    return rows;
  }

  /** Runs the network over some images, for the targets that lack them. @param seen - Gets all rows. */
  async #compute(
    positions: readonly number[],
    lacking: ReadonlyMap<FeatureTarget, ReadonlySet<number>>,
    onProgress?: (done: number) => void,
    seen?: Rows,
  ): Promise<void> {
    if (positions.length === 0) return;
    const { samples, images, widthPx, heightPx, view, session, hashes, onComputed, signal } = this.#options;
    const { runtime = platform } = this.#options;
    const frozen = await session([...lacking.keys()]);
    const placeOf = new Map(positions.map((position) => [samples[position]!, position]));
    const imageBytes = widthPx * heightPx * 3;
    let told = 0;
    for await (const batch of images.batches(
      positions.map((position) => samples[position]!),
      signal,
    )) {
      const places = batch.samples.map((sample) => placeOf.get(sample)!);
      if (view !== undefined) {
        places.forEach((place, index) => {
          const pixels = batch.pixels.subarray(index * imageBytes, (index + 1) * imageBytes);
          view.draw(pixels, hexOf(hashAt(hashes, place)));
        });
      }
      const image = tensor('uint8', [places.length, heightPx, widthPx, 3], batch.pixels);
      const results = await frozen.run({ image });
      for (const [target, own] of lacking) {
        const rows = this.#bytesOf(results[target.output]!.data as Float32Array | Uint16Array);
        const wanted = places.flatMap((place, index) => (own.has(place) ? index : []));
        const kept = this.keptOf(target);
        if (seen !== undefined) keepRows(seen, places, rows, wanted);
        if (target.store === undefined) keepRows(kept, places, rows, wanted);
        else await this.#store(target.store, kept, { places, rows, wanted });
      }
      told = positions.indexOf(places.at(-1)!, told) + 1;
      onProgress?.(told);
      onComputed?.(places.length);
      await runtime.nextTurn();
    }
    // A last batch in which nothing was readable never came.
    if (told < positions.length) onProgress?.(positions.length);
  }

  async #store(store: FeatureStore, kept: Rows, { places, rows, wanted }: BatchRows): Promise<void> {
    const { samples, hashes, images } = this.#options;
    const each = rows.length / places.length;
    const unchanged = await Promise.all(
      wanted.map((index) => {
        const place = places[index]!;
        return images.images.isUnchanged(samples[place]!, place, hashes);
      }),
    );
    // An image that was changed since it was hashed must not be known by its old hash.
    const storable = wanted.filter((_, i) => unchanged[i]);
    const keys = new Uint8Array(storable.length * HASH_BYTES);
    const values = storable.length === places.length ? rows : new Uint8Array(storable.length * each);
    storable.forEach((index, i) => {
      const place = places[index]!;
      keys.set(this.keys.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES), i * HASH_BYTES);
      if (values !== rows) values.set(rows.subarray(index * each, (index + 1) * each), i * each);
    });
    const stored = storable.length > 0 && (await store.put(keys, values));
    keepRows(kept, places, rows, stored ? wanted.filter((_, i) => !unchanged[i]) : wanted);
  }

  #bytesOf(features: Float32Array | Uint16Array): Uint8Array {
    requireFinite(features);
    if (features.BYTES_PER_ELEMENT !== FEATURE_BYTES[this.#options.dtype]) throw wrongType();
    return new Uint8Array(features.buffer, features.byteOffset, features.byteLength);
  }

  /** A view is known by its image and number; what else determines it, the store's space says. */
  #writeKeys(start: number, end: number): void {
    const { hashes, view } = this.#options;
    if (view === undefined) return;
    for (let position = start; position < end; position++) {
      this.keys.set(featureKey(hashAt(hashes, position), view.number), position * HASH_BYTES);
    }
  }
}

/** What the features of an image, or of a view of it, are known by. @param hash - Of the image's bytes. */
export function featureKey(hash: Uint8Array, view: number | undefined): Uint8Array {
  return view === undefined ? hash : platform.sha256().update(hash).update(`view ${view}`).bytes();
}

/** What the network gave for a batch. */
interface BatchRows {
  /** Positions of its images. */
  readonly places: readonly number[];
  /** A row for each of them. */
  readonly rows: Uint8Array;
  /** Which of them are wanted, as indices into `places`. */
  readonly wanted: readonly number[];
}

function keepRows(kept: Rows, places: readonly number[], rows: Uint8Array, wanted: readonly number[]): void {
  const each = rows.length / places.length;
  for (const index of wanted) {
    kept.set(places[index]!, rows.subarray(index * each, (index + 1) * each));
  }
}

/** What is not a number would be kept, and only be noticed as a loss that is none. */
function requireFinite(features: Float32Array | Uint16Array): void {
  if (features instanceof Uint16Array) {
    const INFINITY = 0x7c00;
    const bad = features.find((bits) => (bits & INFINITY) === INFINITY);
    if (bad !== undefined) throw (bad & ~0x8000) === INFINITY ? tooLarge() : notFinite(Number.NaN);
    return;
  }
  const bad = features.find((value) => !Number.isFinite(value));
  if (bad !== undefined) throw notFinite(bad);
}

function notFinite(value: number): GraftError {
  return new GraftError('not-a-number', {
    where: 'features',
    expected: 'finite numbers from the frozen part of the network',
    received: `${value}`,
    advice: 'Look for weights of the backbone that are not numbers, or fetch its file again.',
  });
}

/** float16 ends at 65,504. */
function tooLarge(): GraftError {
  return new GraftError('runtime', {
    where: 'features',
    expected: 'numbers up to 65,504, which float16 can hold',
    received: 'a larger one',
    advice: 'Keep them as float32 (--features float32).',
  });
}

function wrongType(): Error {
  return new Error('the frozen part gives another type than its features are kept as');
}
