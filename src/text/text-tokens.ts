/** @file The ids of texts, as a network takes them, each made once. */

import type { Digest } from '../runtime/runtime.ts';
import { fitTokens, type LongText } from './long-texts.ts';
import type { TextTokenizer } from './tokenizer.ts';

export interface TextTokensOptions {
  readonly tokenizer: TextTokenizer;
  /** The most ids of a text, special ones included. */
  readonly maxTokens: number;
  /** What is read of a text that has more. Default `head`. */
  readonly long?: LongText | undefined;
}

/** Texts are split at a blank after this many characters, so that one of a megabyte takes no gigabytes. */
const MAX_CHARACTERS = 20_000;

export class TextTokens {
  readonly maxTokens: number;
  readonly long: LongText;
  readonly #tokenizer: TextTokenizer;
  readonly #known = new Map<string, Int32Array>();
  #longTexts = 0;

  constructor({ tokenizer, maxTokens, long = 'head' }: TextTokensOptions) {
    this.#tokenizer = tokenizer;
    this.maxTokens = maxTokens;
    this.long = long;
  }

  /** How many of the texts so far have more ids than are taken. */
  get longTexts(): number {
    return this.#longTexts;
  }

  /** The ids of a text, at most `maxTokens`. */
  of(text: string): Int32Array {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const { prefix, suffix } = this.#tokenizer;
    const { maxTokens, long } = this;
    const all = this.#encode(text);
    if (all.length > maxTokens - prefix.length - suffix.length) this.#longTexts++;
    const ids = Int32Array.from(fitTokens(all, { maxTokens, long, prefix, suffix }));
    this.#known.set(text, ids);
    return ids;
  }

  /** What determines ids beside the text. */
  identity(digest: Digest): Readonly<Record<string, unknown>> {
    const { maxTokens, long } = this;
    return { tokenizer: digest.update(this.#tokenizer.json).hex(), maxTokens, long };
  }

  #encode(text: string): readonly number[] {
    const encode = (part: string): number[] => this.#tokenizer.encode(part, { specialTokens: false });
    if (text.length <= MAX_CHARACTERS) return encode(text);
    const ids: number[] = [];
    // Of a text of which only the beginning is read, no more than that.
    const wanted = this.long === 'head' ? this.maxTokens : Number.POSITIVE_INFINITY;
    let start = 0;
    while (start < text.length && ids.length <= wanted) {
      const blank = text.indexOf(' ', start + MAX_CHARACTERS / 2);
      const end = blank < 0 || blank > start + MAX_CHARACTERS ? start + MAX_CHARACTERS : blank;
      for (const id of encode(text.slice(start, end))) ids.push(id);
      // The blank comes back as the beginning of the next part.
      start = end === blank ? end + 1 : end;
    }
    return ids;
  }
}
