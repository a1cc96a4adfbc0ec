/** @file A set of features of which few are in memory: the rest lie in the store, and are read when they are asked for. */

import { GraftError } from '../errors/graft-error.ts';
import { HASH_BYTES } from '../examples/content-hashes.ts';
import type { Example } from '../examples/example.ts';
import type { TensorSpec } from '../examples/tensor-spec.ts';
import type { FeatureStore, Locations } from '../runtime/feature-store.ts';
import type { DType } from '../tensor/dtype.ts';
import { computeSize, type Tensor, tensor } from '../tensor/tensor.ts';
import {
  type FeatureSet,
  featuresInMemory,
  type RowBuffer,
  type RowTargets,
  widen,
  widened,
} from './feature-set.ts';
import { FEATURE_BYTES, type FeatureDType, type RowLayout } from './row-layout.ts';
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

/**
 * Up to here float16 is widened once, where a step does not take it as it is: in every epoch anew, it takes as long as a linear head's
 * steps.
 */
const WIDENED_BYTES = 16 * 1024 * 1024;

/** What all sets of a training may take; those of float16 that are few take twice as much, widened. */
export const FEATURE_MEMORY_BYTES: number =
  Math.max(TRAINING_MEMORY_BYTES, WIDENED_BYTES) + 2 * OTHER_MEMORY_BYTES;

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
  readonly examples: readonly Example[];
  readonly keys: Uint8Array;
  /** Rows that no store holds. */
  readonly kept: ReadonlyMap<number, Uint8Array>;
  /** Computes rows that were lost, and sees to it that they are stored or kept. */
  readonly compute: (positions: readonly number[]) => Promise<ReadonlyMap<number, Uint8Array>>;
  readonly layout: RowLayout;
  readonly numClasses: number;
  readonly store: FeatureStore | undefined;
  readonly memory: MemoryBudget;
}

export class FeatureTable implements FeatureSet {
  readonly tensors: readonly TensorSpec[];
  readonly numClasses: number;
  readonly labels: Uint32Array;
  readonly targets: RowTargets | undefined;
  readonly size: number;
  readonly #parts: FeatureTableParts;
  /** Position of each row's example. */
  readonly #positions: Uint32Array;
  readonly #locations: Locations;
  /** Bytes of each row, where they differ. */
  readonly #lengths: Uint32Array | undefined;

