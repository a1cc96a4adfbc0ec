/** @file The tokenizer in a GGUF file's metadata, as tokenizer.json. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { brokenFile } from '../../core/weights/weight-file.ts';
import { addedToken, beginning, type PieceKind, piecesJson } from '../tokenizers/pieces-json.ts';
import type { GgufFile } from './gguf.ts';

/** What `tokenizer.ggml.token_type` says of a token. */
const KINDS: Readonly<Record<number, PieceKind>> = { 2: 'unknown', 3: 'control', 6: 'byte' };
const CONTROL = 3;
const USER_DEFINED = 4;

/** How texts are cut before they are merged, by llama.cpp's names. */
const CUTS: Readonly<Record<string, unknown>> = {
  'gpt-2': byteLevel(true),
  smollm: {
    type: 'Sequence',
    pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel(true)],
  },
  'llama-bpe': {
    type: 'Sequence',
    pretokenizers: [
      {
        type: 'Split',
        pattern: {
          Regex:
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
        },
        behavior: 'Isolated',
        invert: false,
      },
      byteLevel(false),
    ],
  },
};

/**
 * The text of the tokenizer.json.
 *
 * @throws {GraftError} `weights`, if there is none, or it is of another kind.
 */
export function tokenizerOfGguf(file: GgufFile): string {
  const { where, metadata } = file;
  const kind = metadata.get('tokenizer.ggml.model');
  const tokens = metadata.get('tokenizer.ggml.tokens');
  if (!isTexts(tokens) || tokens.length === 0) throw brokenFile(where, 'the tokens of a tokenizer', 'none');
  const types = metadata.get('tokenizer.ggml.token_type');
  const typeOf = (id: number): number => (types instanceof Float64Array ? (types[id] ?? 1) : 1);
  if (kind === 'llama') {
    const scores = metadata.get('tokenizer.ggml.scores');
    if (!(scores instanceof Float64Array) || scores.length !== tokens.length) {
      throw brokenFile(where, 'a score for every token', 'others');
    }
    const pieces = tokens.map((text, id) => ({
      text,
      score: scores[id]!,
      kind: KINDS[typeOf(id)] ?? ('text' as const),
    }));
    return piecesJson(pieces, {
      beginId:
        metadata.get('tokenizer.ggml.add_bos_token') === false ? undefined : findBeginToken(file, tokens),
      hasBlankFirst: metadata.get('tokenizer.ggml.add_space_prefix') !== false,
    });
  }
  if (kind === 'gpt2') return byteLevelJson(file, tokens, typeOf);
  throw unsupported(where, `the kind ${String(kind)}`);
}

/** Pairs of bytes, written as letters, that are merged in the order of a list. */
function byteLevelJson(file: GgufFile, tokens: readonly string[], typeOf: (id: number) => number): string {
  const { where, metadata } = file;
  const merges = metadata.get('tokenizer.ggml.merges');
  if (!isTexts(merges)) throw brokenFile(where, 'the merges of a tokenizer', 'none');
  const name = metadata.get('tokenizer.ggml.pre') ?? 'gpt-2';
  const cut = typeof name === 'string' && Object.hasOwn(CUTS, name) ? CUTS[name] : undefined;
  if (cut === undefined) throw unsupported(where, `texts cut as ${String(name)} does`);
  const vocab = Object.create(null) as Record<string, number>;
  tokens.forEach((token, id) => {
    vocab[token] ??= id;
  });
  const begins =
    metadata.get('tokenizer.ggml.add_bos_token') === true ? findBeginToken(file, tokens) : undefined;
  return JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: tokens.flatMap((token, id) => {
      const type = typeOf(id);
      return type === CONTROL || type === USER_DEFINED ? [addedToken(id, token, type === CONTROL)] : [];
    }),
    normalizer: null,
    pre_tokenizer: cut,
    post_processor: begins === undefined ? null : beginning(begins, tokens[begins]!),
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab,
      merges: merges.map((merge) => {
        const blank = merge.indexOf(' ', 1);
        return [merge.slice(0, blank), merge.slice(blank + 1)];
      }),
    },
  });
}

/** The id that begins a text, if it is one of the tokens. */
export function findBeginToken({ metadata }: GgufFile, tokens: readonly string[]): number | undefined {
  const id = metadata.get('tokenizer.ggml.bos_token_id');
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < tokens.length ? id : undefined;
}

function byteLevel(useRegex: boolean): Readonly<Record<string, unknown>> {
  return { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: useRegex };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value);
}

function unsupported(where: string, received: string): GraftError {
  return new GraftError('weights', {
    where,
    expected: 'a tokenizer of Llama, GPT-2, SmolLM or Llama 3',
    received,
    advice: 'Take the Hugging Face folder of the model, with its tokenizer.json.',
  });
}
