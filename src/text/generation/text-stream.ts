/** @file Ids that come one after the other, as pieces of text: none before its letters are whole. */

import type { TextTokenizer } from '../tokenizers/tokenizer.ts';

/** What stands for bytes that are no letter, or not yet. */
const BROKEN = '\ufffd';
/** Tokens that a piece is decoded with: blanks before words depend on what stands before. */
const CONTEXT = 6;

/** Turns ids into text piece by piece. */
export class TextStream {
  readonly #tokenizer: TextTokenizer;
  readonly #ids: number[];
  /** From here on ids are decoded; those up to `#told` were told already. */
  #from: number;
  #told: number;

  /** @param before - Ids of what the text goes on from. */
  constructor(tokenizer: TextTokenizer, before: readonly number[]) {
    this.#tokenizer = tokenizer;
    this.#ids = [...before];
    this.#from = Math.max(0, before.length - CONTEXT);
    this.#told = before.length;
  }

  /** @returns The letters that are whole with this id; often none where one letter takes several. */
  push(id: number): string {
    this.#ids.push(id);
    const piece = this.#piece();
    if (piece === '' || piece.endsWith(BROKEN)) return '';
    this.#from = Math.max(this.#from, this.#told - CONTEXT);
    this.#told = this.#ids.length;
    return piece;
  }

  /** @returns What is left, whole or not. */
  end(): string {
    const piece = this.#piece();
    this.#told = this.#ids.length;
    return piece;
  }

  #piece(): string {
    const before = this.#tokenizer.decode(this.#ids.slice(this.#from, this.#told));
    const all = this.#tokenizer.decode(this.#ids.slice(this.#from));
    return all.slice(before.length);
  }
}
