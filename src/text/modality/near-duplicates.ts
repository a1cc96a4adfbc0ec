/**
 * @file Texts that are nearly the same: they share most of their runs of letters. Found by MinHash, so that the time grows with the
 * number of texts alone, and each pair compared before it is told.
 */

import { platform } from '../../core/runtime/platform.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import type { TextExample } from './text-example.ts';

/** From this similarity on texts are nearly the same: the fraction of their runs of letters that both have. */
export const NEAR_SIMILARITY = 0.8;

/** How texts that are nearly the same are looked for. */
export interface NearDuplicateOptions extends RuntimeOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A text that has one on another side that is nearly the same. */
export interface NearDuplicate {
  readonly position: number;
  /** The other one. */
  readonly of: number;
  /** Jaccard similarity of their runs of letters, from {@link NEAR_SIMILARITY} to 1. */
  readonly similarity: number;
}

/** Letters in a run. */
const SHINGLE = 5;
/** Of a long text so many letters are looked at. */
const MAX_LETTERS = 4096;
/** At 0.8, 99% of the pairs share a band; at 0.3, 3%. */
const BANDS = 12;
const ROWS = 5;
const BINS = BANDS * ROWS;
/** Texts of one band that are compared with one of them: of a thousand that differ in a word, not all pairs. */
const MAX_COMPARED = 16;
const TEXTS_A_TURN = 512;
/** Texts that are looked at: their positions and what is left of a key share a number of 53 bits. */
const MAX_POSITIONS = 2 ** 23;

/**
 * Finds texts on one side of a split that are nearly the same as one on another. Upper and lower case, punctuation and blanks
 * do not count. Texts that are the same letter for letter are none of them.
 *
 * @param sideOf - Which side a text is on; equal for texts that are on one.
 * @returns In the order of the texts; of each the first that was found.
 * @throws The signal's reason, if it aborts.
 * @see https://en.wikipedia.org/wiki/MinHash
 */
export async function findNearDuplicates(
  texts: readonly Pick<TextExample, 'text'>[],
  sideOf: (position: number) => number,
  { signal, runtime = platform }: NearDuplicateOptions = {},
): Promise<NearDuplicate[]> {
  const turn = async (): Promise<void> => {
    await runtime.nextTurn();
    signal?.throwIfAborted();
  };
  const keys = new Uint32Array(texts.length * BANDS);
  const bins = new Int32Array(BINS);
  // Used again for every text: arrays of their own would lie outside of the heap until it is collected.
  const [hashes, otherHashes] = [new Int32Array(MAX_LETTERS), new Int32Array(MAX_LETTERS)];
  for (let position = 0; position < texts.length; position++) {
    if (position % TEXTS_A_TURN === 0) await turn();
    bandKeys(
      shinglesOf(texts[position]!.text, hashes),
      bins,
      keys.subarray(position * BANDS, (position + 1) * BANDS),
    );
  }
  const found = new Map<number, NearDuplicate>();
  const sorted = new Float64Array(Math.min(texts.length, MAX_POSITIONS));
  let compared = 0;
  for (let band = 0; band < BANDS; band++) {
    for (const group of groupsOfBand(keys, band, sorted)) {
      for (let one = 0; one < group.length; one++) {
        for (const other of group.subarray(one + 1, one + 1 + MAX_COMPARED)) {
          const position = group[one]!;
          if (sideOf(position) === sideOf(other) || (found.has(position) && found.has(other))) continue;
          if (compared++ % TEXTS_A_TURN === 0) await turn();
          const [text, otherText] = [texts[position]!.text, texts[other]!.text];
          if (text === otherText) continue;
          const similarity = similarityOf(shinglesOf(text, hashes), shinglesOf(otherText, otherHashes));
          if (similarity < NEAR_SIMILARITY) continue;
          if (!found.has(position)) found.set(position, { position, of: other, similarity });
          if (!found.has(other)) found.set(other, { position: other, of: position, similarity });
        }
      }
    }
  }
  return [...found.values()].sort((a, b) => a.position - b.position);
}

/** Hashes of a text's runs of letters, in `into`; the text itself, if it is shorter than one; none of a text without letters. */
function shinglesOf(text: string, into: Int32Array): Int32Array {
  const length = lettersOf(text);
  const count = length === 0 ? 0 : Math.max(length - SHINGLE + 1, 1);
  let hash = 0;
  // Each from the one before, as Karp and Rabin do.
  for (let at = 0; at < length; at++) {
    const left = at < SHINGLE ? 0 : Math.imul(LETTERS[at - SHINGLE]!, FIRST);
    hash = (Math.imul(hash - left, RADIX) + LETTERS[at]!) | 0;
    if (at >= SHINGLE - 1) into[at - SHINGLE + 1] = mixed(hash);
  }
  if (length < SHINGLE) into[0] = mixed(hash);
  return into.subarray(0, count);
}

