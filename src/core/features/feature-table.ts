/** @file A set of features of which few are in memory: the rest lie in the store, and are read when they are asked for. */

import { HASH_BYTES } from '../../vision/images/image-hash.ts';
import { GraftError } from '../errors/graft-error.ts';
import type { Sample } from '../examples/sample.ts';
import type { FeatureStore, Locations } from '../runtime/feature-store.ts';
import {
  FEATURE_BYTES,
  type FeatureDType,
  type FeatureSet,
  featuresInMemory,
  type RowTargets,
  widen,
} from './feature-set.ts';
import type { SetName } from './sample-sets.ts';

/** How much of some sets' features may lie in memory, all of them together. */
export interface MemoryBudget {
  bytes: number;
}

/**
 * Small sets are read from memory: a store costs some microseconds a row. Less is worth it for those that validate and test: they are
 * read in their order, many rows at once.
 */
const TRAINING_MEMORY_BYTES = 12 * 1024 * 1024;
const OTHER_MEMORY_BYTES = 4 * 1024 * 1024;

/** What all sets of a training may take. */
export const FEATURE_MEMORY_BYTES: number = TRAINING_MEMORY_BYTES + OTHER_MEMORY_BYTES;

/** What each set may take of it; everything where no store holds features. */
export function memoryBudgets(hasStore: boolean): (name: SetName) => MemoryBudget {
  const all = { bytes: Number.POSITIVE_INFINITY };
  if (!hasStore) return () => all;
  const training = { bytes: TRAINING_MEMORY_BYTES };
  const others = { bytes: OTHER_MEMORY_BYTES };
  return (name) => (name === 'train' ? training : others);
}

export interface FeatureTableParts {
  /** By position, as all that follows; readable or not. */
  readonly samples: readonly Sample[];
  readonly keys: Uint8Array;
  /** Rows that no store holds. */
  readonly kept: ReadonlyMap<number, Uint8Array>;
  /** Computes rows that were lost, and sees to it that they are stored or kept. */
  readonly compute: (positions: readonly number[]) => Promise<ReadonlyMap<number, Uint8Array>>;
  readonly width: number;
  readonly dtype: FeatureDType;
  readonly classes: number;
  readonly store: FeatureStore | undefined;
  readonly memory: MemoryBudget;
}

export class FeatureTable implements FeatureSet {
  readonly width: number;
  readonly classes: number;
  readonly labels: Uint32Array;
  readonly targets: RowTargets | undefined;
  readonly size: number;
  readonly #parts: FeatureTableParts;
  /** Position of each row's sample. */
  readonly #positions: Uint32Array;
  readonly #locations: Locations;

  private constructor(parts: FeatureTableParts) {
    this.#parts = parts;
    const { samples, keys, kept, store } = parts;
    const located = store?.locate(keys);
    const positions = new Uint32Array(samples.length);
    let size = 0;
    for (let position = 0; position < samples.length; position++) {
      if (kept.has(position) || (located?.[position] ?? -1) >= 0) positions[size++] = position;
    }
    this.#positions = positions.subarray(0, size);
    this.#locations = Int32Array.from(this.#positions, (position) =>
      kept.has(position) ? -1 : located![position]!,
    );
    this.labels = Uint32Array.from(this.#positions, (position) => samples[position]!.label);
    this.targets = targetsAt(this.#positions, samples);
    this.size = size;
    this.width = parts.width;
    this.classes = parts.classes;
  }

  /** The rows that are there, read into memory at once where the budget has room. */
  static async make(parts: FeatureTableParts): Promise<FeatureSet> {
    const table = new FeatureTable(parts);
    const { width, dtype, classes, store, memory } = parts;
    const bytes = table.size * width * FEATURE_BYTES[dtype];
    // Without a store they are in memory as they are: a copy would be a second time.
    if (store === undefined || bytes > memory.bytes) return table;
    memory.bytes -= bytes;
    const all = new Uint8Array(bytes);
    await table.#readBytes(
      new Uint32Array(table.size).map((_, row) => row),
      all,
    );
    const { labels, targets } = table;
    return featuresInMemory(numbersOf(all, dtype), { labels, targets, width, classes });
  }

