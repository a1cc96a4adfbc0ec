/**
 * @file The tokenizer of Llama from pieces and their scores, as llama2.c and GGUF have them, written as tokenizer.json: of
 * two pieces that together are a third, those become one whose score is highest; what is no piece is spelled in bytes.
 */

/** What a piece is for. */
export type PieceKind = 'text' | 'byte' | 'unknown' | 'control';

export interface Piece {
  /** A blank is `▁`, a byte `<0x0A>`. */
  readonly text: string;
  readonly score: number;
  readonly kind: PieceKind;
}

export interface PiecesOptions {
  /** The id that stands before every text. Default none does. */
  readonly beginId?: number | undefined;
  /** Whether a text begins with a blank. Default true. */
  readonly hasBlankFirst?: boolean | undefined;
}

/** The text of the tokenizer.json. Ids are places in the list. */
export function piecesJson(
  pieces: readonly Piece[],
  { beginId, hasBlankFirst = true }: PiecesOptions = {},
): string {
  const vocab: Record<string, number> = Object.create(null) as Record<string, number>;
  pieces.forEach(({ text }, id) => {
    vocab[text] ??= id;
  });
  const unknown = pieces.find(({ kind }) => kind === 'unknown')?.text ?? null;
  const replace = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
  const prepend = { type: 'Prepend', prepend: '▁' };
  const decoders = [
    { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    ...(hasBlankFirst ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
  ];
  return JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: pieces.flatMap(({ text, kind }, id) =>
      kind === 'control' || kind === 'unknown' ? [addedToken(id, text, true)] : [],
    ),
    normalizer: { type: 'Sequence', normalizers: hasBlankFirst ? [prepend, replace] : [replace] },
    pre_tokenizer: null,
    post_processor: beginId === undefined ? null : beginning(beginId, pieces[beginId]!.text),
    decoder: { type: 'Sequence', decoders },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: unknown,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      vocab,
      merges: mergesOf(pieces, vocab),
    },
  });
}

/** An entry of `added_tokens`. */
export function addedToken(id: number, content: string, special: boolean): Readonly<Record<string, unknown>> {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special };
}

/** A post-processor that puts one token before a text. */
export function beginning(id: number, token: string): Readonly<Record<string, unknown>> {
  const special = { SpecialToken: { id: token, type_id: 0 } };
  return {
    type: 'TemplateProcessing',
    single: [special, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [special, { Sequence: { id: 'A', type_id: 0 } }, special, { Sequence: { id: 'B', type_id: 0 } }],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  };
}

/** Longer pieces are no words, and would take a merge at every letter. */
const MAX_LETTERS = 256;

/** Every way to make a piece of two, best scores first. */
function mergesOf(pieces: readonly Piece[], vocab: Readonly<Record<string, number>>): [string, string][] {
  const merges: { readonly pair: [string, string]; readonly score: number }[] = [];
  for (const { text, score, kind } of pieces) {
    if (kind !== 'text') continue;
    const letters = [...text];
    if (letters.length > MAX_LETTERS) continue;
    const ways: { readonly pair: [string, string]; readonly ids: readonly [number, number] }[] = [];
    for (let cut = 1; cut < letters.length; cut++) {
      const pair: [string, string] = [letters.slice(0, cut).join(''), letters.slice(cut).join('')];
      const [left, right] = [vocab[pair[0]], vocab[pair[1]]];
      if (left !== undefined && right !== undefined) ways.push({ pair, ids: [left, right] });
    }
    ways.sort((a, b) => a.ids[0] - b.ids[0] || a.ids[1] - b.ids[1]);
    for (const { pair } of ways) merges.push({ pair, score });
  }
  return merges.sort((a, b) => b.score - a.score).map(({ pair }) => pair);
}
