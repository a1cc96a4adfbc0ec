/** @file Texts as a kind of example: ids in batches of a similar length. */

import type { ContentHashes } from '../../core/examples/content-hashes.ts';
import { HASH_BYTES, isHashed } from '../../core/examples/content-hashes.ts';
import type { BatchesOptions, FeedBatch, Modality } from '../../core/examples/modality.ts';
import type { TensorSpec } from '../../core/examples/tensor-spec.ts';
import type { GraphBuilder } from '../../core/graph/builder.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { Lowered, SymbolicTensor } from '../../core/layers/layer.ts';
import { platform } from '../../core/runtime/platform.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import { padIds } from './pad-ids.ts';
import type { TextExample } from './text-example.ts';
import type { TextTokens } from './text-tokens.ts';

/** Batches whose texts are sorted by length together. */
const SLAB_BATCHES = 32;
/** The most places of a batch, padding included, for each of its texts: memory grows with the square of the length. */
const PLACES_EACH = 128;
/** Texts that are hashed before the program's other work has a turn. */
const TEXTS_A_TURN = 64;

export class TextModality implements Modality<TextExample> {
  readonly words = { one: 'text', several: 'texts' } as const;
  readonly inputs: readonly TensorSpec[] = [{ name: 'ids', dtype: 'int64', shape: [null], padding: -1 }];
  readonly views = undefined;
  readonly exampleBytes = undefined;
  readonly identity: Readonly<Record<string, unknown>>;
  readonly #tokens: TextTokens;
  readonly #runtime: NonNullable<RuntimeOptions['runtime']>;

  constructor(tokens: TextTokens, { runtime = platform }: RuntimeOptions = {}) {
    this.#tokens = tokens;
    this.#runtime = runtime;
    this.identity = tokens.identity;
  }

  nameOf({ place }: TextExample): string {
    return place;
  }

  async hash(
    examples: readonly TextExample[],
    start: number,
    end: number,
    { hashes }: ContentHashes,
    signal?: AbortSignal,
  ): Promise<void> {
    for (let index = start; index < end; index++) {
      if ((index - start) % TEXTS_A_TURN === 0) await this.#turn(signal);
      if (isHashed(hashes, index)) continue;
      hashes.set(this.#runtime.sha256().update(examples[index]!.text).bytes(), index * HASH_BYTES);
    }
  }

  /** A text in memory stays as it is. */
  async isUnchanged(_example: TextExample, index: number, { hashes }: ContentHashes): Promise<boolean> {
    return isHashed(hashes, index);
  }

  async decodeBytes(): Promise<number> {
    return 0;
  }

  async *batches(
    examples: readonly TextExample[],
    { batchSize, signal }: BatchesOptions,
  ): AsyncGenerator<FeedBatch<TextExample>, void, undefined> {
    const slab = batchSize * SLAB_BATCHES;
    const tokenizedFrom = (start: number): Promise<Tokenized[]> | undefined =>
      start < examples.length ? this.#tokenize(examples.slice(start, start + slab), signal) : undefined;
    let done = 0;
    let next = tokenizedFrom(0);
    for (let start = 0; start < examples.length; start += slab) {
      const texts = await next!;
      // While the network works on these.
      next = tokenizedFrom(start + slab);
      next?.catch(() => {});
      texts.sort((a, b) => a.ids.length - b.ids.length);
      for (const batch of inBatches(texts, batchSize)) {
        signal?.throwIfAborted();
        done += batch.length;
        yield {
          feeds: { ids: padIds(batch.map(({ ids }) => ids)) },
          examples: batch.map(({ example }) => example),
          lengths: Uint32Array.from(batch, ({ ids }) => ids.length),
          done,
        };
      }
    }
  }

  lowerInputs(builder: GraphBuilder, model: Functional): ReadonlyMap<SymbolicTensor, Lowered> {
    return lowerIds(builder, model);
  }

  async #tokenize(examples: readonly TextExample[], signal: AbortSignal | undefined): Promise<Tokenized[]> {
    const made = await this.#tokens.of(
      examples.map(({ text }) => text),
      signal,
    );
    return examples.map((example, index) => ({ example, ids: made[index]!.ids }));
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    await this.#runtime.nextTurn();
    signal?.throwIfAborted();
  }
}

/** Emits `ids`, int64 `[N, S]`, as an input, which is what a network of texts takes. */
export function lowerIds(builder: GraphBuilder, model: Functional): ReadonlyMap<SymbolicTensor, Lowered> {
  const value = builder.input('ids', 'int64', ['N', 'S']);
  return new Map([[model.input, { value, layout: 'plain' }]]);
}

interface Tokenized {
  readonly example: TextExample;
  readonly ids: Int32Array;
}

/** Of texts by length: fewer in a batch where they are long. */
function* inBatches(texts: readonly Tokenized[], batchSize: number): Generator<Tokenized[]> {
  let batch: Tokenized[] = [];
  for (const text of texts) {
    const places = (batch.length + 1) * text.ids.length;
    if (batch.length === batchSize || (batch.length > 0 && places > batchSize * PLACES_EACH)) {
      yield batch;
      batch = [];
    }
    batch.push(text);
  }
  if (batch.length > 0) yield batch;
}