  read(rows: Uint32Array, target: Float32Array): void | Promise<void> {
    const { dtype } = this.#parts;
    const numbers = target.subarray(0, rows.length * this.width);
    // Narrow ones come to the end of their own places, and widening them, which goes forward, never writes where it has not
    // read yet: a buffer for each of several views would take more memory than the step that is to read them.
    const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength).subarray(
      numbers.byteLength - rows.length * this.#rowBytes,
    );
    const waiting = this.#readBytes(rows, bytes);
    if (dtype === 'float32') return waiting;
    const finish = (): void => widen(numbersOf(bytes, dtype) as Uint16Array, numbers, 0);
    return waiting === undefined ? finish() : waiting.then(finish);
  }

  get #rowBytes(): number {
    return this.width * FEATURE_BYTES[this.#parts.dtype];
  }

  /** Undefined if all of it was there at once. */
  #readBytes(rows: Uint32Array, target: Uint8Array): Promise<void> | undefined {
    const { kept, store } = this.#parts;
    const each = this.#rowBytes;
    const lost: number[] = [];
    const stored: number[] = [];
    rows.forEach((row, index) => {
      if (this.#locations[row]! >= 0) {
        stored.push(index);
        return;
      }
      const values = kept.get(this.#positions[row]!);
      if (values === undefined) lost.push(index);
      else target.set(values, index * each);
    });
    if (stored.length > 0 && stored.length === rows.length)
      lost.push(...store!.read(this.#locations, rows, target));
    else if (stored.length > 0) {
      const some = new Uint8Array(stored.length * each);
      const wanted = Uint32Array.from(stored, (index) => rows[index]!);
      const bad = new Set(store!.read(this.#locations, wanted, some));
      stored.forEach((index, i) => {
        if (bad.has(i)) lost.push(index);
        else target.set(some.subarray(i * each, (i + 1) * each), index * each);
      });
    }
    return lost.length === 0 ? undefined : this.#recompute(rows, lost, target);
  }

  async #recompute(rows: Uint32Array, lost: readonly number[], target: Uint8Array): Promise<void> {
    const positions = lost.map((index) => this.#positions[rows[index]!]!);
    const { keys, kept, store, compute } = this.#parts;
    const computed = await compute(positions.toSorted((a, b) => a - b));
    const located = store?.locate(keysAt(positions, keys));
    lost.forEach((index, i) => {
      const position = positions[i]!;
      const values = computed.get(position);
      if (values === undefined) throw imageGone();
      this.#locations[rows[index]!] = kept.has(position) ? -1 : (located?.[i] ?? -1);
      target.set(values, index * this.#rowBytes);
    });
  }
}

function keysAt(positions: readonly number[], keys: Uint8Array): Uint8Array {
  const some = new Uint8Array(positions.length * HASH_BYTES);
  positions.forEach((position, i) => {
    some.set(keys.subarray(position * HASH_BYTES, (position + 1) * HASH_BYTES), i * HASH_BYTES);
  });
  return some;
}

/** Undefined where the labels say it all. */
function targetsAt(positions: Uint32Array, samples: readonly Sample[]): RowTargets | undefined {
  const width = samples[0]?.target?.length;
  if (width === undefined) return undefined;
  const values = new Float32Array(positions.length * width);
  positions.forEach((position, row) => {
    values.set(samples[position]!.target!, row * width);
  });
  return { values, width };
}

function numbersOf(bytes: Uint8Array, dtype: FeatureDType): Float32Array | Uint16Array {
  const { buffer, byteOffset, byteLength } = bytes;
  return dtype === 'float32'
    ? new Float32Array(buffer, byteOffset, byteLength / 4)
    : new Uint16Array(buffer, byteOffset, byteLength / 2);
}

function imageGone(): GraftError {
  return new GraftError('image', {
    where: 'feature cache',
    expected: 'an image whose features were lost to be readable still',
    received: 'one that is gone',
    advice: 'Put the images back, and start again.',
  });
}