/** Of the polynomial that a run's letters are the coefficients of, odd and larger than most letters. */
const RADIX = 0x01000193;
/** Its power at a run's first letter. */
const FIRST = Array.from({ length: SHINGLE - 1 }).reduce<number>((power) => Math.imul(power, RADIX), 1);

/** Of the text at hand: UTF-16, lower case, a blank for whatever stands between words. */
const LETTERS = new Uint16Array(MAX_LETTERS);
const BLANK = 0x20;

/** Fills {@link LETTERS}. @returns How many there are. */
function lettersOf(text: string): number {
  const end = Math.min(text.length, 2 * MAX_LETTERS);
  let count = 0;
  let isBetween = false;
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at);
    // Of ASCII, which most texts are, it is known without tables of Unicode.
    if (code >= 0x80) return unicodeLettersOf(text);
    const lower = code | BLANK;
    const isWord = (lower >= 0x61 && lower <= 0x7a) || (code >= 0x30 && code <= 0x39);
    if (count === MAX_LETTERS) continue;
    if (!isWord) isBetween = count > 0;
    else {
      if (isBetween) LETTERS[count++] = BLANK;
      isBetween = false;
      // A digit has that bit already.
      if (count < MAX_LETTERS) LETTERS[count++] = lower;
    }
  }
  return count;
}

function unicodeLettersOf(text: string): number {
  const letters = text
    .slice(0, 2 * MAX_LETTERS)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim()
    .slice(0, MAX_LETTERS);
  for (let at = 0; at < letters.length; at++) LETTERS[at] = letters.charCodeAt(at);
  return letters.length;
}

/** What the bits of a hash have to be for its bins to be filled evenly: MurmurHash3's last step. With a sign, which V8 keeps in a word. */
function mixed(hash: number): number {
  let mix = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return mix ^ (mix >>> 16);
}

/** A bin without a hash. */
const EMPTY = 0x7fffffff;
/** The key of texts without letters. */
const NO_KEY = 0xffffffff;

/** One permutation: each hash belongs to a bin, whose least one counts; an empty bin takes that of the next one that is not. */
function bandKeys(hashes: Int32Array, bins: Int32Array, keys: Uint32Array): void {
  bins.fill(EMPTY);
  // By index, as of all that is done for every letter of a table: an iterator takes several times as long until it is compiled.
  for (let at = 0; at < hashes.length; at++) {
    const hash = hashes[at]!;
    const bin = ((hash >>> 16) * BINS) >>> 16;
    if (hash < bins[bin]!) bins[bin] = hash;
  }
  for (let band = 0; band < BANDS; band++) {
    let key = band + 1;
    for (let row = 0; row < ROWS; row++) {
      let bin = band * ROWS + row;
      let steps = 0;
      while (bins[bin] === EMPTY && steps < BINS) {
        bin = (bin + 1) % BINS;
        steps++;
      }
      key = mixed(Math.imul(key, 31) ^ bins[bin]! ^ Math.imul(steps, 0x9e3779b1));
    }
    // Texts without letters share no band.
    keys[band] = hashes.length === 0 ? NO_KEY : key;
  }
}

/** Positions that have the same key in a band. @param sorted - Memory for all positions, which is used again. */
function* groupsOfBand(keys: Uint32Array, band: number, sorted: Float64Array): Generator<Uint32Array> {
  const scale = MAX_POSITIONS;
  for (let position = 0; position < sorted.length; position++) {
    sorted[position] = (keys[position * BANDS + band]! >>> 3) * scale + position;
  }
  sorted.sort();
  const keyAt = (index: number): number => Math.floor(sorted[index]! / scale);
  for (let start = 0; start < sorted.length; ) {
    let end = start + 1;
    while (end < sorted.length && keyAt(end) === keyAt(start)) end++;
    if (end - start > 1 && keyAt(start) !== NO_KEY >>> 3) {
      yield Uint32Array.from(sorted.subarray(start, end), (each) => each % scale);
    }
    start = end;
  }
}

function similarityOf(a: Int32Array, b: Int32Array): number {
  const [left, right] = [new Set(a), new Set(b)];
  let both = 0;
  for (const hash of right) if (left.has(hash)) both++;
  const either = left.size + right.size - both;
  return either === 0 ? 0 : both / either;
}
