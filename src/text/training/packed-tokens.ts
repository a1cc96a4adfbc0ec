/** @file Texts as sequences of one length: one behind the other, and cut, so that no token is padding but at the end. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { createRandom, type Random } from '../../core/tensor/random.ts';
import type { TextTokenizer } from '../tokenizers/tokenizer.ts';

/** Sequences that are fed at once. */
export interface TokenBatch {
  /** `[size, length]`; below 0 where a sequence has ended. */
  readonly ids: readonly number[];
  /** `[size, length]`: the id that comes next; below 0 where none counts. */
  readonly targets: readonly number[];
  /** Those that it was made of, in their order. */
  readonly sequences: readonly TokenSequence[];
  readonly size: number;
  readonly length: number;
}

/** One sequence with the token behind it, from which targets are read. */
export type TokenSequence = readonly number[];

export interface PackOptions {
  /** Tokens of one sequence, >= 2. */
  readonly length: number;
  /** The id that stands between two texts. Default none. */
  readonly endId?: number | undefined;
}

/** What a text became. */
export interface PackedTexts {
  /** All but the last of them of the same length. */
  readonly sequences: readonly TokenSequence[];
  readonly tokens: number;
}

/**
 * Tokenizes texts, joins them and cuts them. A sequence begins with the last token of the one before, so that every token
 * is foretold once.
 */
export function packTexts(
  texts: readonly string[],
  tokenizer: TextTokenizer,
  { length, endId }: PackOptions,
): PackedTexts {
  const stream: number[] = [];
  for (const text of texts) {
    const ids = tokenizer.encode(text);
    // A text may have more tokens than a call has arguments.
    for (const id of ids) stream.push(id);
    if (endId !== undefined && ids.length > 0) stream.push(endId);
  }
  const sequences: TokenSequence[] = [];
  for (let start = 0; start + 1 < stream.length; start += length) {
    sequences.push(stream.slice(start, start + length + 1));
  }
  return { sequences, tokens: stream.length };
}

/** Sequences to train on, and sequences that are held out. */
export interface HeldOut {
  readonly training: readonly TokenSequence[];
  readonly validation: readonly TokenSequence[];
}

/**
 * Holds a fraction of the sequences out, drawn by the seed; at least one.
 *
 * @throws {GraftError} `dataset`, if there are fewer than two.
 */
export function holdOut(
  sequences: readonly TokenSequence[],
  { fraction, seed }: { readonly fraction: number; readonly seed: number },
): HeldOut {
  if (sequences.length < 2) {
    throw new GraftError('dataset', {
      where: 'texts',
      expected: 'at least two sequences, one of them to be held out',
      received: `${sequences.length}`,
      advice: 'Give more text, or shorter sequences.',
    });
  }
  const order = createRandom(seed)
    .fork('held out')
    .shuffle([...sequences.keys()]);
  const count = Math.min(sequences.length - 1, Math.max(1, Math.round(fraction * sequences.length)));
  const held = new Set(order.slice(0, count));
  return {
    training: sequences.filter((_, index) => !held.has(index)),
    validation: sequences.filter((_, index) => held.has(index)),
  };
}

/** Batches of sequences; with a random stream in its order, else in theirs. */
export function* batchesOf(
  sequences: readonly TokenSequence[],
  size: number,
  random?: Random,
): Generator<TokenBatch, void, undefined> {
  const order = [...sequences.keys()];
  random?.shuffle(order);
  for (let start = 0; start < order.length; start += size) {
    const chosen = order.slice(start, start + size).map((index) => sequences[index]!);
    const length = Math.max(...chosen.map((sequence) => sequence.length - 1));
    const padded = (from: number): number[] =>
      chosen.flatMap((sequence) => {
        const part = sequence.slice(from, from + sequence.length - 1);
        return [...part, ...new Array<number>(length - part.length).fill(-1)];
      });
    yield { ids: padded(0), targets: padded(1), sequences: chosen, size: chosen.length, length };
  }
}
