/** @file Decoded examples, kept in memory where they are few, so that every view of them need not decode again. */

import type { Example } from '../examples/example.ts';
import type { BatchesOptions, FeedBatch, Feeds, Modality } from '../examples/modality.ts';
import { type Tensor, zeros } from '../tensor/tensor.ts';
import { sliceRows } from './tensor-rows.ts';

/** Examples are kept if the feeds of all of them together have at most this many bytes. */
const KEPT_BYTES = 128 * 1024 * 1024;

/** Whether so many examples are kept once they are decoded. */
export function keepsExamples(
  count: number,
  { exampleBytes }: Pick<Modality, 'exampleBytes'>,
  keptBytes: number = KEPT_BYTES,
): boolean {
  return exampleBytes !== undefined && count * exampleBytes <= keptBytes;
}

/** The examples of a set, to be gone through several times. */
export class DecodedExamples {
  readonly modality: Modality;
  readonly #options: Omit<BatchesOptions, 'signal'>;
  readonly #keeps: boolean;
  readonly #kept = new Map<Example, Feeds>();
  readonly #unreadable = new Set<Example>();

  /** @param count - Examples in the set. */
  constructor(
    count: number,
    { modality, ...options }: Omit<BatchesOptions, 'signal'> & { readonly modality: Modality },
    keptBytes: number = KEPT_BYTES,
  ) {
    this.modality = modality;
    this.#options = options;
    this.#keeps = keepsExamples(count, modality, keptBytes);
  }

  /**
   * Some of the examples, in batches. Unreadable ones are reported the first time only, and left out from then on. The feeds are the
   * caller's until the next batch is asked for.
   */
  async *batches(
    examples: readonly Example[],
    signal?: AbortSignal,
  ): AsyncGenerator<FeedBatch, void, undefined> {
    const wanted = examples.filter((example) => !this.#unreadable.has(example));
    const missing = examples.length - wanted.length;
    const batches =
      this.#keeps && wanted.every((example) => this.#kept.has(example))
        ? this.#fromMemory(wanted, signal)
        : this.#decoded(wanted, signal);
    for await (const batch of batches) yield missing === 0 ? batch : { ...batch, done: batch.done + missing };
  }

  async *#decoded(
    examples: readonly Example[],
    signal: AbortSignal | undefined,
  ): AsyncGenerator<FeedBatch, void, undefined> {
    const came = new Set<Example>();
    for await (const batch of this.modality.batches(examples, { ...this.#options, signal })) {
      batch.examples.forEach((example, row) => {
        came.add(example);
        if (this.#keeps) this.#kept.set(example, copyOfRow(batch.feeds, row));
      });
      yield batch;
    }
    for (const example of examples) if (!came.has(example)) this.#unreadable.add(example);
  }

  *#fromMemory(
    examples: readonly Example[],
    signal: AbortSignal | undefined,
  ): Generator<FeedBatch, void, undefined> {
    const { batchSize } = this.#options;
    const memory = new Map<string, Tensor>();
    for (let start = 0; start < examples.length; start += batchSize) {
      signal?.throwIfAborted();
      const some = examples.slice(start, start + batchSize);
      yield {
        feeds: joinedInto(
          memory,
          some.map((example) => this.#kept.get(example)!),
        ),
        examples: some,
        done: start + some.length,
      };
    }
  }
}

function copyOfRow(feeds: Feeds, row: number): Feeds {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, all]) => {
      const { dtype, shape, data } = sliceRows(all, row, row + 1);
      return [name, { dtype, shape, data: data.slice() as typeof data }];
    }),
  );
}

/** Rows after one another, in memory that is used again. Only examples of one size are kept. */
function joinedInto(memory: Map<string, Tensor>, rows: readonly Feeds[]): Feeds {
  return Object.fromEntries(
    Object.entries(rows[0]!).map(([name, { dtype, shape }]) => {
      // The first batch is the largest.
      const all = memory.get(name) ?? zeros(dtype, [rows.length, ...shape.slice(1)]);
      memory.set(name, all);
      rows.forEach((row, index) => {
        const { data } = row[name]!;
        // All of them have the same type.
        (all.data as Uint8Array).set(data as Uint8Array, index * data.length);
      });
      return [name, sliceRows(all, 0, rows.length)];
    }),
  );
}
