/** @file Texts that say the same in nearly the same words. */

import type { NearestRows } from '../../core/inspection/nearest-rows.ts';

/** A lower cosine of features makes no candidates. */
const MIN_COSINE = 0.95;
/** The part of the words of both that they share (Jaccard): near texts have more. */
const MIN_SHARED = 0.8;

/** Pairs of places, each once: texts that are equal but for case, marks and blanks, or share most of their words. */
export function findNearTexts(
  texts: readonly string[],
  neighbors: NearestRows,
): { readonly a: number; readonly b: number }[] {
  const pairs: { a: number; b: number }[] = [];
  const first = new Map<string, number>();
  const plain = texts.map(plainText);
  plain.forEach((text, place) => {
    const known = first.get(text);
    if (known === undefined) first.set(text, place);
    else pairs.push({ a: known, b: place });
  });
  const words = plain.map((text) => new Set(text.split(' ')));
  for (let a = 0; a < texts.length; a++) {
    for (let i = 0; i < neighbors.k; i++) {
      const b = neighbors.indices[a * neighbors.k + i]!;
      if (neighbors.cosines[a * neighbors.k + i]! < MIN_COSINE) break;
      if (plain[a] !== plain[b] && sharedPart(words[a]!, words[b]!) >= MIN_SHARED) pairs.push({ a, b });
    }
  }
  return pairs;
}

/** Letters and digits alone, one blank between words. */
function plainText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function sharedPart(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const word of a) if (b.has(word)) shared++;
  return shared / (a.size + b.size - shared);
}
