/** @file Vocabularies as lists of words (WordPiece) or of pieces with merges (byte-level BPE), written as a tokenizer.json. */

/** How WordPiece changes texts before it looks words up. */
export interface WordPieceOptions {
  /** Default: whether no word of the vocabulary has an upper-case letter, those in brackets aside. */
  readonly lowercase?: boolean | undefined;
  /** Default: as `lowercase`. */
  readonly stripsAccents?: boolean | undefined;
}

/**
 * BERT's tokenizer from its vocabulary.
 *
 * @param words - A word's id is its place. `[CLS]` and `[SEP]` stand around a text, `[UNK]` for what has no words.
 */
export function wordPieceJson(
  words: readonly string[],
  { lowercase, stripsAccents }: WordPieceOptions = {},
): string {
  const isLower = lowercase ?? !words.some((word) => !/^\[.*\]$/.test(word) && /\p{Lu}/u.test(word));
  const vocab = idsOf(words);
  const special = (content: string) => ({ content, id: vocab[content] ?? 0 });
  const [begin, end] = [special('[CLS]'), special('[SEP]')];
  const around = (token: { readonly content: string }) => ({
    SpecialToken: { id: token.content, type_id: 0 },
  });
  const listed = (token: { readonly content: string; readonly id: number }) => ({
    [token.content]: { id: token.content, ids: [token.id], tokens: [token.content] },
  });
  const single = [around(begin), { Sequence: { id: 'A', type_id: 0 } }, around(end)];
  return JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
      .filter((word) => word in vocab)
      .map(addedToken(vocab)),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: stripsAccents ?? null,
      lowercase: isLower,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: [...single, { Sequence: { id: 'B', type_id: 1 } }, around(end)],
      special_tokens: { ...listed(begin), ...listed(end) },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  });
}

/**
 * GPT-2's tokenizer.
 *
 * @param vocab - Ids of pieces, whose bytes are letters.
 * @param merges - Two pieces with a blank between, what is put together first standing first.
 */
export function byteLevelJson(vocab: Readonly<Record<string, number>>, merges: readonly string[]): string {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: ['<|endoftext|>'].filter((word) => Object.hasOwn(vocab, word)).map(addedToken(vocab)),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      vocab,
      merges,
    },
  });
}

/** Of a word that stands twice, the first counts. */
function idsOf(words: readonly string[]): Record<string, number> {
  const ids = Object.create(null) as Record<string, number>;
  words.forEach((word, id) => {
    ids[word] ??= id;
  });
  return ids;
}

function addedToken(vocab: Readonly<Record<string, number>>): (content: string) => object {
  return (content) => ({
    id: vocab[content],
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
}
