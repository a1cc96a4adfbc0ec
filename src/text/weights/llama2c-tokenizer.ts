/** @file Reads the tokenizer files of llama2.c: a score and a text for every piece, by id. */

import { FileBudget } from '../../core/tensor/file-budget.ts';
import { brokenFile } from '../../core/weights/weight-file.ts';
import { type Piece, type PieceKind, piecesJson } from '../tokenizers/pieces-json.ts';

/** The ids that llama2.c gives them. */
export const LLAMA2C_BEGIN = 1;
export const LLAMA2C_END = 2;
/** Unknown, begin, end; then a piece for every byte. */
const FIRST_BYTE = 3;
const FIRST_TEXT = FIRST_BYTE + 256;
const MIN_PIECE_BYTES = 8;

/**
 * The tokenizer as tokenizer.json.
 *
 * @param count - Pieces that the model has.
 * @param where - For messages: `tokenizer "tok512.bin"`.
 * @throws {GraftError} `weights`, if the file has fewer pieces, more, or is damaged.
 */
export function readLlama2cTokenizer(bytes: Uint8Array, count: number, where: string): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const budget = new FileBudget(bytes.length, { where });
  const pieces: Piece[] = [];
  let place = 4;
  while (place + MIN_PIECE_BYTES <= bytes.length) {
    const score = view.getFloat32(place, true);
    const length = view.getInt32(place + 4, true);
    place += MIN_PIECE_BYTES;
    if (length < 0 || length > bytes.length - place) {
      throw brokenFile(where, 'a text for every score', `one of ${length} bytes`);
    }
    budget.take(64 + 2 * length, 'its pieces');
    pieces.push(pieceOf(pieces.length, bytes.subarray(place, place + length), score));
    place += length;
  }
  if (pieces.length !== count || place !== bytes.length || pieces.length <= FIRST_TEXT) {
    throw brokenFile(where, `${count} pieces, as the model has`, `${pieces.length}`);
  }
  return piecesJson(pieces, { beginId: LLAMA2C_BEGIN });
}

function pieceOf(id: number, bytes: Uint8Array, score: number): Piece {
  const text = new TextDecoder().decode(bytes);
  const kind: PieceKind =
    id === 0 ? 'unknown' : id < FIRST_BYTE ? 'control' : id < FIRST_TEXT ? 'byte' : 'text';
  // Line breaks stand around the marks in the file; they are no part of them.
  return { text: kind === 'control' ? text.trim() : text.replaceAll(' ', '▁'), score, kind };
}
