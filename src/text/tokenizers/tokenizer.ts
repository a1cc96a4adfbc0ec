/** @file Texts to ids and back, as a Hugging Face tokenizer.json says. */

import type { Tokenizer } from '@huggingface/tokenizers';
import { GraftError } from '../../core/errors/graft-error.ts';

/** What is known of a tokenizer's file beside it: Hugging Face's `tokenizer_config.json`. */
export type TokenizerConfig = Readonly<Record<string, unknown>>;

const MODELS: readonly string[] = ['WordPiece', 'Unigram', 'BPE'];

/** A tokenizer, ready. */
export interface TextTokenizer {
  /** The contents of its tokenizer.json: what a model file carries. */
  readonly json: string;
  /** What was said beside it: with both, another thread makes the same tokenizer. Undefined of one that is a program's own. */
  readonly config?: TokenizerConfig | undefined;
  /** Ids are below it. */
  readonly vocabularySize: number;
  /** Ids that {@link encode} puts before a text: `[CLS]`. */
  readonly prefix: readonly number[];
  /** Ids that it puts behind: `[SEP]`. */
  readonly suffix: readonly number[];
  /**
   * The ids of a text, of any length; none for an empty text of a tokenizer without special tokens.
   *
   * @param options.specialTokens - Whether those stand around it. Default true.
   */
  encode(text: string, options?: { readonly specialTokens?: boolean | undefined }): number[];
  /** The text of ids; special tokens are left out. */
  decode(ids: readonly number[]): string;
  /** The id of a token, by its text: `[CLS]`. */
  idOf(token: string): number | undefined;
}

/**
 * Makes a tokenizer.
 *
 * @param json - The text of a tokenizer.json.
 * @param where - What messages call the file: `tokenizer "tokenizer.json"`.
 * @throws {GraftError} `model-file`, if it is no such file, or of a kind that is not supported.
 */
export async function createTokenizer(
  json: string,
  where: string,
  config: TokenizerConfig = {},
): Promise<TextTokenizer> {
  // Commands that know no texts start without it.
  const library = await import('@huggingface/tokenizers');
  return build(library, json, where, config);
}

/**
 * The same of a file that is known to be sound: it is made when it is first asked, which a training whose ids are all kept never does.
 *
 * @param facts - What making it would tell.
 */
export async function createKnownTokenizer(
  json: string,
  where: string,
  facts: Pick<TextTokenizer, 'vocabularySize' | 'prefix' | 'suffix'>,
): Promise<TextTokenizer> {
  const library = await import('@huggingface/tokenizers');
  const config = {};
  let made: TextTokenizer | undefined;
  const asked = (): TextTokenizer => {
    made ??= build(library, json, where, config);
    return made;
  };
  return {
    json,
    config,
    ...facts,
    encode: (text, options) => asked().encode(text, options),
    decode: (ids) => asked().decode(ids),
    idOf: (token) => asked().idOf(token),
  };
}

class HuggingFaceTokenizer implements TextTokenizer {
  readonly json: string;
  readonly config: TokenizerConfig;
  readonly vocabularySize: number;
  readonly prefix: readonly number[];
  readonly suffix: readonly number[];
  readonly #tokenizer: Tokenizer;
  readonly #cleansUp: boolean;

  constructor(json: string, tokenizer: Tokenizer, config: TokenizerConfig) {
    // As in Rust: only where its files ask for it.
    this.#cleansUp = config['clean_up_tokenization_spaces'] === true;
    this.json = json;
    this.config = config;
    this.#tokenizer = tokenizer;
    this.vocabularySize = [...tokenizer.get_vocab().values()].reduce((size, id) => Math.max(size, id + 1), 0);
    const whole: number[] = tokenizer.encode('a').ids;
    const bare = this.#bare('a');
    const start = whole.findIndex((_, place) => bare.every((id, index) => whole[place + index] === id));
    this.prefix = whole.slice(0, Math.max(start, 0));
    this.suffix = whole.slice(this.prefix.length + bare.length);
  }

  encode(
    text: string,
    { specialTokens = true }: { readonly specialTokens?: boolean | undefined } = {},
  ): number[] {
    // Half a surrogate pair is no character: Python and Rust could not be given it.
    const whole = text.replace(/\p{Surrogate}/gu, '\ufffd');
    return specialTokens ? this.#tokenizer.encode(whole).ids : this.#bare(whole);
  }

  decode(ids: readonly number[]): string {
    return this.#tokenizer.decode([...ids], {
      skip_special_tokens: true,
      clean_up_tokenization_spaces: this.#cleansUp,
    });
  }

  idOf(token: string): number | undefined {
    return this.#tokenizer.token_to_id(token);
  }

  #bare(text: string): number[] {
    return this.#tokenizer.encode(text, { add_special_tokens: false }).ids;
  }
}

function build(
  library: typeof import('@huggingface/tokenizers'),
  json: string,
  where: string,
  config: TokenizerConfig,
): TextTokenizer {
  const broken = (expected: string, received: string, cause?: unknown): GraftError =>
    new GraftError(
      'model-file',
      {
        where,
        expected,
        received,
        advice:
          'Save it again with the "fast" tokenizer of transformers: save_pretrained writes tokenizer.json.',
      },
      { cause },
    );
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    throw broken('a tokenizer in JSON', 'something else', cause);
  }
  const model = (parsed as { model?: { type?: unknown; vocab?: unknown } } | null)?.model;
  if (
    typeof model !== 'object' ||
    model === null ||
    typeof model.vocab !== 'object' ||
    model.vocab === null
  ) {
    throw broken('a "model" with a "vocab"', 'none');
  }
  // Files of early versions do not say it.
  if (model.type !== undefined && !MODELS.includes(model.type as string)) {
    throw broken('a model of type WordPiece, Unigram or BPE', JSON.stringify(model.type));
  }
  try {
    // Its parts are looked at as it tokenizes for the first time.
    return new HuggingFaceTokenizer(json, new library.Tokenizer(parsed as object, config), config);
  } catch (cause) {
    const received = cause instanceof Error ? cause.message : String(cause);
    throw broken('parts that @huggingface/tokenizers has', received, cause);
  }
}
