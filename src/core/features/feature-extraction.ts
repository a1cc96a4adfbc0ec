/** @file Runs the frozen part over those examples whose features are not known yet. */

import { GraftError } from '../errors/graft-error.ts';
import { type ContentHashes, HASH_BYTES, hashAt } from '../examples/content-hashes.ts';
import type { Example } from '../examples/example.ts';
import type { FeedBatch, Feeds } from '../examples/modality.ts';
import type { FeatureStore } from '../runtime/feature-store.ts';
import { platform } from '../runtime/platform.ts';
import type { RuntimeOptions } from '../runtime/runtime.ts';
import type { Session } from '../runtime/session.ts';
import { encodeHex } from '../tensor/hex.ts';
import { joinBytes } from '../tensor/join-bytes.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { DecodedExamples } from './decoded-examples.ts';
import type { FeatureSet } from './feature-set.ts';
import { FeatureTable, type MemoryBudget } from './feature-table.ts';
import type { PackedRows, RowLayout } from './row-layout.ts';

/** A view of every example, instead of the example itself. */
export interface ExampleView {
  /** From 0. */
  readonly number: number;
  /** Changes an example of a batch in place. @param key - What identifies the example. */
  readonly draw: (feeds: Feeds, row: number, key: string) => void;
}

/** Features of one kind: what one freeze boundary says of an example. */
export interface FeatureTarget {
  /** Of the session, one for each tensor of the layout; what is no output is kept of the feeds themselves. */
  readonly outputs: readonly string[];
  /** How they are kept. */
  readonly layout: RowLayout;
  /** Where features are kept between runs. Undefined keeps them in memory. */
  readonly store?: FeatureStore | undefined;
}

/** What an extraction is, whatever it extracts. */
interface Extracting extends RuntimeOptions {
  readonly examples: readonly Example[];
  /** One for each example, filled in here where it is zero. */
  readonly hashes: ContentHashes;
  readonly decoded: DecodedExamples;
  readonly view?: ExampleView | undefined;
  readonly numClasses: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of examples done, unreadable ones included. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /** Called with the number of examples that went through the network. */
  readonly onComputed?: (examples: number) => void;
}

export interface ExtractionOptions extends Extracting, FeatureTarget {
  /** Takes what the modality feeds, and gives the outputs, `[N, ...]`. Asked for only when needed. */
  readonly session: () => Promise<Session>;
  readonly memory: MemoryBudget;
}

export interface JointExtractionOptions extends Extracting {
  readonly targets: readonly FeatureTarget[];
  /** Takes what the modality feeds, and gives the outputs of some targets. Asked for whenever they are needed. */
  readonly session: (targets: readonly FeatureTarget[]) => Promise<Session>;
}

/** Features that are stored or kept, ready to be read. */
export interface ExtractedFeatures {
  /** The features of all readable examples, in their order. */
  table(memory: MemoryBudget): Promise<FeatureSet>;
}

/**
 * Examples that are decoded at once, and go through the network before the JavaScript thread has its turn again; in one
 * pass or in several, see batched-session.ts. While the network runs, the next ones are decoded in threads of their own.
 */
export const FORWARD_BATCH = 16;

/** Examples that are hashed and looked up at once, before those that are not known go through the network. */
export const SLAB = 2048;

/** So many examples that what is kept of them, and what they leave behind, is large beside a network. */
export const MANY: number = 2 ** 15;

/**
 * Features of examples, in their order; those of unreadable ones are missing.
 *
 * @throws {GraftError} In strict mode, of what cannot be read, as images `image`; `runtime`, if a feature is too large for float16; `not-a-number`, if it
 *   is not finite. And the signal's reason, if it aborts.
 */
export async function extractFeatures(options: ExtractionOptions): Promise<FeatureSet> {
  const { outputs, layout, store, session, memory, ...extracting } = options;
  const targets = [{ outputs, layout, store }];
  const [extracted] = await extractJointly({ ...extracting, targets, session: () => session() });
  return extracted!.table(memory);
}

