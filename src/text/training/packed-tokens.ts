/** @file Texts as sequences of one length: one behind the other, and cut, so that no token is padding but at the end. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { createRandom } from '../../core/tensor/random.ts';
import type { TextTokenizer } from '../tokenizers/tokenizer.ts';

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
