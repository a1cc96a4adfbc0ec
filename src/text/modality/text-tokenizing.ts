/** @file A text as ids: what is read of it, and what stands around it. */

import type { TextTokenizer } from '../tokenizers/tokenizer.ts';
import { fitTokens, type LongText } from './long-texts.ts';

/** A text as a network takes it. */
export interface TextIds {
  readonly ids: Int32Array;
  /** Whether the text has more tokens than these. */
  readonly isLong: boolean;
}

export interface TextTokenizingOptions {
  readonly tokenizer: TextTokenizer;
  /** The most ids of a text, special ones included. */
  readonly maxTokens: number;
  /** What is read of a text that has more. */
  readonly long: LongText;
}

/**
 * Characters that are read of a text at most, at its beginning and at its end: these, and so many for each token that counts. A text of a
 * megabyte would take seconds otherwise, and tokens have some four characters.
 */
const MIN_CHARACTERS = 10_000;
const CHARACTERS_A_TOKEN = 64;

export class TextTokenizing {
  readonly options: TextTokenizingOptions;

  constructor(options: TextTokenizingOptions) {
    this.options = options;
  }

  of(text: string): TextIds {
    const { ids, isLong } = this.numbersOf(text);
    return { ids: Int32Array.from(ids), isLong };
  }

  /** The same as an array of the heap: memory of their own for each of a thousand small ones is given back late, and in pieces. */
  numbersOf(text: string): { readonly ids: readonly number[]; readonly isLong: boolean } {
    const { tokenizer, maxTokens, long } = this.options;
    const { prefix, suffix } = tokenizer;
    const part = readablePart(text, maxTokens, long);
    const all = tokenizer.encode(part, { specialTokens: false });
    const room = maxTokens - prefix.length - suffix.length;
    const ids = fitTokens(all, { maxTokens, long, prefix, suffix });
    return { ids, isLong: all.length > room || part.length < text.length };
  }
}

/** What may be read of a very long text, of which only some tokens count; cut at blanks. */
function readablePart(text: string, maxTokens: number, long: LongText): string {
  const room = MIN_CHARACTERS + maxTokens * CHARACTERS_A_TOKEN;
  if (text.length <= 2 * room) return text;
  const beginning = text.slice(0, room);
  const head = beginning.slice(0, lastIndexOr(beginning, room));
  if (long !== 'head+tail') return head;
  const end = text.slice(-room);
  return `${head} ${end.slice(Math.max(end.indexOf(' '), 0)).trimStart()}`;
}

/** Where the last blank is; everything, if there is none. */
function lastIndexOr(text: string, otherwise: number): number {
  const blank = text.lastIndexOf(' ');
  return blank > 0 ? blank : otherwise;
}