/**
 * Features of several kinds in one pass: an example is decoded once, and goes through the network once, for all kinds
 * that are not known of it.
 *
 * @returns One for each target.
 * @throws As {@link extractFeatures}.
 */
export async function extractJointly(options: JointExtractionOptions): Promise<ExtractedFeatures[]> {
  const { examples, signal, hashes, targets, numClasses, decoded } = options;
  const extraction = new Extraction(options);
  for (let start = 0; start < examples.length; start += SLAB) {
    const end = Math.min(start + SLAB, examples.length);
    await decoded.modality.hash(examples, start, end, hashes, signal);
    await extraction.complete(start, end);
  }
  for (const { store } of targets) await store?.flush();
  return targets.map((target) => ({
    table: (memory) =>
      FeatureTable.make({
        examples,
        keys: extraction.keys,
        kept: extraction.keptOf(target),
        compute: (positions) => extraction.computeAgain(target, positions),
        layout: target.layout,
        numClasses,
        store: target.store,
        memory,
      }),
  }));
}

/** Rows by position of their example. */
type Rows = Map<number, Uint8Array>;

class Extraction {
  readonly keys: Uint8Array;
  readonly #options: JointExtractionOptions;
  /** Rows that no store holds. */
  readonly #kept: ReadonlyMap<FeatureTarget, Rows>;

  constructor(options: JointExtractionOptions) {
    this.#options = options;
    this.#kept = new Map(options.targets.map((target) => [target, new Map()]));
    // Examples as they are, are known by their hashes: a second list of a million would take 32 MB.
    const { view, hashes, examples } = options;
    this.keys = view === undefined ? hashes.hashes : new Uint8Array(examples.length * HASH_BYTES);
  }

  keptOf(target: FeatureTarget): Rows {
    return this.#kept.get(target)!;
  }

  /** Sees to it that the features of all readable examples in `[start, end)` are stored or kept. */
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
    if (start > 0 && missing.size > 0) await (this.#options.runtime ?? platform).collectGarbage?.();
    const positions = [...missing].sort((a, b) => a - b);
    await this.#compute(positions, lacking, (done) => onProgress?.(end - missing.size + done));
  }

  /** Computes rows that were lost; they are stored again, or kept where that cannot be. */
  async computeAgain(target: FeatureTarget, positions: readonly number[]): Promise<Rows> {
    const rows: Rows = new Map();
    await this.#compute(positions, new Map([[target, new Set(positions)]]), undefined, rows);
    return rows;
  }

