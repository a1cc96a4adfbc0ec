/** @file Which tokens begin a word: by what their tokenizer puts before words, or behind their beginnings. */

import type { TextTokenizer } from './tokenizer.ts';

/** What stands before the first piece of a word: SentencePiece's blank, and that of byte-level BPE. */
const BLANKS = ['\u2581', '\u0120'];
/** What stands before all other pieces: WordPiece's. */
const CONTINUATION = '##';

/**
 * Whether an id begins a word, for the ids of a tokenizer.
 *
 * @returns Undefined for a tokenizer that does not tell words apart.
 */
export function wordStartsOf({ json }: Pick<TextTokenizer, 'json'>): ((id: number) => boolean) | undefined {
  const { model } = JSON.parse(json) as {
    readonly model?: {
      readonly vocab?: readonly (readonly [piece: string, score: number])[] | Readonly<Record<string, number>>;
    };
  };
  const { vocab = [] } = model ?? {};
  const pieces = Array.isArray(vocab)
    ? vocab.map(([piece]: readonly [string, number], id): [string, number] => [piece, id])
    : Object.entries(vocab as Readonly<Record<string, number>>);
  const areBlanked = pieces.some(([piece]) => BLANKS.some((blank) => piece.length > 1 && piece.startsWith(blank)));
  const areContinued = pieces.some(([piece]) => piece.startsWith(CONTINUATION));
  if (!areBlanked && !areContinued) return undefined;
  const starts = new Set<number>();
  for (const [piece, id] of pieces) {
    const begins = areBlanked
      ? BLANKS.some((blank) => piece.startsWith(blank))
      : !piece.startsWith(CONTINUATION);
    if (begins) starts.add(id);
  }
  return (id) => starts.has(id);
}
