/** @file The ids of texts, as a network takes them, each made once. */

import type { Digest } from '../../core/runtime/runtime.ts';
import type { TextTokenizer } from '../tokenizers/tokenizer.ts';
import { fitTokens, type LongText } from './long-texts.ts';

/** How texts become ids. */
export interface TextTokensOptions {
  readonly tokenizer: TextTokenizer;
  /** The most ids of a text, special ones included. */
  readonly maxTokens: number;
  /** What is read of a text that has more. Default `head`. */
  readonly long?: LongText | undefined;
}

/**
 * Characters that are read of a text at most, at its beginning and at its end: these, and so many for each token that counts. A text of a
 * megabyte would take seconds otherwise, and tokens have some four characters.
 */
const MIN_CHARACTERS = 10_000;
const CHARACTERS_A_TOKEN = 64;

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
    const part = readablePart(text, maxTokens, long);
    const all = this.#tokenizer.encode(part, { specialTokens: false });
    const room = maxTokens - prefix.length - suffix.length;
    if (all.length > room || part.length < text.length) this.#longTexts++;
    const ids = Int32Array.from(fitTokens(all, { maxTokens, long, prefix, suffix }));
    this.#known.set(text, ids);
    return ids;
  }

  /** What determines ids beside the text. */
  identity(digest: Digest): Readonly<Record<string, unknown>> {
    const { maxTokens, long } = this;
    return { tokenizer: digest.update(this.#tokenizer.json).hex(), maxTokens, long };
  }
}

/** What may be read of a very long text, of which only some tokens count; cut at blanks. */
function readablePart(text: string, maxTokens: number, long: LongText): string {
  const room = MIN_CHARACTERS + maxTokens * CHARACTERS_A_TOKEN;
  if (text.length <= 2 * room) return text;
  const beginning = text.slice(0, room);
  const head = beginning.slice(0, lastIndexOr(beginning, room));
  if (long === 'head') return head;
  const end = text.slice(-room);
  return `${head} ${end.slice(Math.max(end.indexOf(' '), 0)).trimStart()}`;
}

/** Where the last blank is; everything, if there is none. */
function lastIndexOr(text: string, otherwise: number): number {
  const blank = text.lastIndexOf(' ');
  return blank > 0 ? blank : otherwise;
}