  /** Runs the network over some examples, for the targets that lack them. @param seen - Gets all rows. */
  async #compute(
    positions: readonly number[],
    lacking: ReadonlyMap<FeatureTarget, ReadonlySet<number>>,
    onProgress?: (done: number) => void,
    seen?: Rows,
  ): Promise<void> {
    if (positions.length === 0) return;
    const { examples, decoded, view, session, hashes, onComputed, signal } = this.#options;
    const { runtime = platform } = this.#options;
    const frozen = await session([...lacking.keys()]);
    const placeOf = new Map(positions.map((position) => [examples[position]!, position]));
    let told = 0;
    for await (const batch of decoded.batches(
      positions.map((position) => examples[position]!),
      signal,
    )) {
      const places = batch.examples.map((example) => placeOf.get(example)!);
      if (view !== undefined) {
        places.forEach((place, row) => {
          view.draw(batch.feeds, row, encodeHex(hashAt(hashes, place)));
        });
      }
      const results = await frozen.run(createFeeds(frozen, batch));
      for (const [target, own] of lacking) {
        const rows = new BatchRows(places, packed(target, results, batch));
        const wanted = places.flatMap((place, index) => (own.has(place) ? index : []));
        const kept = this.keptOf(target);
        if (seen !== undefined) rows.keep(wanted, seen);
        if (target.store === undefined) rows.keep(wanted, kept);
        else await this.#store(target.store, kept, rows, wanted);
      }
      told = batch.done;
      onProgress?.(told);
      onComputed?.(places.length);
      await runtime.nextTurn();
    }
    // A last batch in which nothing was readable never came.
    if (told < positions.length) onProgress?.(positions.length);
  }

  async #store(store: FeatureStore, kept: Rows, rows: BatchRows, wanted: readonly number[]): Promise<void> {
    const { examples, hashes, decoded } = this.#options;
    const { places } = rows;
    const unchanged = await Promise.all(
      wanted.map((index) => {
        const place = places[index]!;
        return decoded.modality.isUnchanged(examples[place]!, place, hashes);
      }),
    );
    // An example that was changed since it was hashed must not be known by its old hash.
    const storable = wanted.filter((_, i) => unchanged[i]);
    const keys = new Uint8Array(storable.length * HASH_BYTES);
    storable.forEach((index, i) => {
      const place = places[index]!;
      keys.set(this.keys.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES), i * HASH_BYTES);
    });
    const { bytes, lengths } = rows.only(storable);
    const stored = storable.length > 0 && (await store.put(keys, bytes, lengths));
    rows.keep(stored ? wanted.filter((_, i) => !unchanged[i]) : wanted, kept);
  }

  /** A view is known by its example and number; what else determines it, the store's space says. */
  #writeKeys(start: number, end: number): void {
    const { hashes, view } = this.#options;
    if (view === undefined) return;
    for (let position = start; position < end; position++) {
      this.keys.set(featureKey(hashAt(hashes, position), view.number), position * HASH_BYTES);
    }
  }
}

/** What the features of an example, or of a view of it, are known by. @param hash - Of its content. */
export function featureKey(hash: Uint8Array, view: number | undefined): Uint8Array {
  return view === undefined ? hash : platform.sha256().update(hash).update(`view ${view}`).bytes();
}

/** Of a batch, what a session takes. */
export function createFeeds(
  { inputNames }: Session,
  { feeds }: Pick<FeedBatch, 'feeds'>,
): Record<string, Tensor> {
  return Object.fromEntries(inputNames.map((name) => [name, feeds[name]!]));
}

function packed(
  { outputs, layout }: FeatureTarget,
  results: Readonly<Record<string, Tensor>>,
  { feeds, lengths }: FeedBatch,
): PackedRows {
  const tensors = outputs.map((name) => results[name] ?? feeds[name]!);
  tensors.forEach(({ dtype, data }, index) => {
    if (dtype !== layout.tensors[index]!.dtype) throw wrongType();
    if (dtype === 'float32' || dtype === 'float16') requireFinite(data as Float32Array | Uint16Array);
  });
  return layout.pack(tensors, lengths);
}

/** What the network gave for a batch. */
class BatchRows {
  /** Positions of its examples. */
  readonly places: readonly number[];
  readonly #rows: PackedRows;
  readonly #starts: Uint32Array | undefined;

  constructor(places: readonly number[], rows: PackedRows) {
    this.places = places;
    this.#rows = rows;
    let sum = 0;
    this.#starts = rows.lengths?.map((length) => {
      sum += length;
      return sum - length;
    });
  }

  /** @param indices - Which of {@link places}, ascending. */
  only(indices: readonly number[]): PackedRows {
    if (indices.length === this.places.length) return this.#rows;
    const some = indices.map((index) => this.#at(index));
    const { lengths } = this.#rows;
    return { bytes: joinBytes(some), lengths: lengths && Uint32Array.from(some, ({ length }) => length) };
  }

  keep(indices: readonly number[], kept: Rows): void {
    for (const index of indices) kept.set(this.places[index]!, this.#at(index));
  }

  #at(index: number): Uint8Array {
    const { bytes, lengths } = this.#rows;
    const each = lengths?.[index] ?? bytes.length / this.places.length;
    const start = this.#starts?.[index] ?? index * each;
    return bytes.subarray(start, start + each);
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
