/** @file The vocabulary of a SentencePiece unigram model as a tokenizer.json. */

/** A piece and the logarithm of its probability; null counts as 0. */
export type UnigramPiece = readonly [piece: string, score: number | null];

const BLANK = '▁';

/**
 * A Hugging Face tokenizer.json which splits as TensorFlow.js' Universal Sentence Encoder does: NFKC, a blank before a text that is
 * not empty, and the pieces of the highest score. A piece's id is its place; what no piece has, is id 0.
 *
 * @param reserved - How many pieces at the beginning no text has.
 */
export function unigramJson(pieces: readonly UnigramPiece[], reserved: number): string {
  const vocab = pieces.map(([piece, score], id) => [id < reserved ? `\0${piece}` : piece, score ?? 0]);
  return JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFKC' },
        { type: 'Prepend', prepend: BLANK },
        { type: 'Replace', pattern: { String: ' ' }, content: BLANK },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: 'Metaspace', replacement: BLANK, prepend_scheme: 'always', split: false },
    model: { type: 'Unigram', unk_id: 0, vocab, byte_fallback: false },
  });
}