  private constructor(parts: FeatureTableParts) {
    this.#parts = parts;
    const { examples, keys, kept, store, layout } = parts;
    const located = store?.locate(keys);
    const positions = new Uint32Array(examples.length);
    let size = 0;
    for (let position = 0; position < examples.length; position++) {
      if (kept.has(position) || (located?.[position] ?? -1) >= 0) positions[size++] = position;
    }
    this.#positions = positions.subarray(0, size);
    this.#locations = Int32Array.from(this.#positions, (position) =>
      kept.has(position) ? -1 : located![position]!,
    );
    this.labels = Uint32Array.from(this.#positions, (position) => examples[position]!.label);
    this.targets = targetsAt(this.#positions, examples);
    this.size = size;
    this.numClasses = parts.numClasses;
    this.tensors = layout.tensors.map((spec) =>
      spec.dtype === 'float16' ? { ...spec, dtype: 'float32' } : spec,
    );
    if (layout.bytesPerRow === undefined) {
      const stored = store?.lengths?.(this.#locations, rowsUpTo(size));
      this.#lengths = Uint32Array.from(
        this.#positions,
        (position, row) => kept.get(position)?.length ?? stored![row]!,
      );
    }
  }

  /** The rows that are there, read into memory at once where the budget has room. */
  static async make(parts: FeatureTableParts): Promise<FeatureSet> {
    const table = new FeatureTable(parts);
    const { numClasses, store, memory, layout } = parts;
    const all = rowsUpTo(table.size);
    const lengths = table.#lengthsOf(all);
    const bytes = lengths.reduce((sum, length) => sum + length, 0);
    // Without a store they are in memory as they are: a copy would be a second time.
    if (store === undefined || bytes > memory.bytes) return table;
    memory.bytes -= bytes;
    const values = new Uint8Array(bytes);
    await table.#readBytes(all, lengths, values);
    const { labels, targets } = table;
    const [first] = layout.tensors as [TensorSpec];
    if (layout.isOneTensor && isFeatureDType(first.dtype)) {
      const width = first.shape as readonly number[];
      const kept = numbersOf(values, first.dtype);
      const widensOnce = kept instanceof Uint16Array && 4 * kept.length <= WIDENED_BYTES;
      return featuresInMemory(kept, { labels, targets, width, numClasses, widensOnce });
    }
    return rowsInMemory(table, values, lengths, layout);
  }

  read(rows: Uint32Array, buffer: RowBuffer): readonly Tensor[] | Promise<readonly Tensor[]> {
    const { layout } = this.#parts;
    const [first] = layout.tensors as [TensorSpec];
    if (layout.isOneTensor && isFeatureDType(first.dtype)) return this.#readNumbers(rows, first, buffer);
    const lengths = this.#lengthsOf(rows);
    const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
    const finish = (): readonly Tensor[] => layout.unpack(bytes, lengths).map(widened);
    const waiting = this.#readBytes(rows, lengths, bytes);
    return waiting === undefined ? finish() : waiting.then(finish);
  }

  /** What is but numbers, all of one size, into the same memory each time. */
  #readNumbers(
    rows: Uint32Array,
    { dtype, shape }: TensorSpec,
    buffer: RowBuffer,
  ): readonly Tensor[] | Promise<readonly Tensor[]> {
    const sizes = [rows.length, ...(shape as readonly number[])];
    const numbers = buffer.take(computeSize(sizes));
    const lengths = this.#lengthsOf(rows);
    // Narrow ones come to the end of their own places, and widening them, which goes forward, never writes where it has not
    // read yet: a buffer for each of several views would take more memory than the step that is to read them.
    const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength).subarray(
      numbers.byteLength - numbers.length * FEATURE_BYTES[dtype as FeatureDType],
    );
    const finish = (): readonly Tensor[] => {
      if (dtype === 'float16') widen(numbersOf(bytes, dtype) as Uint16Array, numbers, 0);
      return [tensor('float32', sizes, numbers)];
    };
    const waiting = this.#readBytes(rows, lengths, bytes);
    return waiting === undefined ? finish() : waiting.then(finish);
  }

  #lengthsOf(rows: Uint32Array): Uint32Array {
    const all = this.#lengths;
    return all === undefined
      ? new Uint32Array(rows.length).fill(this.#parts.layout.bytesPerRow!)
      : Uint32Array.from(rows, (row) => all[row]!);
  }

  /** Undefined if all of it was there at once. @param lengths - Of the rows. */
  #readBytes(rows: Uint32Array, lengths: Uint32Array, target: Uint8Array): Promise<void> | undefined {
    const { kept, store } = this.#parts;
    const starts = startsOf(lengths);
    const lost: number[] = [];
    const stored: number[] = [];
    rows.forEach((row, index) => {
      if (this.#locations[row]! >= 0) {
        stored.push(index);
        return;
      }
      const values = kept.get(this.#positions[row]!);
      if (values === undefined) lost.push(index);
      else target.set(values, starts[index]!);
    });
    if (stored.length > 0 && stored.length === rows.length)
      lost.push(...store!.read(this.#locations, rows, target));
    else if (stored.length > 0) {
      const someLengths = Uint32Array.from(stored, (index) => lengths[index]!);
      const someStarts = startsOf(someLengths);
      const some = new Uint8Array(someLengths.reduce((sum, length) => sum + length, 0));
      const wanted = Uint32Array.from(stored, (index) => rows[index]!);
      const bad = new Set(store!.read(this.#locations, wanted, some));
      stored.forEach((index, i) => {
        const start = someStarts[i]!;
        if (bad.has(i)) lost.push(index);
        else target.set(some.subarray(start, start + someLengths[i]!), starts[index]!);
      });
    }
    return lost.length === 0 ? undefined : this.#recompute(rows, lost, { starts, lengths }, target);
  }

  async #recompute(
    rows: Uint32Array,
    lost: readonly number[],
    { starts, lengths }: { readonly starts: Uint32Array; readonly lengths: Uint32Array },
    target: Uint8Array,
  ): Promise<void> {
    const positions = lost.map((index) => this.#positions[rows[index]!]!);
    const { keys, kept, store, compute } = this.#parts;
    const computed = await compute(positions.toSorted((a, b) => a - b));
    const located = store?.locate(keysAt(positions, keys));
    lost.forEach((index, i) => {
      const position = positions[i]!;
      const values = computed.get(position);
      if (values === undefined || values.length !== lengths[index]) throw exampleGone();
      this.#locations[rows[index]!] = kept.has(position) ? -1 : (located?.[i] ?? -1);
      target.set(values, starts[index]!);
    });
  }
}

/** Rows of several tensors, or of different lengths, that are in memory. */
function rowsInMemory(
  { tensors, labels, targets, numClasses, size }: FeatureSet,
  values: Uint8Array,
  lengths: Uint32Array,
  layout: RowLayout,
): FeatureSet {
  const starts = startsOf(lengths);
  return {
    tensors,
    labels,
    targets,
    numClasses,
    size,
    read(rows) {
      const own = Uint32Array.from(rows, (row) => lengths[row]!);
      const ownStarts = startsOf(own);
      const bytes = new Uint8Array(own.reduce((sum, length) => sum + length, 0));
      rows.forEach((row, index) => {
        bytes.set(values.subarray(starts[row]!, starts[row]! + lengths[row]!), ownStarts[index]!);
      });
      return layout.unpack(bytes, own).map(widened);
    },
  };
}

function rowsUpTo(count: number): Uint32Array {
  return new Uint32Array(count).map((_, row) => row);
}

/** Where each of some entries begins that lie one after another. */
function startsOf(lengths: Uint32Array): Uint32Array {
  let sum = 0;
  return lengths.map((length) => {
    sum += length;
    return sum - length;
  });
}

function isFeatureDType(dtype: DType): dtype is FeatureDType {
  return Object.hasOwn(FEATURE_BYTES, dtype);
}

function keysAt(positions: readonly number[], keys: Uint8Array): Uint8Array {
  const some = new Uint8Array(positions.length * HASH_BYTES);
  positions.forEach((position, i) => {
    some.set(keys.subarray(position * HASH_BYTES, (position + 1) * HASH_BYTES), i * HASH_BYTES);
  });
  return some;
}

/** Undefined where the labels say it all. */
function targetsAt(positions: Uint32Array, examples: readonly Example[]): RowTargets | undefined {
  const width = examples[0]?.target?.length;
  if (width === undefined) return undefined;
  const values = new Float32Array(positions.length * width);
  positions.forEach((position, row) => {
    values.set(examples[position]!.target!, row * width);
  });
  return { values, width };
}

function numbersOf(bytes: Uint8Array, dtype: FeatureDType): Float32Array | Uint16Array {
  const { buffer, byteOffset, byteLength } = bytes;
  return dtype === 'float32'
    ? new Float32Array(buffer, byteOffset, byteLength / 4)
    : new Uint16Array(buffer, byteOffset, byteLength / 2);
}

function exampleGone(): GraftError {
  return new GraftError('image', {
    where: 'feature cache',
    expected: 'an example whose features were lost to be readable still',
    received: 'one that is gone',
    advice: 'Put its file back, and start again.',
  });
}
